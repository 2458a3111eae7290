"""Specifications drawn from real molecules, with the molecule as one answer that fits."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from anymol.data.config import SpecificationsConfig
from anymol.data.drafts import Draft, phrase_draft
from anymol.data.example import InstructionExample
from anymol.data.heldout import Heldout
from anymol.data.licences import Licences
from anymol.data.sources.molecules import find_licence, read_molecules, require_split
from anymol.data.sources.source import DataOrigin, SourceRow
from anymol.tasks.specifications import SpecificationKind, describe_specification
from anymol.tasks.task import TaskInput

GENERATOR: Final = "rdkit_specifications"
TASK: Final = "text_guided_design"


@dataclass(frozen=True)
class SpecificationsSource:
    """Examples of design from a specification.

    Attributes:
        config: What to make.
        licences: Terms of the sources.
    """

    config: SpecificationsConfig
    licences: Licences

    def rows(self, split: str, origin: DataOrigin) -> Iterator[SourceRow]:
        """Yield (row, smiles), shuffled."""
        return read_molecules(self.config, origin, f"specifications/{split}")

    def guarded(self, row: SourceRow) -> tuple[str, ...]:
        """Return nothing: `examples` looks at the molecule's split, which covers every scope."""
        return ()

    def examples(self, row: SourceRow, split: str, rng: random.Random, heldout: Heldout) -> list[InstructionExample]:
        """Ask for one molecule by what can be counted in it; the answer is canonical, since words imply no order."""
        number, smiles = row
        require_split(smiles, split, heldout)
        text = describe_specification(smiles, rng, kind=SpecificationKind(self.config.about.value))
        licence = find_licence(self.config, self.licences).licence
        draft = Draft(f"specifications/{number}", TASK, TaskInput(text=text), smiles, GENERATOR, licence, split)
        return [phrase_draft(draft, rng)]
