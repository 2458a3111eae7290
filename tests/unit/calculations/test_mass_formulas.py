"""Formulas for a measured mass: those of known compounds, and ions taken apart."""

from __future__ import annotations

import pytest

from anymol import calculate
from anymol.calculations.mass_formulas import asks_for_formulas
from anymol.errors import UserError


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("Which formula has the exact mass 194.0804?", "C8H10N4O2"),  # caffeine
        ("formula for [M+H]+ at m/z 195.0877", "C8H10N4O2"),
        ("Elemental composition of the ion at m/z 179.0350 [M-H]-", "C9H8O4"),  # aspirin
        ("formula of [M+Na]+ m/z 203.0526", "C6H12O6"),  # glucose
        ("possible molecular formulas for 318.0957 within 3 ppm", "C17H19ClN2S"),  # chlorpromazine
    ],
)
def test_known_compounds_come_first(question: str, first: str) -> None:
    assert asks_for_formulas(question)
    assert calculate("formulas_of_mass", text=question).parts[0].label == first


def test_more_is_allowed_where_the_question_says_so() -> None:
    strict = calculate("formulas_of_mass", text="Which formula has the mass 304.1543 within 1 ppm?")
    loose = calculate("formulas_of_mass", text="Which formula has the mass 304.1543 within 10 ppm?")
    assert {part.label for part in strict.parts} < {part.label for part in loose.parts}
    assert all(abs(float(part.value)) <= 1.0 for part in strict.parts)


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("formula of m/z 180.0634", "ion is not named"),
        ("formula of mass 180.06", "three decimals"),
        ("formula of mass 2000.123", "between"),
    ],
)
def test_what_decides_nothing_is_refused(question: str, says: str) -> None:
    with pytest.raises(UserError, match=says):
        calculate("formulas_of_mass", text=question)
