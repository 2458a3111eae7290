"""The measured drawings of CLEF, JPO and UOB as rows: nothing is trained on them, so that they are one split."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from anymol.chem.parsing import canonicalize_smiles
from anymol.data.example import InstructionExample
from anymol.data.heldout import Heldout
from anymol.data.licences import Licences
from anymol.data.sources.recognition import draft_recognition
from anymol.data.sources.source import DataOrigin, SourceRow, iterate_rows, with_row_numbers
from anymol.evaluation.synthesis_image import BENCHMARK, decode_benchmark
from anymol.modalities.content import RecordPart
from anymol.modalities.modality import Modality

_COLUMNS: Final = ("row", "dataset", "smiles", "png")


@dataclass(frozen=True)
class BenchmarkDrawings:
    """Drawings to be recognised; those of partial structures, with placeholders for atoms, are left out.

    Attributes:
        licences: Terms of the sources.
    """

    licences: Licences

    def rows(self, split: str, origin: DataOrigin) -> Iterator[SourceRow]:
        """Yield (row, set, smiles, png), shuffled."""
        if split != "test":
            return iter(())
        table = with_row_numbers(origin.read(BENCHMARK, [*_COLUMNS[1:], "has_placeholder_atoms"]))
        whole = pc.and_(
            pc.fill_null(pc.greater(pc.utf8_length(table["smiles"]), 0), pa.scalar(False)),
            pc.invert(table["has_placeholder_atoms"]),
        )
        return iterate_rows(origin.shuffled(table.filter(whole), "ocsr"), _COLUMNS)

    def guarded(self, row: SourceRow) -> tuple[str, ...]:
        """Return the molecule drawn."""
        return (row[2],)

    def examples(self, row: SourceRow, split: str, rng: random.Random, heldout: Heldout) -> list[InstructionExample]:
        """Ask which molecule one drawing shows.

        Raises:
            InvalidSmilesError: Its reference does not parse.
        """
        number, dataset, smiles, png = row
        drawn = canonicalize_smiles(smiles)
        part = RecordPart(Modality.IMAGE, decode_benchmark(png), smiles=drawn)
        licence = self.licences.find("ocsr_images").licence
        return [draft_recognition(f"ocsr/{number}", drawn, (part,), f"ocsr:{dataset}", licence, split, rng, 0.0)]
