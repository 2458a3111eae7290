"""When a checkpoint is due."""

from __future__ import annotations

import pytest

from anymol.training.checkpoints import CheckpointClock


def test_due_by_steps_and_by_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("anymol.training.checkpoints.time.monotonic", lambda: now)
    clock = CheckpointClock(every=7, minutes=0.5)
    found = []
    for step, now in enumerate((110.0, 129.9, 130.0, 131.0, 160.0, 161.0, 162.0), start=1):  # noqa: B007 - read by the clock
        due = clock.is_due(step)
        found.append(due)
        if due:
            clock.restart()
    # After 30 s, then 30 s after that checkpoint, then at the seventh step.
    assert found == [False, False, True, False, True, False, True]


def test_zero_is_never_due(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("anymol.training.checkpoints.time.monotonic", lambda: now)
    clock = CheckpointClock(every=0, minutes=0)
    now = 1e9
    assert not clock.is_due(1)
