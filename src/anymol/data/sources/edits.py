"""Functional groups added to, removed from and replaced in real molecules, with the edited molecule as answer."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from anymol.chem.alignment import align_smiles
from anymol.chem.parsing import parse_smiles
from anymol.data.config import EditAction, EditsConfig
from anymol.data.drafts import Draft, phrase_draft
from anymol.data.example import InstructionExample
from anymol.data.heldout import Heldout
from anymol.data.licences import Licences
from anymol.data.sources.molecules import find_licence, read_molecules, require_split, write_variant
from anymol.data.sources.source import DataOrigin, SourceRow
from anymol.errors import InvalidTaskInputError
from anymol.tasks.edit_groups import DRAWN, count_group
from anymol.tasks.edit_words import write_edit
from anymol.tasks.edits import Action, Edit, apply_edit
from anymol.tasks.task import TaskInput

GENERATOR: Final = "rdkit_edits"
TASK: Final = "molecule_editing"
_TRIES: Final = 4
_ADDED_SHARE: Final = 0.3
_REPLACED_SHARE: Final = 0.6
"""Among edits of a group that is there: how many replace it; the rest remove it."""

_EVERY_SHARE: Final = 0.3
"""Among edits of a group that is there more than once: how many ask for every one."""


@dataclass(frozen=True)
class EditsSource:
    """Examples of molecule editing.

    Attributes:
        config: What to make.
        licences: Terms of the sources.
    """

    config: EditsConfig
    licences: Licences

    def rows(self, split: str, origin: DataOrigin) -> Iterator[SourceRow]:
        """Yield (row, smiles), shuffled."""
        return read_molecules(self.config, origin, f"edits/{split}")

    def guarded(self, row: SourceRow) -> tuple[str, ...]:
        """Return nothing: `examples` looks at the molecule's split, which covers every scope."""
        return ()

    def examples(self, row: SourceRow, split: str, rng: random.Random, heldout: Heldout) -> list[InstructionExample]:
        """Edit one molecule.

        Raises:
            InvalidTaskInputError: When no edit could be done.
        """
        number, smiles = row
        require_split(smiles, split, heldout)
        written = write_variant(smiles, self.config.randomized, split, rng)
        molecule = parse_smiles(written)
        counts = {name: count_group(molecule, name) for name in DRAWN}
        for _ in range(_TRIES):
            edit = draw_edit(counts, rng, self.config.actions)
            # Without a generator the first place in the order of the question is taken: a rule that can be learnt.
            answer = apply_edit(written, edit)
            if answer is None or "." in answer:
                continue
            words = write_edit(edit, rng if split == "train" else None, only=counts[edit.group] == 1)
            draft = Draft(
                id=f"edits/{number}",
                task=TASK,
                task_input=TaskInput(molecule=written, text=words),
                answer=align_smiles(answer, written),
                source=GENERATOR,
                licence=find_licence(self.config, self.licences).licence,
                split=split,
            )
            return [phrase_draft(draft, rng, self.config)]
        raise InvalidTaskInputError("no edit could be done on this molecule", value=smiles)


def draw_edit(counts: dict[str, int], rng: random.Random, actions: Collection[EditAction] = tuple(EditAction)) -> Edit:
    """Draw an edit that suits a molecule with these numbers of groups.

    Raises:
        InvalidTaskInputError: None of the actions does.
    """
    present = [name for name, count in counts.items() if count]
    changes = [action for action in actions if action is not EditAction.ADD]
    if EditAction.ADD in actions and (not present or not changes or rng.random() < _ADDED_SHARE):
        return Edit(Action.ADD, rng.choice(DRAWN))
    if not present:
        raise InvalidTaskInputError("the molecule has no group to remove or replace")
    group = rng.choice(present)
    every = counts[group] > 1 and rng.random() < _EVERY_SHARE
    replaces = rng.random() < _REPLACED_SHARE if len(changes) > 1 else EditAction.REPLACE in changes
    if not replaces:
        return Edit(Action.REMOVE, group, every=every)
    return Edit(Action.REPLACE, group, rng.choice([name for name in DRAWN if name != group]), every=every)
