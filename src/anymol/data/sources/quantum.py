"""Quantum-chemical labels, each with the method that computed it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from anymol.data.config import QuantumConfig, QuantumFile, QuantumTask
from anymol.data.example import InstructionExample
from anymol.data.heldout import Heldout
from anymol.data.licences import Licences
from anymol.data.sources.labels import ask_numbers
from anymol.data.sources.qm9 import QM9_LICENCE, read_qm9
from anymol.data.sources.source import DataOrigin, SourceRow, iterate_rows, with_row_numbers
from anymol.errors import DataError
from anymol.tasks.quantum import B3LYP, PUBCHEM_DFT

_COLUMNS: Final[Mapping[QuantumTask, str]] = MappingProxyType(
    {
        QuantumTask.HOMO: "homo_hartree",
        QuantumTask.LUMO: "lumo_hartree",
        QuantumTask.GAP: "gap_hartree",
        QuantumTask.TOTAL_ENERGY: "u0_hartree",
        QuantumTask.DIPOLE: "dipole_debye",
    }
)
_METHODS: Final = MappingProxyType(
    {
        "QM9, B3LYP/6-31G(2df,p)": (B3LYP, "QM9 rows"),
        "PubChem molecules, DFT functional not stated": (PUBCHEM_DFT, "PubChem rows"),
    }
)
"""Method as the file writes it -> the method as questions name it, and the source that the table of licences knows."""


@dataclass(frozen=True)
class QuantumSource:
    """Examples of orbital energies, total energies and dipoles.

    Attributes:
        config: What to make.
        licences: Terms of the sources.
    """

    config: QuantumConfig
    licences: Licences

    def rows(self, split: str, origin: DataOrigin) -> Iterator[SourceRow]:
        """Yield (row, smiles, method, labels of the tasks) of a split, shuffled."""
        columns = ["row", "smiles", "method", *(_COLUMNS[task] for task in self.config.tasks)]
        match self.config.file:
            case QuantumFile.SHARED:
                table = with_row_numbers(origin.read(QuantumFile.SHARED.value, [*columns[1:], "split"]))
            case QuantumFile.QM9PACK:
                table = with_row_numbers(read_qm9(set(columns[2:])))
        short = pc.less_equal(pc.utf8_length(table["smiles"]), self.config.max_smiles)
        kept = table.filter(pc.and_(short, pc.equal(table["split"], split)))
        labelled: pa.ChunkedArray | None = None
        for name in columns[3:]:
            known = pc.is_valid(kept[name])
            labelled = known if labelled is None else pc.or_(labelled, known)
        return iterate_rows(origin.shuffled(kept.filter(labelled), f"quantum/{split}"), columns)

    def guarded(self, row: SourceRow) -> tuple[str, ...]:
        """Return the molecule."""
        return (row[1],)

    def examples(self, row: SourceRow, split: str, rng: random.Random, heldout: Heldout) -> list[InstructionExample]:
        """Ask for every quantity of a molecule that has a label.

        Raises:
            DataError: The method is unknown, so that its labels would be mixed with those of another.
        """
        number, smiles, written, *values = row
        if written not in _METHODS:
            raise DataError(f"the method '{written}' is unknown", value=smiles)
        method, source = _METHODS[written]
        labels = [
            (task.value, value) for task, value in zip(self.config.tasks, values, strict=True) if value is not None
        ]
        shared = self.config.file is QuantumFile.SHARED
        licence = self.licences.find("quantum", source).licence if shared else QM9_LICENCE.licence
        begin = (f"{self.config.file.name.lower()}/{number}", f"quantum:{source}", licence)
        return list(ask_numbers(self.config, labels, smiles, method, begin, split, rng))
