"""PRESTO's instructions (Cao et al. 2024): Parquet files of conversations, in a folder per set, as the Hub keeps them.

``train-*.parquet``, ``dev-*`` or ``validation-*``, and ``test-*`` have the columns ``messages`` (``role`` and
``content``), ``molecules`` (``smiles``: the molecules that ``<molecule_2d>`` stands for, in order) and, in all but some
training files, ``ground_truth``. So ``scripts/build_dataset`` of github.com/IDEA-XL/PRESTO writes the sets of
huggingface.co/OpenMol (``..._SMILES-MMChat``); the first message says which task it is.

Asked are reactions in both directions, reagents, solvents, catalysts, yields, names of molecules and descriptions.
Refused, row by row, are sets that no task asks for: numbers of templates, choices among reagents, formulas, and names
to be read, which stand in a sentence without a mark.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from anymol.chem.parsing import canonicalize_smiles, parse_smiles
from anymol.data.drafts import format_number
from anymol.data.published.parquet_rows import read_columns, read_parquet
from anymol.data.published.published_set import PublishedRow, PublishedSet, Question
from anymol.data.sources.yields import part_inputs
from anymol.errors import DataError
from anymol.tasks.conditions import BUCHWALD_HARTWIG, SUZUKI_MIYAURA
from anymol.tasks.table import get_task
from anymol.tasks.task import ReagentsState, TaskInput

_SPLITS: Final = {"train": "train", "dev": "val", "validation": "val", "val": "val", "test": "test"}
_FILE = re.compile(rf"({'|'.join(_SPLITS)})-\d+-of-\d+\.parquet")
_SIGNS: Final = r"<molecule_2d>(?:\.<molecule_2d>)*"
_REACTION = re.compile(rf"({_SIGNS})>>({_SIGNS})")

_TASKS: Final = (
    ("predict the product of the reaction", "forward_reaction"),
    ("predict the the reactant molecules", "retrosynthesis"),
    # The sentence about the range of yields stands below the one about reagents, in the same prompt.
    ("should be in range of 0-1", "yield_prediction"),
    ("predict the possible reagents", "reagent_prediction"),
    ("predict the possible solvents", "solvent_prediction"),
    ("predict the possible catalyst", "catalyst_prediction"),
    ("convert the structure to the corresponding name", "molecule_to_name"),
    ("help me to understand the molecule", "captioning"),
)
"""Words of the first message -> the task; the first that is found counts."""


def _read(path: Path) -> Iterator[PublishedRow]:
    found = _FILE.fullmatch(path.name)
    if found is None:
        raise DataError(
            f"'{path.name}' is not a file of PRESTO", value=path, hint="it has train-00000-of-00001.parquet"
        )
    # Every set names its files alike; the folder of the set tells them apart.
    folder = path.parent.parent if path.parent.name == "data" else path.parent
    name = f"{folder.name}/{path.name}"
    columns = ["messages", "molecules", *({"ground_truth"} & set(read_columns(path)))]
    for line, fields in read_parquet(path, columns):
        try:
            said = {message["role"]: message["content"] for message in fields["messages"]}
            smiles = fields["molecules"]["smiles"] or []
            kept = {
                "system": said["system"],
                "user": said["user"],
                "assistant": said.get("assistant") or "",
                "ground_truth": fields.get("ground_truth") or "",
                "smiles": json.dumps([smiles] if isinstance(smiles, str) else smiles),
            }
        except (KeyError, TypeError) as error:
            raise DataError(f"{name}, row {line} lacks {error}", value=fields) from None
        yield PublishedRow(name, line, _SPLITS[found[1]], kept)


def _convert(row: PublishedRow) -> tuple[Question, ...]:
    system, user = row.fields["system"], row.fields["user"]
    task = next((task for words, task in _TASKS if words in system.lower()), None)
    smiles: list[str] = json.loads(row.fields["smiles"])
    if task is None:
        raise DataError("no task asks this", value=system)
    if "SELFIES" in system:
        raise DataError("the molecules are written in SELFIES", value=system, hint="the sets in SMILES are read")
    if task in ("captioning", "molecule_to_name"):
        return (_ask_text(task, smiles, user, row),)
    if task in ("forward_reaction", "retrosynthesis"):
        if not smiles or user.count("<molecule_2d>") != len(smiles):
            raise DataError(f"{user.count('<molecule_2d>')} signs stand for {len(smiles)} molecules", value=user)
        given = canonicalize_smiles(".".join(smiles))
        asked = (
            TaskInput(reactants=given, reagents_state=ReagentsState.MIXED)
            if task == "forward_reaction"
            else TaskInput(products=given, reagents_state=ReagentsState.DROPPED)
        )
        return (Question(task, asked, canonicalize_smiles(_take_answer(row))),)
    reaction = _REACTION.search(user)
    sides = [side.count("<molecule_2d>") for side in reaction.groups()] if reaction else [0, 0]
    if sum(sides) != len(smiles) or not all(sides):
        raise DataError(f"{len(smiles)} molecules are not the {sum(sides)} of a reaction", value=user)
    inputs, products = ".".join(smiles[: sides[0]]), canonicalize_smiles(".".join(smiles[sides[0] :]))
    if task == "yield_prediction":
        return (_ask_yield(inputs, products, _take_answer(row)),)
    asked = TaskInput(reactants=canonicalize_smiles(inputs), products=products)
    return (Question(task, asked, canonicalize_smiles(_take_answer(row))),)


def _ask_text(task: str, smiles: list[str], user: str, row: PublishedRow) -> Question:
    """Return the question for the name or the description of a molecule.

    Raises:
        DataError: It is not about one molecule, or asks for something else in the same words.
    """
    if len(smiles) != 1:
        raise DataError(f"{len(smiles)} molecules are given where one is described", value=user)
    if task == "molecule_to_name" and "IUPAC" not in user:
        raise DataError("it is not the name that is asked for", value=user)
    if task == "captioning" and "SMILES" in user:
        raise DataError("it is not a description that is asked for", value=user)
    answer = " ".join((row.fields["ground_truth"] or row.fields["assistant"]).split())
    if not answer:
        raise DataError("the answer is empty", value=user)
    return Question(task, TaskInput(molecule=canonicalize_smiles(smiles[0])), answer)


def _ask_yield(inputs: str, products: str, ratio: str) -> Question:
    """Return the question for a yield of one of the two screens.

    Raises:
        DataError: The ratio is not a number from 0 to 1.
    """
    try:
        percent = 100 * float(ratio)
    except ValueError:
        raise DataError("the yield is not a number", value=ratio) from None
    if not 0.0 <= percent <= 100.0:
        raise DataError("the yield is not between 0 and 1", value=ratio)
    answer = format_number(percent, get_task("yield_prediction").decimals)
    # Nobody says which screen it is, but only one of them couples boron.
    if any(atom.GetSymbol() == "B" for atom in parse_smiles(inputs).GetAtoms()):
        reactants, reagents = map(canonicalize_smiles, part_inputs(inputs))
        asked = TaskInput(reactants=reactants, reagents=reagents, products=products, text=SUZUKI_MIYAURA)
    else:
        asked = TaskInput(reactants=canonicalize_smiles(inputs), products=products, text=BUCHWALD_HARTWIG)
    return Question("yield_prediction", asked, answer)


def _take_answer(row: PublishedRow) -> str:
    """Return the bare answer: in training files it ends the sentence, with a space before the full stop.

    Raises:
        DataError: There is none.
    """
    words = (row.fields["ground_truth"] or row.fields["assistant"]).removesuffix(" .").split()
    if not words:
        raise DataError("the answer is empty", value=row.fields["user"])
    return words[-1]


PRESTO: Final = PublishedSet(
    name="presto",
    licence="CC BY-NC 4.0",
    weights_allowed=False,
    has_val=True,
    files=tuple(f"{split}-*.parquet" for split in _SPLITS),
    read=_read,
    convert=_convert,
)
"""Reactions, their conditions and yields, names and descriptions."""
