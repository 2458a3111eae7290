"""Processes that a test starts end with it, also where they wait for one another for ever."""

from __future__ import annotations

import faulthandler
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta

import torch.multiprocessing as mp

SECONDS = 240.0
WAIT = timedelta(seconds=120)
"""How long a process waits for another one before it fails; half an hour where nothing is said."""
TRIES = 2  # gloo can lose an exchange on a machine that is very busy, and then waits without limit


def run_processes(work: Callable[..., None], *arguments: object, count: int = 2) -> None:
    """Call ``work(rank, meeting, *arguments)`` in ``count`` new processes and wait until all have ended.

    Args:
        work: A function of a module, which the processes import by its name. ``meeting`` is the address at which they
            find one another (``init_method``). A second try finds what the first has written.
        *arguments: What each process gets besides these.
        count: How many processes.

    Raises:
        TimeoutError: They had not ended after ``SECONDS``, twice. Each has written where it stood, and is killed.
        torch.multiprocessing.ProcessRaisedException: One of them raised an error.
    """
    for _ in range(TRIES):
        if _ended(work, arguments, count):
            return
        print(f"{count} processes of {work.__name__} had not ended after {SECONDS:.0f} s", file=sys.stderr)
    raise TimeoutError(f"{count} processes of {work.__name__} had not ended after {SECONDS:.0f} s, in {TRIES} tries")


def _ended(work: Callable[..., None], arguments: tuple[object, ...], count: int) -> bool:
    end = time.monotonic() + SECONDS
    with tempfile.TemporaryDirectory() as folder:
        # As daemons they do not keep the process of the tests from ending.
        given = (work, f"file://{folder}/meeting", arguments)
        context = mp.spawn(_run_watched, given, nprocs=count, join=False, daemon=True)
        try:
            while time.monotonic() < end:
                if context.join(timeout=1, grace_period=5):
                    return True
            return False
        finally:
            for process in context.processes:
                process.kill()
                process.join(timeout=5)


def _run_watched(rank: int, work: Callable[..., None], meeting: str, arguments: tuple[object, ...]) -> None:
    faulthandler.dump_traceback_later(SECONDS - 10, exit=False)
    work(rank, meeting, *arguments)
    faulthandler.cancel_dump_traceback_later()
