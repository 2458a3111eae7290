"""Measured properties: solubility, distribution, hydration, and absorption and clearance."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import pyarrow.compute as pc

from anymol.data.config import MeasuredConfig
from anymol.data.example import InstructionExample
from anymol.data.heldout import Heldout
from anymol.data.licences import Licences
from anymol.data.measured_sets import MEASURED_SETS, MeasuredSet
from anymol.data.sources.labels import ask_numbers, read_labelled
from anymol.data.sources.source import DataOrigin, SourceRow, iterate_rows

_PLACES: Final[Mapping[str, tuple[MeasuredSet, str]]] = {
    measured.task: (one, column) for one in MEASURED_SETS for column, measured in one.columns.items()
}
"""Task -> the set that measured it, and its column."""


@dataclass(frozen=True)
class MeasuredSource:
    """Examples of measured properties.

    Attributes:
        config: What to make.
        licences: Terms of the sources.
    """

    config: MeasuredConfig
    licences: Licences

    def rows(self, split: str, origin: DataOrigin) -> Iterator[SourceRow]:
        """Yield (row, task, smiles, number) of a split, property by property, each shuffled."""
        for task in self.config.tasks:
            one, column = _PLACES[task]
            table = read_labelled(origin, one.file, [column], split, self.config.max_smiles)
            table = origin.shuffled(table.filter(pc.is_valid(table[column])), f"{one.name}/{split}")
            for row, smiles, value in iterate_rows(table, ("row", "smiles", column)):
                yield row, task, smiles, value

    def guarded(self, row: SourceRow) -> tuple[str, ...]:
        """Return the molecule."""
        return (row[2],)

    def examples(self, row: SourceRow, split: str, rng: random.Random, heldout: Heldout) -> list[InstructionExample]:
        """Ask for one number."""
        number, task, smiles, value = row
        one, _ = _PLACES[task]
        source = f"{one.licence_of.removesuffix('_*')}:{one.name}"
        begin = (f"measured/{number}", source, self.licences.find(one.licence_of).licence)
        return list(ask_numbers(self.config, [(task.value, value)], smiles, None, begin, split, rng))
