"""Properties of real molecules, computed by RDKit."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from anymol.data.config import PropertiesConfig
from anymol.data.drafts import Draft, format_number, phrase_draft
from anymol.data.example import InstructionExample
from anymol.data.heldout import Heldout
from anymol.data.licences import Licences
from anymol.data.sources.captions import GRAPH_ALONE
from anymol.data.sources.molecules import find_licence, read_molecules, require_split, write_variant
from anymol.data.sources.source import DataOrigin, SourceRow
from anymol.tasks.table import get_task
from anymol.tasks.task import Task, TaskInput

GENERATOR = "rdkit_properties"


@dataclass(frozen=True)
class PropertiesSource:
    """Examples of property tasks; every molecule serves each task.

    Attributes:
        config: What to make.
        licences: Terms of the sources.
    """

    config: PropertiesConfig
    licences: Licences

    def rows(self, split: str, origin: DataOrigin) -> Iterator[SourceRow]:
        """Yield (row, smiles), shuffled."""
        return read_molecules(self.config, origin, f"properties/{split}")

    def guarded(self, row: SourceRow) -> tuple[str, ...]:
        """Return nothing: `examples` looks at the molecule's split, which covers every scope."""
        return ()

    def examples(self, row: SourceRow, split: str, rng: random.Random, heldout: Heldout) -> list[InstructionExample]:
        """Compute the properties of one molecule."""
        number, smiles = row
        require_split(smiles, split, heldout)
        licence = find_licence(self.config, self.licences).licence
        made = []
        for name in self.config.tasks:
            answer = write_property(get_task(name.value), smiles)
            asked = TaskInput(molecule=write_variant(smiles, self.config.randomized, split, rng))
            draft = Draft(
                f"properties/{number}/{name}",
                name.value,
                asked,
                answer,
                GENERATOR,
                licence,
                split,
            )
            made.append(phrase_draft(draft, rng, self.config, graph_alone=GRAPH_ALONE))
        return made


def write_property(task: Task, smiles: str) -> str:
    """Return what a program says of a molecule, as an answer of the task is written.

    Raises:
        ValueError: No program answers the task.
    """
    if task.compute is None:
        raise ValueError(f"task {task.name} has no exact computation")
    return format_number(float(task.compute(TaskInput(molecule=smiles)).value), task.decimals)
