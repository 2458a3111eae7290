"""A route fails its round trip only where the forward model is sure of something else."""

from __future__ import annotations

import pytest

from anymol.inference.round_trips import compare_round_trip
from anymol.inference.scored import AnsweredRow, ScoredAnswer
from anymol.tasks.table import TASKS
from anymol.tasks.task import Check, TaskInput

ESTER = "CCOC(C)=O"


def compare(*answers: tuple[str, float], calibrated: bool = True) -> Check:
    given = [ScoredAnswer(value, value, -1.0, probability=p, calibrated=calibrated) for value, p in answers]
    return compare_round_trip(TASKS["forward_reaction"], TaskInput(products=ESTER), AnsweredRow(tuple(given), (), 0))


def test_the_product_first_passes() -> None:
    assert compare((ESTER, 0.2), ("CCO", 0.1)).passed is True


@pytest.mark.parametrize("others", [[("CCO", 0.3)], [("CCO", 0.9), (ESTER, 0.05)]])
def test_doubt_is_no_failure(others: list[tuple[str, float]]) -> None:
    check = compare(*others)
    assert check.passed is None and "without reagents" in check.detail and "CCO" in check.detail


def test_a_sure_other_product_fails() -> None:
    check = compare(("CCOC(=O)CC", 0.8), ("CCO", 0.1))
    assert check.passed is False and "CCOC(=O)CC (probability 0.80)" in check.detail


def test_a_probability_that_nobody_fitted_fails_nothing() -> None:
    assert compare(("CCO", 0.99), calibrated=False).passed is None


def test_nothing_readable_decides_nothing() -> None:
    assert compare().passed is None
