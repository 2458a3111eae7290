"""MoleculeNet (Wu et al. 2018), in the tables of DeepChem, packed by gzip or not.

They come without splits. Here scaffolds are split by a hash: of ten, one is val and one is test. This is not DeepChem's
scaffold split, so that figures on it stand beside nobody's.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from rdkit.Chem.Scaffolds.MurckoScaffold import MurckoScaffoldSmiles

from anymol.chem.parsing import canonicalize_smiles, try_parse_smiles
from anymol.data.drafts import format_number
from anymol.data.published.published_set import PublishedRow, PublishedSet, Question
from anymol.errors import DataError, InvalidSmilesError
from anymol.readers.unpacking import open_unpacked
from anymol.tasks.classes import CLINTOX_ENDPOINTS, NO, SIDER_ENDPOINTS, TOX21_ENDPOINTS, YES
from anymol.tasks.table import get_task
from anymol.tasks.task import TaskInput

_NUMBERS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "delaney-processed.csv": ("solubility", "measured log solubility in mols per litre"),
        "Lipophilicity.csv": ("lipophilicity", "exp"),
        "SAMPL.csv": ("hydration_energy", "expt"),
    }
)
"""File -> task and column of its numbers."""

_SINGLE: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {"BBBP.csv": ("bbbp", "p_np"), "bace.csv": ("bace", "Class"), "HIV.csv": ("hiv", "HIV_active")}
)
"""File -> task and column of its classes."""

_ENDPOINTS: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = MappingProxyType(
    {
        "clintox.csv": ("clintox", CLINTOX_ENDPOINTS),
        "tox21.csv": ("tox21", TOX21_ENDPOINTS),
        "sider.csv": ("sider", SIDER_ENDPOINTS),
    }
)
"""File -> task and its endpoints."""

_FILES: Final = (*_NUMBERS, *_SINGLE, *_ENDPOINTS)
_LABELS: Final = MappingProxyType({"0": NO, "0.0": NO, "1": YES, "1.0": YES})


def _read(path: Path) -> Iterator[PublishedRow]:
    name = path.name.removesuffix(".gz")
    if name not in _FILES:
        raise DataError(f"'{path.name}' is not a file of MoleculeNet", value=path, hint=f"it has {', '.join(_FILES)}")
    with open_unpacked(path) as stream, io.TextIOWrapper(stream, encoding="utf-8-sig", newline="") as text:
        table = csv.DictReader(text)
        columns = {_column(one): one for one in table.fieldnames or ()}
        wanted = ["smiles", *map(_column, _columns_of(name))]
        if missing := [one for one in wanted if one not in columns]:
            raise DataError(f"{path.name} has no column {', '.join(missing)}", value=", ".join(columns))
        for fields in table:
            kept = {one: fields[columns[one]] or "" for one in wanted}
            yield PublishedRow(name, table.line_num, assign_scaffold_split(kept["smiles"]), kept)


def _columns_of(name: str) -> tuple[str, ...]:
    if name in _ENDPOINTS:
        return tuple(_ENDPOINTS[name][1].values())
    return ((_NUMBERS if name in _NUMBERS else _SINGLE)[name][1],)


def _column(title: str) -> str:
    """Return the title of a column in small letters with ``_`` between words."""
    return re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")


def assign_scaffold_split(smiles: str) -> str:
    """Return the split of a molecule, by a hash of its Murcko scaffold; of one without rings, of the molecule."""
    mol = try_parse_smiles(smiles)
    if isinstance(mol, InvalidSmilesError):
        return "train"  # where converting it says what is wrong
    scaffold = MurckoScaffoldSmiles(mol=mol) or canonicalize_smiles(smiles, isomeric=False)
    remainder = int.from_bytes(hashlib.sha256(scaffold.encode()).digest()[:8], "big") % 10
    return {0: "val", 1: "test"}.get(remainder, "train")


def _convert(row: PublishedRow) -> tuple[Question, ...]:
    smiles = canonicalize_smiles(row.fields["smiles"])
    if row.file in _NUMBERS:
        task, column = _NUMBERS[row.file]
        answer = format_number(_read_number(row.fields[_column(column)]), get_task(task).decimals)
        return (Question(task, TaskInput(molecule=smiles), answer),)
    if row.file in _SINGLE:
        task, column = _SINGLE[row.file]
        return (Question(task, TaskInput(molecule=smiles), _read_label(row.fields[_column(column)])),)
    task, endpoints = _ENDPOINTS[row.file]
    labels = {endpoint: row.fields[column] for endpoint, column in endpoints.items()}
    # An empty cell means that the assay was not run.
    return tuple(
        Question(task, TaskInput(molecule=smiles, text=endpoint), _read_label(label))
        for endpoint, label in labels.items()
        if label.strip()
    )


def _read_label(text: str) -> str:
    if text.strip() not in _LABELS:
        raise DataError("the label is neither 0 nor 1", value=text)
    return _LABELS[text.strip()]


def _read_number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise DataError("the label is not a number", value=text) from None
    if not math.isfinite(value):
        raise DataError("the label is not a finite number", value=text)
    return value


MOLECULENET: Final = PublishedSet(
    name="moleculenet",
    licence="MIT (DeepChem's copies)",
    weights_allowed=True,
    has_val=True,
    files=tuple(name for file in _FILES for name in (file, f"{file}.gz")),
    read=_read,
    convert=_convert,
)
"""Measured properties and classes."""
