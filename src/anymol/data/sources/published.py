"""Public sets in their published formats, asked in the tasks that they serve."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

from anymol.data.config import PublishedConfig
from anymol.data.drafts import Draft, phrase_draft
from anymol.data.example import InstructionExample
from anymol.data.heldout import GUARDED_ROLES, Heldout
from anymol.data.published.published_set import PublishedRow, PublishedRowError, PublishedSet, Question
from anymol.data.published.table import PUBLISHED_SETS
from anymol.data.sources.captions import GRAPH_ALONE
from anymol.data.sources.molecules import write_variant
from anymol.data.sources.reactions import write_mixture
from anymol.data.sources.source import DataOrigin, SourceRow
from anymol.errors import DataError
from anymol.tasks.table import get_task
from anymol.tasks.task import STRUCTURES, TaskInput

_VAL_SHARE: Final = 0.02
"""Share of the training rows that are val where the publishers give none."""


@dataclass(frozen=True)
class PublishedSource:
    """Examples of one public set.

    Attributes:
        config: What to make.
    """

    config: PublishedConfig

    @property
    def published(self) -> PublishedSet:
        """The set with its converter."""
        return PUBLISHED_SETS[self.config.set]

    def rows(self, split: str, origin: DataOrigin) -> Iterator[SourceRow]:
        """Yield (id, line, file, fields) of a split, shuffled; those of its test are asked in evaluations alone.

        Of a set whose rows are large only a window of them is held: such rows come in roughly the order of the files.

        Raises:
            DataError: The files are missing or not in their format, or the terms of the set do not allow shipping.
        """
        rows = (
            (f"{row.file}/{row.line}", row.line, row.file, dict(row.fields))
            for row in self._read(origin)
            if self._find_split(row) == split
        )
        return _shuffle(rows, self.published.window, random.Random(f"{origin.seed}/{self.published.name}/{split}"))

    def evaluated(self, origin: DataOrigin) -> Iterator[str]:
        """Yield the molecules and products of the published test rows: no training example may answer with them.

        Rows that cannot be used are passed over: nobody can be asked about them.

        Raises:
            DataError: As :meth:`rows`.
        """
        for row in self._read(origin):
            if row.split != "test":
                continue
            try:
                questions = self.published.ask(row)
            except PublishedRowError:
                continue
            for question in questions:
                task, asked = get_task(question.task), question.asked
                if task.answer in STRUCTURES and task.answer_role in GUARDED_ROLES:
                    yield question.answer
                elif about := asked.molecule or asked.products:
                    yield about

    def guarded(self, row: SourceRow) -> tuple[str, ...]:
        """Return nothing: the builder looks at every molecule that the examples answer with or describe."""
        return ()

    def examples(self, row: SourceRow, split: str, rng: random.Random, heldout: Heldout) -> list[InstructionExample]:
        """Ask everything that a row tells.

        Raises:
            PublishedRowError: The row cannot be used; its file and line, and why.
            DataError: It tells nothing that is asked for.
        """
        row_id, line, file, fields = row
        published, wanted = self.published, self.config.tasks
        made = []
        for place, question in enumerate(published.ask(PublishedRow(file, line, split, fields))):
            if wanted is not None and question.task not in wanted:
                continue
            draft = Draft(
                f"{published.name}/{row_id}/{question.task}/{place}",
                question.task,
                self._write(question, split, rng),
                question.answer,
                f"published:{published.name}",
                question.licence or published.licence,
                split,
            )
            made.append(phrase_draft(draft, rng, self.config, graph_alone=GRAPH_ALONE))
        if not made:
            raise DataError("the row tells nothing that is asked for", value=row_id)
        return made

    def _read(self, origin: DataOrigin) -> Iterator[PublishedRow]:
        """Return the rows of all splits."""
        published = self.published
        if origin.shippable and not published.weights_allowed:
            raise DataError(
                f"weights trained on {published.name} may not be shipped", hint="set 'shippable: false' in the recipe"
            )
        return published.read_rows(Path(self.config.path))

    def _find_split(self, row: PublishedRow) -> str:
        if self.published.has_val or row.split != "train":
            return row.split
        drawn = random.Random(f"{self.published.name}/{row.file}/{row.line}").random()
        return "val" if drawn < _VAL_SHARE else "train"

    def _write(self, question: Question, split: str, rng: random.Random) -> TaskInput:
        """Return what is asked about, in training in part written in random order."""
        asked, shuffled = question.asked, split == "train" and rng.random() < self.config.randomized
        if asked.molecule is not None:
            return replace(asked, molecule=write_variant(asked.molecule, float(shuffled), split, rng))
        if not shuffled:
            return asked
        reactants, reagents, products = (
            write_mixture(part, rng) if part else part for part in (asked.reactants, asked.reagents, asked.products)
        )
        return replace(asked, reactants=reactants, reagents=reagents, products=products)


def _shuffle(rows: Iterator[SourceRow], window: int | None, rng: random.Random) -> Iterator[SourceRow]:
    """Yield rows in random order: any of all, or any of the `window` that are held."""
    held = list(islice(rows, window))
    for row in rows:
        place = rng.randrange(len(held))
        yield held[place]
        held[place] = row
    rng.shuffle(held)
    yield from held
