"""OpenExp (Liu et al. 2024): ``train.json``, ``valid.json``, ``test.json``, each a list of reactions with action steps.

An entry has ``REACTANT``, ``PRODUCT``, ``CATALYST`` and ``SOLVENT`` (lists of SMILES), ``actions`` (steps joined by
``;``) and what stands in these for molecules (``$1$``, the product ``$-1$``), temperatures (``#1#``) and durations
(``@1@``): ``extracted_molecules``, ``extracted_temperature`` and ``extracted_duration``, each value -> sign. So
``openExp/process.py`` of github.com/syr-cn/ReactXT writes it and ``data_provider/reaction_action_dataset.py`` reads it.

The patents' reactants take in whatever is neither catalyst nor solvent, bases and acids as well: nothing is asked
backwards, and reactants count as mixed with reagents.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from anymol.chem.parsing import canonicalize_smiles
from anymol.data.published.json_list import read_json_list
from anymol.data.published.published_set import PublishedRow, PublishedSet, Question
from anymol.data.sources.procedures import name_components
from anymol.errors import DataError
from anymol.tasks.conditions import STEPS
from anymol.tasks.task import ReagentsState, TaskInput

_SPLITS: Final = {"train.json": "train", "valid.json": "val", "test.json": "test"}
_ROLES: Final = ("REACTANT", "PRODUCT", "CATALYST", "SOLVENT")
_EXTRACTED: Final = ("extracted_molecules", "extracted_temperature", "extracted_duration")
_SIGN = re.compile(r"#\d+#|@\d+@")


def _read(path: Path) -> Iterator[PublishedRow]:
    if path.name not in _SPLITS:
        raise DataError(f"'{path.name}' is not a file of OpenExp", value=path, hint=f"it has {', '.join(_SPLITS)}")
    for number, entry in enumerate(read_json_list(path), 1):
        fields = _check(entry, f"{path.name}, entry {number}")
        yield PublishedRow(path.name, number, _SPLITS[path.name], fields)


def _check(entry: Any, where: str) -> dict[str, str]:
    """Return what is used of an entry: the molecules of each role joined by dots, the steps, and what they stand for.

    Raises:
        DataError: It is not an entry of the set; `where` it stands, and what it lacks.
    """
    try:
        roles = {role: entry[role] for role in _ROLES}
        actions, signs = entry["actions"], {name: entry[name] for name in _EXTRACTED}
    except (KeyError, TypeError) as error:
        raise DataError(f"{where} lacks {error}", value=entry) from None
    if not all(isinstance(part, list) and all(isinstance(one, str) for one in part) for part in roles.values()):
        raise DataError(f"{where}: reactants, product, catalysts and solvents are lists of SMILES", value=entry)
    if not isinstance(actions, str) or not all(isinstance(one, dict) for one in signs.values()):
        raise DataError(f"{where}: steps are a text, and signs stand in objects", value=entry)
    return {
        **{role: ".".join(part) for role, part in roles.items()},
        "actions": actions,
        **{name: json.dumps(one) for name, one in signs.items()},
    }


def _convert(row: PublishedRow) -> tuple[Question, ...]:
    parts = {role: canonicalize_smiles(row.fields[role]) if row.fields[role] else "" for role in _ROLES}
    reactants, product, catalysts, solvents = (parts[role] for role in _ROLES)
    if not reactants or not product:
        raise DataError("the reaction has not reactants and a product", value=row.fields["actions"])
    told = ".".join(one for one in (catalysts, solvents) if one)
    agents = canonicalize_smiles(told) if told else None
    mixed = canonicalize_smiles(f"{reactants}.{told}") if told else reactants
    reaction = TaskInput(reactants=reactants, products=product)
    asked = [
        Question("forward_reaction", TaskInput(reactants=mixed, reagents_state=ReagentsState.MIXED), product),
        Question(
            "procedure_writing",
            TaskInput(reactants=reactants, reagents=agents, products=product, text=STEPS),
            _write_steps(row.fields),
        ),
    ]
    if solvents:
        asked.append(Question("solvent_prediction", reaction, solvents))
    if catalysts:
        asked.append(Question("catalyst_prediction", reaction, catalysts))
    return tuple(asked)


def _write_steps(fields: Mapping[str, str]) -> str:
    """Return the steps with names, temperatures and durations where their signs stand.

    Raises:
        DataError: There are none, or a sign means nothing.
    """
    steps = " ".join(fields["actions"].split())
    if not steps:
        raise DataError("there are no steps")
    for name in ("extracted_temperature", "extracted_duration"):
        for value, sign in json.loads(fields[name]).items():
            steps = steps.replace(sign, value)
    if unknown := _SIGN.search(steps):
        raise DataError(f"nothing is said of {unknown[0]}", value=steps)
    numbered = {sign: smiles for smiles, sign in json.loads(fields["extracted_molecules"]).items() if sign != "$-1$"}
    try:
        molecules = [numbered[f"${number}$"] for number in range(1, len(numbered) + 1)]
    except KeyError as error:
        raise DataError(f"no molecule is called {error}", value=fields["extracted_molecules"]) from None
    return name_components(steps, [canonicalize_smiles(one) for one in molecules])


OPENEXP: Final = PublishedSet(
    name="openexp",
    licence="CC0 (patents), CC BY-SA 4.0 (Open Reaction Database)",
    weights_allowed=True,
    has_val=True,
    files=tuple(_SPLITS),
    read=_read,
    convert=_convert,
)
"""Reactions with action steps, solvents and catalysts."""
