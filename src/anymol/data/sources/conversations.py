"""Conversations about one molecule: a question that shows it, and others that point back to it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from anymol.data.config import ConversationsConfig
from anymol.data.drafts import Draft, phrase_draft
from anymol.data.example import InstructionExample
from anymol.data.heldout import Heldout
from anymol.data.licences import Licences
from anymol.data.sources.captions import GRAPH_ALONE
from anymol.data.sources.molecules import find_licence, read_molecules, require_split, write_variant
from anymol.data.sources.properties import GENERATOR, write_property
from anymol.data.sources.source import DataOrigin, SourceRow
from anymol.modalities.content import Message, Speaker, TextPart
from anymol.tasks.table import get_task
from anymol.tasks.task import Slot, TaskInput

_HOLE: Final = f"{{{Slot.MOLECULE}}}"
_POINTERS: Final = ("this molecule", "that molecule", "the same molecule", "it")


@dataclass(frozen=True)
class ConversationsSource:
    """Examples of several turns.

    Attributes:
        config: What to make.
        licences: Terms of the sources.
    """

    config: ConversationsConfig
    licences: Licences

    def rows(self, split: str, origin: DataOrigin) -> Iterator[SourceRow]:
        """Yield (row, smiles), shuffled."""
        return read_molecules(self.config, origin, f"conversations/{split}")

    def guarded(self, row: SourceRow) -> tuple[str, ...]:
        """Return nothing: `examples` looks at the molecule's split, which covers every scope."""
        return ()

    def examples(self, row: SourceRow, split: str, rng: random.Random, heldout: Heldout) -> list[InstructionExample]:
        """Ask for some properties of one molecule, one after the other."""
        number, smiles = row
        require_split(smiles, split, heldout)
        wanted = rng.randint(2, min(self.config.turns, len(self.config.tasks)))
        first, *others = rng.sample(self.config.tasks, wanted)
        draft = Draft(
            f"conversations/{number}/0/{first}",
            first.value,
            TaskInput(molecule=write_variant(smiles, self.config.randomized, split, rng)),
            write_property(get_task(first.value), smiles),
            GENERATOR,
            find_licence(self.config, self.licences).licence,
            split,
        )
        made = [phrase_draft(draft, rng, self.config, graph_alone=GRAPH_ALONE)]
        for turn, name in enumerate(others, start=1):
            task = get_task(name.value)
            question = rng.choice(task.phrasings).replace(_HOLE, rng.choice(_POINTERS))
            said = made[-1]
            made.append(
                replace(
                    said,
                    id=f"conversations/{number}/{turn}/{name}",
                    task=task.name,
                    messages=(
                        *said.messages,
                        Message(Speaker.ASSISTANT, said.answer),
                        Message(Speaker.USER, (TextPart(question),)),
                    ),
                    answer=(TextPart(write_property(task, smiles)),),
                )
            )
        return made
