"""Chunks worked off in processes of this machine."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context

from anymol.lifetime import end_with_parent
from anymol.synthesis.engine import Engine
from anymol.synthesis.pipeline.executor import AHEAD
from anymol.synthesis.pipeline.work import Chunk, Outcome, fail_row, work_chunk

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


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
        if self.workers <= 1:
            for own in chunks:
                yield own, work_chunk(engines, seed, own)
            return
        waiting: deque[tuple[Chunk, Future[list[Outcome]]]] = deque()
        stream = iter(chunks)
        with _one_thread_each():
            pool = _open(self.workers, engines, seed)
            try:
                while True:
                    while len(waiting) < AHEAD * self.workers and (fresh := next(stream, None)) is not None:
                        waiting.append((fresh, _submit(pool, fresh)))
                    if not waiting:
                        return
                    chunk, future = waiting[0]
                    try:
                        outcomes = future.result()
                    except BrokenProcessPool:
                        # All that was under way is lost with the pool; the row that killed it is found by itself.
                        pool.shutdown(wait=False, cancel_futures=True)
                        outcomes = _isolate(engines, seed, chunk)
                        pool = _open(self.workers, engines, seed)
                        for place in range(1, len(waiting)):
                            later, done = waiting[place]
                            if not _is_good(done):
                                waiting[place] = (later, _submit(pool, later))
                    waiting.popleft()
                    yield chunk, outcomes
            finally:
                pool.shutdown(wait=True, cancel_futures=True)


def _submit(pool: ProcessPoolExecutor, chunk: Chunk) -> Future[list[Outcome]]:
    """Hand a chunk to a pool; to one whose process has died, as a future that says so."""
    try:
        return pool.submit(_work, chunk)
    except BrokenProcessPool as error:
        lost: Future[list[Outcome]] = Future()
        lost.set_exception(error)
        return lost


def _is_good(future: Future[list[Outcome]]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


def _isolate(engines: Sequence[Engine], seed: int, chunk: Chunk) -> list[Outcome]:
    """Return the outcomes of a chunk, each row in a process that only it can take down."""
    outcomes: list[Outcome] = []
    pool = _open(1, engines, seed)
    for single in chunk.split():
        try:
            outcomes += pool.submit(_work, single).result()
        except BrokenProcessPool:
            pool.shutdown(wait=False)
            outcomes.append(fail_row(single.rows[0], "crash", "the engine crashed on this molecule"))
            pool = _open(1, engines, seed)
    pool.shutdown()
    return outcomes


# ------------------------------------------------------------------------------------------ inside the worker processes

_task: tuple[Sequence[Engine], int] | None = None


def _open(workers: int, engines: Sequence[Engine], seed: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, get_context("spawn"), initializer=_start, initargs=(tuple(engines), seed))


def _start(engines: Sequence[Engine], seed: int) -> None:
    global _task
    end_with_parent()
    _task = engines, seed


def _work(chunk: Chunk) -> list[Outcome]:
    assert _task is not None
    return work_chunk(*_task, chunk)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Let processes started here use one thread each: there are as many of them as cores."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
