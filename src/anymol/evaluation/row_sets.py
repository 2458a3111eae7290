"""Where the rows of an evaluation come from: the shards of a build, or a user's own table."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from anymol.data.example import InstructionExample
from anymol.data.shard_files import SHARDS
from anymol.data.shards import PRETRAIN, ShardReader
from anymol.errors import DataError
from anymol.evaluation.plan import Rows
from anymol.evaluation.published_figures import PublishedFigure
from anymol.files import hash_file
from anymol.tasks.table import TASKS, get_task


class RowSet(Protocol):
    """Rows with their right answers, by task."""

    @property
    def name(self) -> str:
        """What reports call the data."""
        ...

    @property
    def tasks(self) -> Sequence[str]:
        """Names of the tasks that have rows, in the order of the task table; at least one."""
        ...

    @property
    def settings(self) -> Mapping[str, Any]:
        """Checksums of the data, for the report."""
        ...

    @property
    def notes(self) -> Sequence[str]:
        """What a reader of the report must know of rows left out, once all are drawn."""
        ...

    @property
    def published(self) -> Sequence[PublishedFigure]:
        """Figures that others published on these rows, or on rows like them."""
        ...

    def draw(self, task: str, limit: int | None, seed: int, rows: Rows) -> Iterator[InstructionExample]:
        """Yield at most `limit` rows of a task, drawn by the seed, in the order of the data."""
        ...

    def draw_training(self, task: str, limit: int, seed: int) -> Iterator[InstructionExample] | None:
        """Return rows that baselines may learn from; None where there are no training rows at all."""
        ...

    def name_part(self, example: InstructionExample) -> str | None:
        """Return the part of the data that a drawn row belongs to, where figures of the parts are wanted."""
        ...


class ShardRows:
    """The rows of one split of a shard directory; its ``train`` split feeds the baselines.

    Args:
        directory: The shards.
        split: Which split.
        tasks: Which tasks; None for all that the split has.

    Raises:
        DataError: The shards are damaged, or the split has no row to ask.
        UnknownTaskError: A task is unknown.
    """

    notes: Sequence[str] = ()
    published: Sequence[PublishedFigure] = ()

    def __init__(self, directory: str | Path, *, split: str = "val", tasks: Collection[str] | None = None) -> None:
        wanted = None if tasks is None else [get_task(name).name for name in tasks]
        self._directory = directory
        self._reader = ShardReader(directory, split=split, tasks=wanted)
        self._training: ShardReader | None = None
        self.name = f"{self._reader.manifest.name}, split {split}"
        self.tasks = [name for name in TASKS if name in set(self._reader.tasks.tolist()) - {PRETRAIN}]
        if not self.tasks:
            raise DataError(f"these shards have no rows of split '{split}' to ask", value=directory)

    @property
    def settings(self) -> Mapping[str, Any]:
        """Checksum of the manifest, which holds those of all files."""
        return {"data sha256": hash_file(Path(self._directory) / SHARDS.manifest)}

    def draw(self, task: str, limit: int | None, seed: int, rows: Rows) -> Iterator[InstructionExample]:
        """Yield at most `limit` rows of a task, drawn by the seed, in the order of the shards."""
        return draw_rows(self._reader, task, limit, seed, rows)

    def draw_training(self, task: str, limit: int, seed: int) -> Iterator[InstructionExample]:
        """Yield training rows; their shards are read when they are first asked for."""
        if self._training is None:
            self._training = ShardReader(self._directory, split="train", tasks=self.tasks)
        return draw_rows(self._training, task, limit, seed)

    def name_part(self, example: InstructionExample) -> None:
        """Return None: what the parts of a build are is not known here."""


def draw_rows(
    reader: ShardReader, task: str, limit: int | None, seed: int, rows: Rows = Rows.ALL
) -> Iterator[InstructionExample]:
    """Yield at most `limit` examples of a task, drawn by the seed, in the order of the shards."""
    places = np.flatnonzero(reader.tasks == task)[rows.slice]
    if limit is not None and len(places) > limit:
        places = np.sort(np.random.default_rng(seed).choice(places, limit, replace=False))
    return (reader[int(place)] for place in places)
