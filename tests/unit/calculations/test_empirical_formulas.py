"""Formulas from percentages: C 12.011, H 1.008, O 15.999 g/mol."""

from __future__ import annotations

import pytest

from anymol.calculations.calculate import calculate
from anymol.calculations.empirical_formulas import read_shares
from anymol.calculations.text_questions import choose_text_calculation
from anymol.errors import UserError


@pytest.mark.parametrize(
    ("question", "formula"),
    [
        ("40.0% C, 6.7% H, 53.3% O empirical formula?", "CH2O"),
        ("40% C, 6.7% H, rest oxygen: empirical formula", "CH2O"),
        ("40.0% C, 6.7% H, 53.3% O and molar mass 180: molecular formula?", "C6H12O6"),
        ("molecular formula if empirical is CH2O and MW is 180", "C6H12O6"),
        ("C 60.00, H 4.48, O 35.52: empirical formula", "C9H8O4"),  # aspirin
        (
            "elemental analysis found C 49.48 %, H 5.19 %, N 28.85 %, O 16.48 %. empirical formula?",
            "C4H5N2O",
        ),  # caffeine
        ("92.3% carbon and 7.7% hydrogen, M = 78 g/mol, molecular formula", "C6H6"),
        ("93.71 % C and 6.29 % H, empirical formula", "C5H4"),  # naphthalene
        ("91.25 % C and 8.75 % H, empirical formula", "C7H8"),
        ("69.94% Fe and 30.06% O, empirical formula", "Fe2O3"),
        ("a compound has 85.6% C and 14.4% H with molecular weight 56.1, formula?", "C4H8"),
    ],
)
def test_formulas(question: str, formula: str) -> None:
    assert choose_text_calculation(question) == "empirical_formula"
    assert calculate("empirical_formula", text=question).value == formula


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("40.0% C, 6.7% H, 40% O empirical formula?", "add up to 86.7"),
        ("40.0% C, 6.7% H, 53.3% O molecular formula?", "proportions alone"),
        ("40.0% C, 20.0% C, 40.0% O empirical formula?", "told twice"),
        ("molecular formula if empirical formula is CH2O and molar mass is 100", "100 g/mol is stated"),
        ("40.0% C, 6.7% H, 53.3% O, molar mass 200: molecular formula?", "no formula of 200|is stated"),
        ("37% C, 13% H, 50% Xe empirical formula", "hydrogens"),
        ("51.3% C, 9.9% H, 38.8% O empirical formula", "small whole numbers"),
        ("2.93 g CO2 and 1.20 g H2O on combustion of 40 % C and 60 % O, empirical formula", "percentages by mass"),
    ],
)
def test_what_fits_no_formula_is_refused(question: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        calculate("empirical_formula", text=question)


@pytest.mark.parametrize("question", ["empirical formula of glucose", "molecular formula of CH2O", "5 % NaCl in mM"])
def test_what_is_not_asked_of_percentages(question: str) -> None:
    assert choose_text_calculation(question) != "empirical_formula"


def test_shares() -> None:
    assert read_shares("carbon: 75 %, hydrogen 25 %") == {"C": 75.0, "H": 25.0}
    assert read_shares("75,0 % C; the remainder is H") == {"C": 75.0, "H": 25.0}
