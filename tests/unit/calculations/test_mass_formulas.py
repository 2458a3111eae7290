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


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("Which formula has a mass of 180.0634 Da?", "C6H12O6"),  # the mass is no tolerance
        ("formula for exact mass 125.0147", "C2H7NO3S"),  # taurine, richer in hydrogen than most
        ("which formula has the mass 150.0164", "C4H6O6"),  # tartaric acid, richer in oxygen
    ],
)
def test_known_compounds_are_found_whatever_their_proportions(question: str, first: str) -> None:
    assert calculate("formulas_of_mass", text=question).parts[0].label == first


def test_deuterated_compounds_have_another_mass() -> None:
    assert "d6" not in calculate("formulas_of_mass", text="formula of mass 46.0419").statement


def test_a_tolerance_without_a_unit_is_in_daltons() -> None:
    found = calculate("formulas_of_mass", text="Which formula has mass 151.0633 ± 0.003?")
    assert "0.003 Da" in found.statement


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
        ("formula of mass 300.1234 within 500 ppm", "too many"),
        ("formula of mass 18.0106", "no usual formula"),
    ],
)
def test_what_decides_nothing_is_refused(question: str, says: str) -> None:
    with pytest.raises(UserError, match=says):
        calculate("formulas_of_mass", text=question)
