"""What counts as forgotten, and how it is said."""

from __future__ import annotations

import math

import pytest

from anymol.training.forgetting import find_regressions, held_out_line, read_held_out
from anymol.training.validation import TaskLoss


def test_a_line_of_metrics_gives_the_losses_back() -> None:
    line = {"stage": 1, "step": 0, **held_out_line({"logp": TaskLoss(1.5, 0.1, 8), "pretrain": TaskLoss(2.0, 0.0, 8)})}
    assert line["held/logp/perplexity"] == pytest.approx(math.exp(1.5))
    others = [{"stage": 0, "step": 0, "held/logp/loss": 9.0}, {"stage": 1, "step": 5, "loss": 1.0}]
    assert read_held_out([*others, line], 1) == {"logp": 1.5, "pretrain": 2.0}
    assert read_held_out(others, 1) == {}


def test_the_worst_stands_first_and_small_changes_do_not_count() -> None:
    before = {"a": 1.0, "b": 2.0, "c": 3.0}
    after = {"a": 1.3, "b": 2.05, "c": 4.0, "new": 9.0}
    found = find_regressions(before, after, tolerance=0.1, text_only=frozenset({"c"}))
    assert [one.task for one in found] == ["c", "a"]
    assert "c (text only): loss 3.000 -> 4.000, perplexity 20.09 -> 54.60" in str(found[0])


def test_a_run_that_diverged_is_reported_all_the_same() -> None:
    (found,) = find_regressions({"a": 1.0}, {"a": 1e4}, tolerance=0.1, text_only=frozenset())
    assert "10000.000" in str(found)
