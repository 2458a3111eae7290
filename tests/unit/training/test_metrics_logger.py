"""What a run says of itself where nobody draws a bar."""

from __future__ import annotations

import errno
import io
import os
from pathlib import Path

import pytest

from anymol.errors import DataError
from anymol.training.metrics_logger import MetricsLogger, read_metrics


def test_line_every_half_minute_without_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr("anymol.training.metrics_logger.time.monotonic", lambda: now)
    with MetricsLogger(tmp_path, kept=None) as metrics_logger:
        metrics_logger.begin("align", total=2000, done=0)
        for step, now in enumerate((10.0, 29.0, 31.0, 60.0, 62.0), start=1):  # noqa: B007 - read by the clock
            metrics_logger.advance(step, "loss 1.000")
    said = [line for line in capsys.readouterr().err.splitlines() if "step" in line]
    assert said == ["align step 3 of 2,000: loss 1.000", "align step 5 of 2,000: loss 1.000"]


def test_a_pipe_in_the_place_of_the_metrics_hangs_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "metrics.jsonl")
    with pytest.raises(DataError, match="pipe or a device"):
        read_metrics(tmp_path / "metrics.jsonl")


def test_a_run_goes_on_where_nobody_reads_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Unread(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError(errno.EPIPE, "no reader")

    monkeypatch.setattr("sys.stderr", Unread())
    with MetricsLogger(tmp_path, kept=None) as metrics_logger:
        metrics_logger.say("step 1")
        metrics_logger.write({"stage": 0, "step": 1, "name": "align"}, tokens=1)
    assert len(read_metrics(tmp_path / "metrics.jsonl")) == 1
