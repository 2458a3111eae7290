from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from types import FrameType

import pytest

from anymol.training.stop_signal import StopSignal


class EndedError(Exception):
    """Stands for the end of the process."""


@pytest.fixture(autouse=True)
def ended_by_sigterm() -> Iterator[None]:
    def end(number: int, frame: FrameType | None) -> None:
        raise EndedError

    before = signal.signal(signal.SIGTERM, end)
    yield
    signal.signal(signal.SIGTERM, before)


def test_a_first_signal_is_noted_and_a_second_one_ends_the_process() -> None:
    stop = StopSignal()
    with pytest.raises(EndedError), stop.installed():
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.received
        os.kill(os.getpid(), signal.SIGTERM)


def test_of_a_launcher_that_sends_several_each_is_only_noted() -> None:
    stop = StopSignal(patient=True)
    before = signal.getsignal(signal.SIGTERM)
    with stop.installed():
        for _ in range(3):
            os.kill(os.getpid(), signal.SIGTERM)
        assert stop.received
    assert signal.getsignal(signal.SIGTERM) is before
