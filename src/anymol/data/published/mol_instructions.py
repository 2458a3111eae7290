"""Mol-Instructions (Fang et al. 2024), its molecule-oriented part: one list of JSON per task.

Each entry has ``instruction``, ``input``, ``output`` and ``metadata.split`` (``train`` or ``test``). Molecules are in
SELFIES. Of the instruction only the property that it asks for is used: questions are phrased anew.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from anymol.chem.parsing import canonicalize_smiles
from anymol.chem.selfies import read_selfies
from anymol.data.drafts import format_number
from anymol.data.published.json_list import read_json_list
from anymol.data.published.published_set import PublishedRow, PublishedSet, Question
from anymol.errors import DataError
from anymol.tasks.quantum import B3LYP
from anymol.tasks.table import get_task
from anymol.tasks.task import ReagentsState, TaskInput

_FILES: Final = (
    "forward_reaction_prediction.json",
    "retrosynthesis.json",
    "reagent_prediction.json",
    "molecular_description_generation.json",
    "description_guided_molecule_design.json",
    "property_prediction.json",
)
_SPLITS: Final = frozenset({"train", "test"})


def _read(path: Path) -> Iterator[PublishedRow]:
    if path.name not in _FILES:
        raise DataError(f"'{path.name}' is not a file of the set", value=path, hint=f"it has {', '.join(_FILES)}")
    for number, entry in enumerate(read_json_list(path), 1):
        try:
            fields = {name: entry[name] for name in ("instruction", "input", "output")}
            split = entry["metadata"]["split"]
        except (KeyError, TypeError) as error:
            raise DataError(f"{path.name}, entry {number} lacks {error}", value=entry) from None
        if split not in _SPLITS or not all(isinstance(one, str) for one in fields.values()):
            raise DataError(f"{path.name}, entry {number}: texts and the split train or test are wanted", value=entry)
        yield PublishedRow(path.name, number, split, fields)


def _convert(row: PublishedRow) -> tuple[Question, ...]:
    asked, answer = row.fields["input"].strip(), row.fields["output"].strip()
    match row.file:
        case "forward_reaction_prediction.json":
            # The inputs are reactants and reagents in one list.
            mixed = TaskInput(reactants=_decode(asked), reagents_state=ReagentsState.MIXED)
            return (Question("forward_reaction", mixed, _decode(answer)),)
        case "retrosynthesis.json":
            product = TaskInput(products=_decode(asked), reagents_state=ReagentsState.DROPPED)
            return (Question("retrosynthesis", product, _decode(answer)),)
        case "reagent_prediction.json":
            reactants, arrow, products = asked.partition(">>")
            if not arrow:
                raise DataError("the input is not a reaction", value=asked, hint="it is reactants>>product")
            reaction = TaskInput(reactants=_decode(reactants), products=_decode(products))
            return (Question("reagent_prediction", reaction, _decode(answer)),)
        case "molecular_description_generation.json":
            return (Question("captioning", TaskInput(molecule=_decode(asked)), _require_text(answer)),)
        case "description_guided_molecule_design.json":
            return (Question("text_guided_design", TaskInput(text=_require_text(asked)), _decode(answer)),)
        case _:
            task, value = _find_quantity(row.fields["instruction"]), _read_number(answer)
            # Of QM9's molecules every gap is positive and every HOMO negative: else the instruction was misread.
            if (task == "homo" and value >= 0.0) or (task == "homo_lumo_gap" and value <= 0.0):
                raise DataError(f"{value:g} Hartree cannot be a {task}", value=row.fields["instruction"])
            question = TaskInput(molecule=_decode(asked), text=B3LYP)
            return (Question(task, question, format_number(value, get_task(task).decimals)),)


def _decode(selfies: str) -> str:
    decoding = read_selfies(selfies)
    if decoding.repaired:
        raise DataError("the SELFIES means no molecule as it stands", value=selfies)
    return canonicalize_smiles(decoding.smiles)


def _require_text(text: str) -> str:
    if not text:
        raise DataError("the text is empty")
    return " ".join(text.split())


def _read_number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise DataError("the output is not a number", value=text) from None
    if not math.isfinite(value):
        raise DataError("the output is not a finite number", value=text)
    return value


def _find_quantity(instruction: str) -> str:
    said = instruction.lower()
    homo = "homo" in said or "highest occupied" in said
    lumo = "lumo" in said or "lowest unoccupied" in said
    if "gap" in said or (homo and lumo):
        return "homo_lumo_gap"
    if homo or lumo:
        return "homo" if homo else "lumo"
    raise DataError("the instruction names neither HOMO, LUMO nor their gap", value=instruction)


MOL_INSTRUCTIONS: Final = PublishedSet(
    name="mol_instructions",
    licence="CC BY 4.0",
    weights_allowed=False,  # its descriptions are PubChem's, whose terms differ from depositor to depositor
    has_val=False,
    files=_FILES,
    read=_read,
    convert=_convert,
)
"""Reactions, descriptions and orbital energies."""
