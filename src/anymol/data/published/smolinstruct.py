"""SMolInstruct (Yu et al. 2024): a file of JSON lines per task, in the folders ``train``, ``dev`` and ``test``.

A line has ``input`` and ``output``, either the bare values, or sentences in which these stand between tags
(``<SMILES> CCO </SMILES>``); ``raw_input`` and ``raw_output`` are the bare values where they are given. Formulas are
left out, as no task asks for them, and SIDER, whose questions name no class of side effects.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from anymol.chem.parsing import canonicalize_smiles
from anymol.data.drafts import format_number
from anymol.data.published.published_set import PublishedRow, PublishedSet, Question
from anymol.errors import DataError
from anymol.tasks.classes import NO, YES
from anymol.tasks.table import get_task
from anymol.tasks.task import ReagentsState, TaskInput

_SPLITS: Final = {"train": "train", "dev": "val", "validation": "val", "test": "test"}
_NUMBERS: Final = {"property_prediction-esol": "solubility", "property_prediction-lipo": "lipophilicity"}
_CLASSES: Final = {
    "property_prediction-bbbp": ("bbbp", None),
    "property_prediction-hiv": ("hiv", None),
    "property_prediction-clintox": ("clintox", "toxicity in clinical trials"),
}
_TASKS: Final = (
    "forward_synthesis", "retrosynthesis", "molecule_captioning", "molecule_generation", "name_conversion-i2s",
    "name_conversion-s2i", *_NUMBERS, *_CLASSES,
)  # fmt: skip
_TAGGED = re.compile(r"<(SMILES|IUPAC|NUMBER|BOOLEAN)>\s*(.*?)\s*</\1>", re.DOTALL)


def _read(path: Path) -> Iterator[PublishedRow]:
    if path.stem not in _TASKS or path.parent.name not in _SPLITS:
        raise DataError(
            f"'{path.parent.name}/{path.name}' is not a file of SMolInstruct",
            value=path,
            hint=f"it has folders {', '.join(_SPLITS)} with {', '.join(f'{task}.jsonl' for task in _TASKS)}",
        )
    with path.open(encoding="utf-8") as stream:
        for number, line in enumerate(stream, 1):
            try:
                entry = json.loads(line)
                fields = {name: entry[name] for name in ("input", "output")}
                fields |= {name: entry[name] for name in ("raw_input", "raw_output") if entry.get(name)}
            except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
                raise DataError(f"{path.name}, line {number}: it has not input and output: {error}") from None
            if not all(isinstance(one, str) for one in fields.values()):
                raise DataError(f"{path.name}, line {number}: input and output are not texts", value=line)
            yield PublishedRow(path.name, number, _SPLITS[path.parent.name], fields)


def _convert(row: PublishedRow) -> tuple[Question, ...]:
    task = row.file.removesuffix(".jsonl")
    match task:
        case "forward_synthesis":
            mixed = TaskInput(reactants=_read_smiles(row, "input"), reagents_state=ReagentsState.MIXED)
            return (Question("forward_reaction", mixed, _read_smiles(row, "output")),)
        case "retrosynthesis":
            product = TaskInput(products=_read_smiles(row, "input"), reagents_state=ReagentsState.DROPPED)
            return (Question("retrosynthesis", product, _read_smiles(row, "output")),)
        case "molecule_captioning":
            # A caption stands without tags, and is the whole of the output.
            caption = " ".join((row.fields.get("raw_output") or row.fields["output"]).split())
            return (Question("captioning", TaskInput(molecule=_read_smiles(row, "input")), caption),)
        case "molecule_generation":
            if "raw_input" not in row.fields and _TAGGED.search(row.fields["output"]):
                raise DataError("the description stands in a sentence, without tags", value=row.fields["input"])
            text = " ".join((row.fields.get("raw_input") or row.fields["input"]).split())
            return (Question("text_guided_design", TaskInput(text=text), _read_smiles(row, "output")),)
        case "name_conversion-i2s":
            return (Question("name_to_molecule", TaskInput(text=_take(row, "input")), _read_smiles(row, "output")),)
        case "name_conversion-s2i":
            asked = TaskInput(molecule=_read_smiles(row, "input"))
            return (Question("molecule_to_name", asked, _take(row, "output")),)
    molecule = _read_smiles(row, "input")
    written = _take(row, "output")
    if task in _NUMBERS:
        try:
            value = float(written)
        except ValueError:
            raise DataError("the output is not a number", value=written) from None
        number = format_number(value, get_task(_NUMBERS[task]).decimals)
        return (Question(_NUMBERS[task], TaskInput(molecule=molecule), number),)
    if written not in (YES, NO):
        raise DataError("the output is neither Yes nor No", value=written)
    name, endpoint = _CLASSES[task]
    return (Question(name, TaskInput(molecule=molecule, text=endpoint), written),)


def _take(row: PublishedRow, side: str) -> str:
    """Return the value on one side of a row: bare, or between its tags."""
    written = row.fields.get(f"raw_{side}") or row.fields[side]
    found = _TAGGED.findall(written)
    if len(found) > 1:
        raise DataError(f"the {side} has {len(found)} tagged values where one is wanted", value=written)
    value = found[0][1] if found else written.strip()
    if not value:
        raise DataError(f"the {side} is empty", value=written)
    return str(value)


def _read_smiles(row: PublishedRow, side: str) -> str:
    # A semicolon joins the parts of a salt, so that the dot is left for molecules of a reaction.
    return canonicalize_smiles(_take(row, side).replace(";", "."))


SMOLINSTRUCT: Final = PublishedSet(
    name="smolinstruct",
    licence="CC BY 4.0",
    weights_allowed=False,  # names and descriptions of PubChem, whose terms differ from depositor to depositor
    has_val=True,
    files=tuple(f"{task}.jsonl" for task in _TASKS),
    read=_read,
    convert=_convert,
)
"""Reactions, descriptions, names and properties."""
