"""The rows of a suite, made from the files of a data directory when they are drawn."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, Final

from rdkit import rdBase

from anymol.data.example import InstructionExample
from anymol.data.heldout import Heldout
from anymol.data.licences import SOURCES_FILE, Licences
from anymol.data.sources.molecules import WrongSplitError
from anymol.data.sources.source import DataOrigin, SourceRow
from anymol.errors import AnyMolError, MissingDependencyError
from anymol.evaluation.plan import Rows
from anymol.evaluation.published_figures import PublishedFigure, read_published_figures
from anymol.evaluation.suites.suite import MissingDataError, Suite, SuitePart
from anymol.files import hash_file
from anymol.tasks.table import TASKS, get_task

_TRAIN: Final = "train"


class SuiteRows:
    """The rows of a suite, in an order that follows from the seed.

    Parts of one task take turns, so that each has as many rows, as long as it has any.

    Args:
        suite: The suite.
        data_dir: The data directory.
        tasks: Which tasks; None for all that the suite has.

    Raises:
        MissingDataError: Its files are not there, or it has none of the tasks.
        UnknownTaskError: A task is unknown.
    """

    def __init__(self, suite: Suite, data_dir: Path, *, tasks: Collection[str] | None = None) -> None:
        self._suite = suite
        self._data_dir = data_dir
        self._parts = suite.find_parts(data_dir)
        offered = {task for part in self._parts for task in part.tasks}
        wanted = offered if tasks is None else {get_task(name).name for name in tasks}
        self.tasks: Sequence[str] = [name for name in TASKS if name in wanted & offered]
        if not self.tasks:
            raise MissingDataError(
                f"the suite {suite.name} does not ask {' or '.join(sorted(wanted))}",
                hint=f"it has {', '.join(name for name in TASKS if name in offered)}",
            )
        self._licences = Licences.read(data_dir) if (data_dir / SOURCES_FILE).is_file() else Licences({})
        self._heldout: Heldout | None = None
        self._part_of: dict[str, str] = {}
        self._left_out: Counter[tuple[str, str]] = Counter()

    @property
    def name(self) -> str:
        """The title of the suite."""
        return self._suite.title

    @property
    def settings(self) -> Mapping[str, Any]:
        """Name of the suite, its terms, and the checksums of its files."""
        files = {name: hash_file(path) for part in self._parts for name, path in part.list_files(self._data_dir)}
        return {"suite": self._suite.name, "licence": self._suite.licence, "data sha256": files}

    @property
    def notes(self) -> Sequence[str]:
        """The notes of the suite, its parts that are not at hand, and the rows that could not be used."""
        first = next(one for one in self._suite.choices if self._parts[0] in one)
        missing = dict.fromkeys(part.file for part in first if part not in self._parts)
        reasons = [f"{task}: {count:,} rows left out, {why}" for (task, why), count in sorted(self._left_out.items())]
        return (
            *self._suite.notes,
            *(f"{file} is not at hand: its rows are not asked" for file in missing),
            *reasons,
        )

    @property
    def published(self) -> Sequence[PublishedFigure]:
        """Figures that others published on this set, for the tasks asked."""
        return [one for one in read_published_figures(self._suite.name) if one.task in self.tasks]

    def draw(self, task: str, limit: int | None, seed: int, rows: Rows) -> Iterator[InstructionExample]:
        """Yield at most `limit` rows of a task, in an order that follows from the seed."""
        meant = [part for part in self._parts if task in part.tasks]
        streams = [self._make_examples(part, part.split, task, seed) for part in meant]
        kept = islice(_take_turns(streams), rows.slice.start or 0, None, rows.slice.step or 1)
        return islice(kept, limit)

    def draw_training(self, task: str, limit: int, seed: int) -> Iterator[InstructionExample] | None:
        """Return training rows of the same sources; None where they have none."""
        meant = [part for part in self._parts if task in part.tasks and part.most_training]
        if not meant:
            return None
        streams = [islice(self._make_examples(part, _TRAIN, task, seed), part.most_training) for part in meant]
        return islice(_take_turns(streams), limit)

    def name_part(self, example: InstructionExample) -> str | None:
        """Return the part of the suite that a drawn row belongs to."""
        return self._part_of.get(example.id)

    def _make_examples(self, part: SuitePart, split: str, task: str, seed: int) -> Iterator[InstructionExample]:
        """Yield the questions of one task that a part's rows serve; a row that cannot be used is counted."""
        source = part.make(self._data_dir, self._licences)
        origin = DataOrigin(self._data_dir, self._licences, shippable=False, seed=seed)
        heldout = self._read_heldout() if part.needs_heldout else Heldout.empty()
        for row in source.rows(split, origin):
            rng = random.Random(f"{seed}/{self._suite.name}/{split}/{row[0]}")
            try:
                with rdBase.BlockLogs():
                    made = source.examples(row, split, rng, heldout)
            except WrongSplitError:
                continue
            except MissingDependencyError as error:
                if split != _TRAIN:
                    self._left_out[task, f"and all that follow: {error}"] += 1
                return
            except AnyMolError as error:
                if split != _TRAIN:
                    self._left_out[task, f"{error.kind}: {error.generalise()}"] += 1
                continue
            for example in made:
                if example.task == task:
                    yield self._name(example, part, row)

    def _name(self, example: InstructionExample, part: SuitePart, row: SourceRow) -> InstructionExample:
        """Return a row whose id no other part has, and note the part that it belongs to."""
        label = part.name_part(row)
        if label is None:
            return example
        # Files of a public set that tell parts apart may have the same name, in folders of their own.
        apart = isinstance(part.label, str) or part.names
        named = replace(example, id=f"{label}/{example.id}") if apart else example
        self._part_of[named.id] = label
        return named

    def _read_heldout(self) -> Heldout:
        """Return what the data directory holds out; reading it takes seconds, so that it is read once."""
        if self._heldout is None:
            self._heldout = Heldout.read(self._data_dir)
        return self._heldout


def _take_turns(streams: Sequence[Iterator[InstructionExample]]) -> Iterator[InstructionExample]:
    """Yield one row of each stream in turn until all are at their end."""
    waiting = list(streams)
    while waiting:
        for stream in list(waiting):
            try:
                example = next(stream)
            except StopIteration:
                waiting.remove(stream)
            else:
                yield example
