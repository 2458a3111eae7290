"""Combustion analysis, worked by hand: carbon of CO2, hydrogen of H2O, oxygen by difference."""

from __future__ import annotations

import pytest

from anymol.calculations.calculate import calculate
from anymol.calculations.text_questions import choose_text_calculation
from anymol.errors import InvalidTaskInputError


@pytest.mark.parametrize(
    ("question", "formula"),
    [
        # 3.14 g / 44.01 = 71.3 mmol C; 2 x 1.29 g / 18.02 = 143 mmol H
        ("Combustion of 1.00 g of a hydrocarbon gave 3.14 g CO2 and 1.29 g H2O. What is the empirical formula?", "CH2"),
        # ascorbic acid, 0.2000 g: 6.81 mmol C, 9.09 mmol H, 109 mg O
        ("0.2000 g of vitamin C gave 0.2998 g of CO2 and 0.0819 g of H2O on combustion. Empirical formula?", "C3H4O3"),
        # ethanol: 11.5 g gives 22.0 g CO2 and 13.5 g H2O
        ("Burning 11.5 g of a liquid produced 22.0 g CO2 and 13.5 g H2O; find its empirical formula.", "C2H6O"),
        # caffeine, 194.2 mg = 1 mmol: 8 mmol CO2, 5 mmol H2O, 2 mmol N2
        (
            "Combustion of 194.2 mg of a compound gave 352.1 mg CO2, 90.1 mg H2O and 56.0 mg N2: empirical formula?",
            "C4H5N2O",
        ),
        # benzene, without the mass of the sample
        ("A hydrocarbon burns to 3.38 g CO2 and 0.692 g H2O. What is its empirical formula?", "CH"),
    ],
)
def test_the_empirical_formula(question: str, formula: str) -> None:
    assert choose_text_calculation(question) == "empirical_formula"
    assert calculate("empirical_formula", text=question).value == formula


def test_with_a_molar_mass_the_molecular_formula() -> None:
    question = (
        "Combustion of 0.2000 g of an acid gave 0.2998 g of CO2 and 0.0819 g of H2O. Its molar mass is 176 g/mol. "
        "What is its molecular formula?"
    )
    found = calculate("empirical_formula", text=question)
    assert found.value == "C6H8O6"
    assert any("is oxygen" in note for note in found.notes)


@pytest.mark.parametrize(
    ("question", "fault"),
    [
        ("Combustion of 1.00 g gave 5.14 g CO2 and 1.29 g H2O. Empirical formula?", "more than the sample"),
        ("Combustion of a compound gave 3.14 g CO2 and 1.29 g H2O. Empirical formula?", "mass of the sample"),
        (
            "Combustion of 2.00 g of a hydrocarbon gave 3.14 g CO2 and 1.29 g H2O. Empirical formula?",
            "none of the elements",
        ),
        ("Combustion of 1 g in 5 g of oxygen gave 1.47 g CO2 and 0.6 g H2O. Empirical formula?", "several masses"),
    ],
)
def test_what_does_not_follow_is_refused(question: str, fault: str) -> None:
    with pytest.raises(InvalidTaskInputError, match=fault):
        calculate("empirical_formula", text=question)


def test_how_much_burns_is_another_question() -> None:
    assert (
        choose_text_calculation("How many grams of CO2 does the combustion of 1 g of methane give?") == "stoichiometry"
    )
