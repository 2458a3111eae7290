"""When a checkpoint is due, and that a damaged one is never passed over or read."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from anymol.errors import CheckpointError
from anymol.training.checkpoints import (
    CheckpointClock,
    TrainingProgress,
    find_newest,
    read_progress,
    save_checkpoint,
)


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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The checkpoints of two steps."""
    model = nn.Linear(2, 1)
    names, parameters = zip(*model.named_parameters(), strict=True)
    optimisers = {"adamw": torch.optim.AdamW([{"params": list(parameters), "names": list(names)}])}
    for step in (1, 2):
        save_checkpoint(
            tmp_path, progress=TrainingProgress(0, step, 0, {}), model=model, optimisers=optimisers, key="k", keep=2
        )
    return tmp_path


def test_the_one_before_is_not_taken_because_the_newest_lost_its_manifest(folder: Path) -> None:
    newest = find_newest(folder, resume=True)
    assert newest is not None and newest.name == "stage0-step0000002"
    (newest / "manifest.json").unlink()
    with pytest.raises(CheckpointError, match=r"missing.*--resume then goes on from the one before"):
        find_newest(folder, resume=True)
    for path in newest.iterdir():
        path.unlink()
    newest.rmdir()
    older = find_newest(folder, resume=True)
    assert older is not None and older.name == "stage0-step0000001"


def test_an_average_that_no_checkpoint_wrote_is_not_read(folder: Path) -> None:
    newest = find_newest(folder, resume=True)
    assert newest is not None and read_progress(newest, key="k").step == 2
    save_file({"weight": torch.zeros(1, 2)}, newest / "average.safetensors")
    with pytest.raises(CheckpointError, match=r"does not list average\.safetensors"):
        read_progress(newest, key="k")
