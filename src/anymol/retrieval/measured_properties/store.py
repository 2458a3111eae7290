"""The store of measured properties: which molecule was measured, what came out, and who says so.

A store is one gzipped table, ``measured_properties.tsv.gz``: a line of JSON that says what each property is and where
its values come from, a line of column names, and a row for each molecule. A cell holds every value that was measured,
joined by ``;``, so that nothing is averaged away; a class is 1 (yes) or 0 (no). A molecule is known by its InChIKey: as
a whole, and, of a salt, also by that of its neutral parent.
"""

from __future__ import annotations

import gzip
import io
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from anymol.chem.key_parts import connectivity_part
from anymol.errors import DataError
from anymol.readers.unpacking import open_unpacked
from anymol.shipped import find_shipped

STORE_FILE: Final = "measured_properties.tsv.gz"
_SHIPPED: Final = f"retrieval/measured_properties/{STORE_FILE}"
_KEYS: Final = ("inchikey", "parent", "smiles")


class ValueKind(StrEnum):
    """What kind of value a property has."""

    NUMBER = "number"
    CLASS = "class"


class Origin(StrEnum):
    """Where the values of a property come from; answers say it in this word."""

    MEASURED = "measured"
    COMPUTED = "computed"


class MeasuredProperty(BaseModel):
    """One property as one source measured it, or computed it by one method.

    Attributes:
        task: The task that asks for it.
        endpoint: What the task's text slot says; None where it has none.
        kind: What kind of value it has.
        origin: Whether it was measured of the substance, or computed of one molecule.
        unit: Unit of a number; None for pure numbers and classes.
        source: Who measured, computed or collected it.
        licence: Under which its values may be passed on.
        conditions: Under which it was measured, in words.
        year: Of the publication.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: str
    endpoint: str | None = None
    kind: ValueKind = ValueKind.NUMBER
    origin: Origin = Origin.MEASURED
    unit: str | None = None
    source: str
    licence: str
    conditions: str | None = None
    year: int | None = None

    @property
    def name(self) -> str:
        """Name of its column: the task, with the endpoint after a colon."""
        return self.task if self.endpoint is None else f"{self.task}:{self.endpoint}"


class StoreCard(BaseModel):
    """The first line of a store.

    Attributes:
        schema_version: Of this form.
        properties: Its properties, in the order of the columns.
        left_out: What the sources hold beside, and why it is not here.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    properties: tuple[MeasuredProperty, ...]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class MeasuredMolecule:
    """A molecule and what was measured of it.

    Attributes:
        inchikey: Of the molecule as a whole.
        parent: InChIKey of the neutral parent of a salt or mixture; empty of a single molecule.
        smiles: Canonical SMILES, as it was measured.
        values: Name of a property -> every value, in the order of its source; of a class 1 or 0.
    """

    inchikey: str
    parent: str
    smiles: str
    values: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True)
class Spread:
    """Several measurements of one thing.

    Attributes:
        values: All of them, at least one.
    """

    values: tuple[float, ...]

    @property
    def middle(self) -> float:
        """The median; of a class the share of those that say yes."""
        return statistics.median(self.values)

    @property
    def share(self) -> float:
        """The mean: of a class the share of those that say yes."""
        return statistics.fmean(self.values)

    @property
    def low(self) -> float:
        """The smallest."""
        return min(self.values)

    @property
    def high(self) -> float:
        """The largest."""
        return max(self.values)

    @property
    def disagrees(self) -> bool:
        """Whether not all of them are the same."""
        return self.high > self.low


class PropertyStore:
    """Measured molecules, found by key.

    Args:
        card: What the properties are.
        molecules: The molecules, each once.
    """

    def __init__(self, card: StoreCard, molecules: Sequence[MeasuredMolecule]) -> None:
        self.card = card
        self.molecules = tuple(molecules)
        self._properties = {one.name: one for one in card.properties}

    def find_property(self, task: str, endpoint: str | None = None) -> MeasuredProperty | None:
        """Return the property that a task asks for; None where the store has none."""
        return self._properties.get(task if endpoint is None else f"{task}:{endpoint}")

    def is_computed(self, name: str) -> bool:
        """Whether the values of a property were computed, not measured."""
        found = self._properties.get(name)
        return found is not None and found.origin is Origin.COMPUTED

    def has_task(self, task: str) -> bool:
        """Whether anything that a task asks for was measured."""
        return any(one.task == task for one in self.card.properties)

    def list_measured(self, name: str) -> tuple[MeasuredMolecule, ...]:
        """Return the molecules of which a property was measured."""
        return tuple(one for one in self.molecules if name in one.values)

    def find_block(self, block: str) -> tuple[MeasuredMolecule, ...]:
        """Return the molecules of a connectivity, the first 14 characters of the InChIKey."""
        return tuple(self._by_block.get(block, ()))

    def find_salts(self, block: str) -> tuple[MeasuredMolecule, ...]:
        """Return the salts and mixtures whose parent has a connectivity."""
        return tuple(self._by_parent.get(block, ()))

    @cached_property
    def _by_block(self) -> Mapping[str, list[MeasuredMolecule]]:
        return _group((connectivity_part(one.inchikey), one) for one in self.molecules)

    @cached_property
    def _by_parent(self) -> Mapping[str, list[MeasuredMolecule]]:
        return _group((connectivity_part(one.parent), one) for one in self.molecules if one.parent)


def _group(pairs: Iterable[tuple[str, MeasuredMolecule]]) -> Mapping[str, list[MeasuredMolecule]]:
    found: dict[str, list[MeasuredMolecule]] = {}
    for key, one in pairs:
        found.setdefault(key, []).append(one)
    return found


# ------------------------------------------------------------------------------------------------------ as a file


def write_store(store: PropertyStore) -> bytes:
    """Return the bytes of a store's file; the same store gives the same bytes."""
    names = [one.name for one in store.card.properties]
    lines = [store.card.model_dump_json(exclude_none=True), "\t".join((*_KEYS, *names))]
    for one in store.molecules:
        cells = (";".join(map(_write_value, one.values.get(name, ()))) for name in names)
        lines.append("\t".join((one.inchikey, one.parent, one.smiles, *cells)))
    return gzip.compress(("\n".join(lines) + "\n").encode(), compresslevel=9, mtime=0)


def _write_value(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")


def read_store(path: Path | None = None) -> PropertyStore:
    """Return a store.

    Args:
        path: Its file; None for the one that ships.

    Raises:
        DataError: It is not a store, or damaged; where.
        InstallationError: The one that ships is damaged.
    """
    place = find_shipped(_SHIPPED) if path is None else path
    try:
        with open_unpacked(place) as packed, io.TextIOWrapper(packed, encoding="utf-8", newline="\n") as text:
            return _read(text, place)
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise DataError(f"the store of measured properties cannot be read: {error}", value=place) from error


def _read(text: io.TextIOWrapper, place: Path) -> PropertyStore:
    try:
        card = StoreCard.model_validate_json(text.readline())
    except ValidationError as error:
        raise DataError(
            f"this is not a store of measured properties: {error.errors()[0]['msg']}", value=place
        ) from error
    names = tuple(one.name for one in card.properties)
    columns = tuple(text.readline().rstrip("\n").split("\t"))
    if columns != (*_KEYS, *names):
        raise DataError("the columns of a store are those of its first line", value=", ".join(columns))
    molecules = []
    for number, line in enumerate(text, 3):
        key, parent, smiles, *cells = (*line.rstrip("\n").split("\t"), "", "")[: len(columns)]
        try:
            values = {name: tuple(map(float, cell.split(";"))) for name, cell in zip(names, cells, strict=True) if cell}
        except ValueError as error:
            raise DataError(f"line {number} of a store of measured properties: {error}", value=place) from error
        molecules.append(MeasuredMolecule(key, parent, smiles, values))
    return PropertyStore(card, molecules)
