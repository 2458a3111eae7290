"""Pools of worker processes, with a clear word where a script may not start them; none outlives who started it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import current_process, get_context
from typing import Any

from anymol.errors import AnyMolError
from anymol.lifetime import end_with_parent

_HINT = "a script that starts workers must do so under `if __name__ == '__main__':`; or use workers=1"


class WorkerError(AnyMolError):
    """Worker processes that could not be started, or died."""

    kind = "worker"


@contextmanager
def open_pool(
    workers: int, initializer: Callable[..., object] | None = None, initargs: tuple[Any, ...] = ()
) -> Iterator[ProcessPoolExecutor]:
    """Open a pool of spawned processes; pieces of work that wait are dropped at its end.

    Args:
        workers: Number of processes.
        initializer: What each calls first.
        initargs: Its arguments.

    Raises:
        WorkerError: If a worker died, or this process is itself a worker that is still importing the main script: its
            pool could never start and would be waited for without end.
    """
    # The very flag that multiprocessing looks at before it starts a process; there is no public one.
    if getattr(current_process(), "_inheriting", False):
        raise WorkerError("a worker process may not start workers while it imports the main script", hint=_HINT)
    pool = ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_start_worker, initargs=(initializer, initargs)
    )
    try:
        yield pool
    except BrokenProcessPool as error:
        raise WorkerError("a worker process died", hint=_HINT) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _start_worker(initializer: Callable[..., object] | None, initargs: tuple[Any, ...]) -> None:
    end_with_parent()
    if initializer is not None:
        initializer(*initargs)
