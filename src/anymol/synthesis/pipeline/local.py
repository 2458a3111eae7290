"""Chunks worked off in processes of this machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from anymol.synthesis.engine import Engine
from anymol.synthesis.pipeline.work import Chunk, Outcome, fail_row, work_chunk
from anymol.workers import WorkerPool


class LocalExecutor:
    """Processes of this machine.

    Args:
        workers: Their number; with one, work is done in this process.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def run(
        self, engines: Sequence[Engine], seed: int, chunks: Iterable[Chunk]
    ) -> Iterator[tuple[Chunk, list[Outcome]]]:
        """Yield each chunk with its outcomes, in order."""
        work = partial(work_chunk, tuple(engines), seed)
        with WorkerPool(work, self.workers, split=Chunk.split, crashed=_crash) as pool:
            for chunk, results in pool.run(chunks):
                yield chunk, [outcome for outcomes in results for outcome in outcomes]


def _crash(single: Chunk) -> list[Outcome]:
    return [fail_row(single.rows[0], "crash", "the engine crashed on this molecule")]
