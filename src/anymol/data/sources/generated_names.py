"""Systematic names that a program gives to unlabelled molecules, in both directions."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from anymol.chem.naming import name_molecule
from anymol.data.config import GeneratedNamesConfig, NameTask
from anymol.data.drafts import Draft, phrase_draft
from anymol.data.example import InstructionExample
from anymol.data.heldout import Heldout
from anymol.data.licences import COMPUTED_NAMES, Licences
from anymol.data.sources.captions import GRAPH_ALONE
from anymol.data.sources.molecules import read_molecules, require_split, write_variant
from anymol.data.sources.source import DataOrigin, SourceRow
from anymol.errors import DataError
from anymol.tasks.task import TaskInput

GENERATOR: Final = "openclatura"


class NameTooLongError(DataError):
    """A name that is longer than the config takes."""

    kind = "name_too_long"


@dataclass(frozen=True)
class GeneratedNamesSource:
    """Examples of name -> molecule and molecule -> name; every molecule serves each direction.

    Attributes:
        config: What to make.
        licences: Terms of the sources.
    """

    config: GeneratedNamesConfig
    licences: Licences

    def rows(self, split: str, origin: DataOrigin) -> Iterator[SourceRow]:
        """Yield (row, smiles), shuffled."""
        return read_molecules(self.config, origin, f"generated_names/{split}")

    def guarded(self, row: SourceRow) -> tuple[str, ...]:
        """Return nothing: `examples` looks at the molecule's split, which covers every scope."""
        return ()

    def examples(self, row: SourceRow, split: str, rng: random.Random, heldout: Heldout) -> list[InstructionExample]:
        """Name one molecule.

        Raises:
            UnnamedMoleculeError: The rules of naming do not cover the molecule.
            NameTooLongError: The name is longer than the config takes.
            TimeLimitError: Naming took too long.
        """
        number, smiles = row
        require_split(smiles, split, heldout)
        name = name_molecule(smiles)
        if len(name) > self.config.max_name:
            raise NameTooLongError(f"the name has {len(name)} characters", value=name)
        made = []
        showing: GeneratedNamesConfig | None
        for task in self.config.tasks:
            match task:
                case NameTask.NAME_TO_MOLECULE:
                    asked, answer, showing = TaskInput(text=name), smiles, None
                case NameTask.MOLECULE_TO_NAME:
                    asked, answer = TaskInput(molecule=write_variant(smiles, self.config.randomized, split, rng)), name
                    showing = self.config
            draft = Draft(
                f"generated_names/{number}/{task}",
                task.value,
                asked,
                answer,
                GENERATOR,
                COMPUTED_NAMES.licence,
                split,
            )
            made.append(phrase_draft(draft, rng, showing, graph_alone=GRAPH_ALONE))
        return made
