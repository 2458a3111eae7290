"""Building a store from measurements: molecules that are written differently become one, and what they say is kept."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from anymol.chem.fragments import analyze_composition
from anymol.chem.keys import inchikey
from anymol.chem.parsing import canonicalize_smiles
from anymol.errors import DataError, InvalidSmilesError
from anymol.readers.unpacking import open_unpacked
from anymol.retrieval.measured_properties.store import (
    MeasuredMolecule,
    MeasuredProperty,
    Origin,
    PropertyStore,
    StoreCard,
    ValueKind,
)

_LABELS = {"0": 0.0, "0.0": 0.0, "no": 0.0, "false": 0.0, "1": 1.0, "1.0": 1.0, "yes": 1.0, "true": 1.0}


@dataclass(frozen=True)
class Measurement:
    """One value that was measured of one molecule.

    Attributes:
        smiles: The molecule, as it is recorded.
        name: Name of the property.
        value: The number; of a class 1 or 0.
    """

    smiles: str
    name: str
    value: float


@dataclass(frozen=True)
class BuiltStore:
    """A store, and what could not be taken into it.

    Attributes:
        store: The store.
        failures: Molecules without an InChIKey, with the reason.
    """

    store: PropertyStore
    failures: tuple[tuple[str, str], ...]


def build_store(
    properties: Sequence[MeasuredProperty], measurements: Iterable[Measurement], left_out: Sequence[str] = ()
) -> BuiltStore:
    """Put measurements together by molecule, in the order of their InChIKeys.

    What was measured of one tautomer holds for all, which an InChIKey does not tell apart; what was computed does not.

    Args:
        properties: What was measured.
        measurements: The values.
        left_out: What the sources hold beside, and why it is not here.
    """
    computed = {one.name for one in properties if one.origin is Origin.COMPUTED}
    smiles_of: dict[tuple[str, str], str] = {}
    values: dict[tuple[str, str], dict[str, list[float]]] = {}
    keys: dict[str, tuple[str, str]] = {}
    failures: dict[str, str] = {}
    for one in measurements:
        if one.smiles in failures:
            continue
        if one.smiles not in keys:
            try:
                structure = canonicalize_smiles(one.smiles) if one.name in computed else ""
                keys[one.smiles] = inchikey(one.smiles), structure
            except InvalidSmilesError as error:
                failures[one.smiles] = str(error)
                continue
        key = keys[one.smiles]
        if key not in smiles_of:
            smiles_of[key] = canonicalize_smiles(one.smiles)
        values.setdefault(key, {}).setdefault(one.name, []).append(one.value)
    molecules = [
        MeasuredMolecule(
            key[0], find_parent_key(smiles) or "", smiles, {name: tuple(found) for name, found in values[key].items()}
        )
        for key, smiles in sorted(smiles_of.items())
    ]
    card = StoreCard(properties=tuple(properties), left_out=tuple(left_out))
    return BuiltStore(PropertyStore(card, molecules), tuple(failures.items()))


def find_parent_key(smiles: str) -> str | None:
    """Return the InChIKey of the neutral parent of a salt or mixture; None of a single molecule or where it has none.

    Raises:
        InvalidSmilesError: The SMILES is invalid.
    """
    if "." not in smiles:
        return None
    try:
        return inchikey(analyze_composition(smiles).parent_neutral)
    except InvalidSmilesError:
        return None


def read_measurements(path: Path, smiles_column: str, columns: Mapping[str, MeasuredProperty]) -> Iterator[Measurement]:
    """Yield the measurements of a table of one's own, comma- or tab-separated, packed by gzip or not.

    Empty cells were not measured. Rows whose SMILES is wrong are passed on: building says what is wrong with them.

    Args:
        path: The table; its first line names the columns.
        smiles_column: Column of the molecules.
        columns: Column of values -> property.

    Raises:
        DataError: A column is missing, or a value is not a number or not yes or no; in which line.
    """
    with open_unpacked(path) as packed:
        text = packed.read().decode("utf-8-sig").splitlines()
    table = csv.DictReader(text, delimiter="\t" if text and "\t" in text[0] else ",")
    known = table.fieldnames or ()
    if missing := [one for one in (smiles_column, *columns) if one not in known]:
        raise DataError(
            f"{path.name} has no column {', '.join(missing)}", value=path, hint=f"it has {', '.join(known) or 'none'}"
        )
    for row in table:
        for column, measured in columns.items():
            if cell := (row[column] or "").strip():
                value = _read_value(cell, measured, f"line {table.line_num} of {path.name}, column {column}")
                yield Measurement((row[smiles_column] or "").strip(), measured.name, value)


def _read_value(cell: str, measured: MeasuredProperty, place: str) -> float:
    if measured.kind is ValueKind.CLASS:
        if cell.lower() not in _LABELS:
            raise DataError(f"{place}: a class is yes or no, 1 or 0", value=cell)
        return _LABELS[cell.lower()]
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise DataError(f"{place}: the value is not a finite number", value=cell)
    return value
