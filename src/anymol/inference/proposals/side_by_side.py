"""Questions gathered in runs, side by side: while one run waits for the model, another searches the stores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Final, TypeVar

from anymol.inference.limits import current_allowance

_RUN: Final = 4
"""Questions of one run: enough to fill a batch of the model, few enough that the runs overlap."""

_WORKERS: Final = 2
"""Most runs at a time. The stores are searched in Python, one thread at a time; the model computes outside of it."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def gather_side_by_side(gather: Callable[[Sequence[Item]], Sequence[Result]], items: Sequence[Item]) -> list[Result]:
    """Return what `gather` gives for all items, in order.

    Args:
        gather: Answers some items; a result depends on its item alone.
        items: The items.

    Raises:
        TimeLimitError: The time of the caller is over; see :mod:`anymol.inference.limits`.
        WithdrawnError: The caller took the question back.
        Exception: What `gather` raised for the first run that failed.
    """
    allowance = current_allowance()

    def gather_in_time(run: Sequence[Item]) -> Sequence[Result]:
        allowance.require_open()
        return gather(run)

    runs = [items[start : start + _RUN] for start in range(0, len(items), _RUN)]
    if len(runs) < _WORKERS:
        return [result for run in runs for result in gather_in_time(run)]
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="anymol-proposals") as pool:
        # A context of its own for each: the limits of the caller hold there too.
        waiting = [pool.submit(copy_context().run, gather_in_time, run) for run in runs]
        try:
            return [result for one in waiting for result in one.result()]
        except BaseException:
            for one in waiting:
                one.cancel()
            raise
