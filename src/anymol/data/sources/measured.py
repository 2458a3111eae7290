"""Measured properties: solubility in water, distribution at pH 7.4, free energy of hydration."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from anymol.data.config import MeasuredConfig, MeasuredTask
from anymol.data.example import InstructionExample
from anymol.data.heldout import Heldout
from anymol.data.licences import Licences
from anymol.data.sources.labels import ask_numbers, read_moleculenet
from anymol.data.sources.source import DataOrigin, SourceRow, iterate_rows

_SETS: Final = {
    MeasuredTask.SOLUBILITY: ("esol", "log_solubility"),
    MeasuredTask.LIPOPHILICITY: ("lipophilicity", "logd_ph7_4"),
    MeasuredTask.HYDRATION: ("freesolv", "hydration_free_energy_expt"),
}
"""Task -> set of MoleculeNet and column."""


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
        """Yield (row, task, smiles, number) of a split, set by set, each shuffled."""
        for task in self.config.tasks:
            name, column = _SETS[task]
            table = read_moleculenet(origin, name, [column], split, self.config.max_smiles)
            for row, smiles, value in iterate_rows(
                origin.shuffled(table, f"{name}/{split}"), ("row", "smiles", column)
            ):
                yield row, task, smiles, value

    def guarded(self, row: SourceRow) -> tuple[str, ...]:
        """Return the molecule."""
        return (row[2],)

    def examples(self, row: SourceRow, split: str, rng: random.Random, heldout: Heldout) -> list[InstructionExample]:
        """Ask for one number."""
        number, task, smiles, value = row
        name, _ = _SETS[task]
        begin = (f"measured/{number}", f"moleculenet:{name}", self.licences.find("moleculenet_*").licence)
        return list(ask_numbers(self.config, [(task.value, value)], smiles, None, begin, split, rng))
