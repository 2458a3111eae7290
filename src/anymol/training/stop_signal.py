"""Being asked to end: a run notices, writes a checkpoint and ends."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class StopSignal:
    """Notices SIGTERM and SIGINT, so that a run can write a checkpoint and end.

    Args:
        patient: Whether further signals change nothing, because a launcher sends several and ends at last what does not
            end itself; else a second one ends the process at once.

    Attributes:
        received: Whether a signal came.
    """

    def __init__(self, *, patient: bool = False) -> None:
        self.received = False
        self._patient = patient

    @contextmanager
    def installed(self) -> Iterator[StopSignal]:
        """Listen while the scope lasts."""
        before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

        def notice(number: int, frame: FrameType | None) -> None:
            self.received = True
            if self._patient:
                return
            signal.signal(number, before[signal.Signals(number)])

        try:
            for number in before:
                signal.signal(number, notice)
        except ValueError:  # not the main thread: the caller looks after signals
            before = {}
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
