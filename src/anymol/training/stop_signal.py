"""Being asked to end: a run notices, writes a checkpoint and ends."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class StopSignal:
    """Notices SIGTERM and SIGINT, so that a run can write a checkpoint and end."""

    def __init__(self) -> None:
        self.received = False

    @contextmanager
    def installed(self) -> Iterator[StopSignal]:
        """Listen while the scope lasts; a second signal ends the process at once."""
        before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

        def notice(number: int, frame: FrameType | None) -> None:
            self.received = True
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
