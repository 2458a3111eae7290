"""Pieces of work in processes of this machine: results in order, and a process that dies costs its piece alone."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from multiprocessing import current_process, get_context
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Final, Generic, Self, TypeVar

from anymol.errors import UserError

AHEAD: Final = 4
"""Pieces under way per worker: enough to keep it busy while the oldest is waited for, few enough to hold in memory."""

_HINT = "a script that starts workers must do so under `if __name__ == '__main__':`; or use workers=1"
_DIED_HINT = f"check the limits of memory, open files and processes (ulimit -a), or use fewer workers; {_HINT}"
_THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""What libraries ask for their number of threads: one each, where there are as many processes as cores."""
_SAFE: Final = {"PYTHONSAFEPATH": "1"}
"""Processes begin with `python -c`, which looks for modules in the current folder first."""

Piece = TypeVar("Piece")
Result = TypeVar("Result")


class WorkerError(UserError):
    """Worker processes that could not be started: for the limits of the system, or by a script of the wrong form."""

    kind = "worker"


class WorkerPool(Generic[Piece, Result]):
    """Processes that share one kind of work, used as a context.

    What they are given must be picklable. They use one thread each, and end with this process, however it ends.

    Args:
        work: Makes the result of a piece; an error that it raises is raised here.
        workers: Number of processes; with one, work is done in this process.
        split: Into what a piece is cut when its process died: each part is tried once more, by itself.
        crashed: The result of a part whose process died again.

    Raises:
        WorkerError: This process is itself a worker that is still importing the main script: its pool could never
            start and would be waited for without end. Or no worker could start.
    """

    def __init__(
        self,
        work: Callable[[Piece], Result],
        workers: int,
        *,
        split: Callable[[Piece], Sequence[Piece]] = lambda piece: [piece],
        crashed: Callable[[Piece], Result],
    ) -> None:
        self._work, self._workers, self._split, self._crashed = work, workers, split, crashed
        self._pool: _Processes | None = None

    def __enter__(self) -> Self:
        if self._workers > 1:
            self._pool = _Processes(self._work, self._workers)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            if kind is not None:  # Ctrl-C, a full disk: nobody waits for what is under way
                self._pool.end()
            self._pool.close(wait=True)

    def run(self, pieces: Iterable[Piece]) -> Generator[tuple[Piece, list[Result]], None, None]:
        """Yield each piece with its result, in order; after a crash with the results of its parts.

        Whoever has enough closes the iterator: pieces not begun are dropped.
        """
        if self._pool is None:
            for piece in pieces:
                yield piece, [self._work(piece)]
            return
        stream = iter(pieces)
        waiting: deque[tuple[Piece, Future[Result]]] = deque()
        try:
            while True:
                fresh = islice(stream, AHEAD * self._workers - len(waiting))
                waiting.extend((piece, self._pool.submit(piece)) for piece in fresh)
                if not waiting:
                    return
                piece, future = waiting[0]
                try:
                    results = [future.result()]
                except BrokenProcessPool:
                    # All that was under way is lost with the pool; the piece that killed it is found in its turn.
                    self._pool.close(wait=False)
                    self._pool.require_started()
                    results = self._retry(piece)
                    self._pool = _Processes(self._work, self._workers)
                    for place in range(1, len(waiting)):
                        later, done = waiting[place]
                        if not _is_good(done):
                            waiting[place] = (later, self._pool.submit(later))
                waiting.popleft()
                yield piece, results
        finally:
            for _, future in waiting:
                future.cancel()

    def _retry(self, piece: Piece) -> list[Result]:
        """Return the results of the parts of a piece, each made in a process that only it can take down."""
        results: list[Result] = []
        alone = _Processes(self._work, 1)
        try:
            for part in self._split(piece):
                try:
                    results.append(alone.submit(part).result())
                except BrokenProcessPool:
                    alone.close(wait=False)
                    alone.require_started()
                    results.append(self._crashed(part))
                    alone = _Processes(self._work, 1)
        except BaseException:
            alone.end()
            raise
        finally:
            alone.close(wait=True)
        return results


def _is_good(future: Future[Any]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


class _Processes:
    """A pool of the standard library, and whether one of its processes ever began to work."""

    def __init__(self, work: Callable[[Any], Any], workers: int) -> None:
        # The very flag that multiprocessing looks at before it starts a process; there is no public one.
        if getattr(current_process(), "_inheriting", False):
            raise WorkerError("a worker process may not start workers while it imports the main script", hint=_HINT)
        context = get_context("spawn")
        # Whoever holds the other end of this pipe lives as long as nobody closes ours, which the system does at last.
        theirs, self._ours = context.Pipe(duplex=False)
        with worker_environment():
            self._pool = ProcessPoolExecutor(workers, context, initializer=_start, initargs=(work, theirs))
            self._first = self._pool.submit(os.getpid)

    def submit(self, piece: Any) -> Future[Any]:
        """Hand a piece to the pool; to one whose process has died, as a future that says so."""
        try:
            with worker_environment():  # processes are started as pieces come
                return self._pool.submit(_work_off, piece)
        except BrokenProcessPool as error:
            lost: Future[Any] = Future()
            lost.set_exception(error)
            return lost

    def require_started(self) -> None:
        """Refuse to go on where the processes died before they did anything."""
        if not _is_good(self._first):
            raise WorkerError("the worker processes died as they started", hint=_DIED_HINT)

    def close(self, *, wait: bool) -> None:
        """End the processes when they are done with what they work on; pieces that wait are dropped."""
        self._pool.shutdown(wait=wait, cancel_futures=True)

    def end(self) -> None:
        """End the processes at once."""
        self._ours.close()


@contextmanager
def worker_environment(threads: int = 1) -> Iterator[None]:
    """Let processes started in the scope use so many threads each, and run no file of the current folder."""
    wanted = _SAFE | dict.fromkeys(_THREADS, str(threads))
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def die_with_parent() -> None:
    """Let the system kill the program that is about to run when the thread that waits for it is gone (Linux).

    For ``preexec_fn`` of programs that are not ours: they know nothing of lifelines.
    """
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


_PR_SET_PDEATHSIG: Final = 1
_LIBC: Final = ctypes.CDLL(None) if sys.platform == "linux" else None  # before the fork, after which nothing is loaded


# ------------------------------------------------------------------------------------------ inside the worker processes

_work: Callable[[Any], Any] | None = None
"""What this process does with a piece."""


def _start(work: Callable[[Any], Any], lifeline: Connection) -> None:
    global _work
    _work = work
    # Ctrl-C reaches every process of a terminal; the one that started this one decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow, args=(lifeline,), name="anymol-lifeline", daemon=True).start()


def _follow(lifeline: Connection) -> None:
    """End this process when the other end is closed: by its owner, or by the system because its owner is gone."""
    lifeline.poll(None)
    os._exit(1)


def _work_off(piece: Any) -> Any:
    assert _work is not None
    return _work(piece)
