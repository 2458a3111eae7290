"""Descriptions of molecules: to be written, and to be designed from."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pyarrow.compute as pc

from anymol.data.config import CaptionsConfig, CaptionTask
from anymol.data.drafts import Draft, phrase_draft
from anymol.data.example import InstructionExample
from anymol.data.heldout import Heldout
from anymol.data.licences import Licences
from anymol.data.sources.molecules import write_variant
from anymol.data.sources.source import DataOrigin, SourceRow, iterate_rows, keep_values, with_row_numbers
from anymol.tasks.task import TaskInput

FILE: Final = "captions.parquet"
GRAPH_ALONE: Final = 0.5
"""Share of the questions with a graph in which it stands instead of the notation."""

_COLUMNS: Final = ("row", "description", "smiles", "source")


@dataclass(frozen=True)
class CaptionsSource:
    """Examples of captioning and of design from a description.

    Attributes:
        config: What to make.
        licences: Terms of the sources.
    """

    config: CaptionsConfig
    licences: Licences

    def rows(self, split: str, origin: DataOrigin) -> Iterator[SourceRow]:
        """Yield (row, description, smiles, source), shuffled."""
        return read_captions(split, origin, self.licences, self.config.max_text, self.config.max_smiles)

    def guarded(self, row: SourceRow) -> tuple[str, ...]:
        """Return the molecule described."""
        return (row[2],)

    def examples(self, row: SourceRow, split: str, rng: random.Random, heldout: Heldout) -> list[InstructionExample]:
        """Make the examples of a description, for each task."""
        number, description, smiles, source = row
        licence = self.licences.find("captions", source).licence
        made = []
        showing: CaptionsConfig | None
        for copy in range(self.config.copies if split == "train" else 1):
            for task in self.config.tasks:
                draft_id = f"captions/{number}/{task}/{copy}"
                match task:
                    case CaptionTask.CAPTIONING:
                        written = write_variant(smiles, self.config.randomized, split, rng)
                        asked, answer, showing = TaskInput(molecule=written), description, self.config
                    case CaptionTask.DESIGN:
                        asked, answer, showing = TaskInput(text=description), smiles, None
                draft = Draft(draft_id, task.value, asked, answer, f"captions:{source}", licence, split)
                made.append(phrase_draft(draft, rng, showing, graph_alone=GRAPH_ALONE))
        return made


def read_captions(
    split: str, origin: DataOrigin, licences: Licences, max_text: int, max_smiles: int
) -> Iterator[SourceRow]:
    """Yield (row, description, smiles, source) of the whole-sentence descriptions of a split, shuffled."""
    table = with_row_numbers(origin.read(FILE, [*_COLUMNS[1:], "kind", "split"]))
    fits = pc.and_(
        pc.less_equal(pc.utf8_length(table["description"]), max_text),
        pc.less_equal(pc.utf8_length(table["smiles"]), max_smiles),
    )
    sentences = pc.and_(pc.equal(table["kind"], "sentences"), pc.equal(table["split"], split))
    kept = table.filter(pc.and_(fits, sentences))
    if origin.shippable:
        kept = keep_values(kept, "source", licences.allowed("captions"))
    for number, description, smiles, source in iterate_rows(origin.shuffled(kept, f"captions/{split}"), _COLUMNS):
        yield number, " ".join(description.split()), smiles, source
