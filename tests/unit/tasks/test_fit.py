"""What fits a question, and how it is called."""

from __future__ import annotations

from anymol.tasks.fit import Fit
from anymol.tasks.table import get_task


def test_a_fit_is_called_by_its_task_or_its_calculations() -> None:
    assert Fit(0.9, get_task("logp")).name == "logp"
    assert Fit(0.9, calculations=("formula", "ring_count")).name == "formula, ring_count"
