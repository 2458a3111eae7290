"""Yields without substances."""

from __future__ import annotations

import pytest

from anymol.calculations.calculate import calculate
from anymol.calculations.yields import find_yield
from anymol.errors import UserError


@pytest.mark.parametrize(
    ("question", "value", "unit"),
    [
        ("yield was 78%, theoretical 12.4 g. how many g did I get", 0.78 * 12.4, "g"),
        ("the theoretical yield is 500 mg and the yield 90 %: how much did I isolate?", 450.0, "mg"),
        ("theoretical yield 12.4 g, actual 9.67 g, percent yield?", 9.67 / 12.4 * 100, "%"),
        ("I got 9.67 g, a 78 % yield. What was the theoretical yield?", 9.67 / 0.78, "g"),
    ],
)
def test_yields(question: str, value: float, unit: str) -> None:
    found = calculate("stoichiometry", text=question)
    assert (found.value, found.unit) == (pytest.approx(value, rel=1e-3), unit)


@pytest.mark.parametrize(
    "question",
    [
        "yield 78 % of 12.4 g",  # of what could form, or of what did
        "12.4 g and 9.67 g, percent yield?",
        "theoretical yield 12.4 g, actual 9.67 mmol, percent yield?",
        "78 % of 12.4 g in 3 mL: what is the yield?",
        "theoretical 12.4 g, how many g did I get",
    ],
)
def test_what_is_not_said_is_not_guessed(question: str) -> None:
    assert find_yield(question) is None


def test_a_yield_is_at_most_all_of_it() -> None:
    with pytest.raises(UserError, match="at most 100"):
        find_yield("yield 120 %, theoretical 12.4 g: how many g did I get?")
    found = find_yield("theoretical yield 10 g, actual 12 g, percent yield?")
    assert found is not None and "more than can form" in found.notes[0]


def test_what_could_form_is_above_zero() -> None:
    with pytest.raises(UserError, match="above zero"):
        find_yield("theoretical yield 0 g, I obtained 5 g, percent yield?")
    found = find_yield("theoretical yield 10 g, I obtained 0 g, percent yield?")
    assert found is not None and found.value == 0.0
