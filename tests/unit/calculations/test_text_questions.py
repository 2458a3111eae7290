"""Which questions are taken as they stand."""

from __future__ import annotations

import pytest

from anymol.calculations.text_questions import choose_text_calculation


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("pH of 0.1 M HCl", "ph"),
        ("What is [OH-] at pH 9.5?", "ph"),
        ("pH 0.1 M NH4Cl", "ph"),
        ("50 mL 0.1 M HCl mixed with 30 mL 0.1 M NaOH, pH?", "ph"),
        ("H+ concentration at pH 4.5", "ph"),
        ("pH of 0.1 M acetate buffer", "ph"),
        ("What is the pH of a 0.1 M acetate buffer?", "ph"),
        ("What ratio of acetate to acetic acid makes a buffer of pH 5.0?", "buffer"),
        ("How do I make 1 L of 0.1 M phosphate buffer pH 7.4?", "buffer"),
        ("50 mM Tris pH 8.0", None),
        ("How much Tris for 500 mL of 50 mM Tris pH 8.0?", "dilution"),
        ("What is its logD at pH 7.4?", None),
        ("Balance CC=O.[H][H]>>CCO", "balancing"),
        ("What type of reaction is CCO>>CC=O?", "reaction_name"),
        ("Which formula has the mass 180.0634?", "formulas_of_mass"),
        ("Is C1CC valid?", "validity"),
        ("atomic number of gold", "element"),
        ("How many mmol are 500 mg of aspirin?", "stoichiometry"),
        ("Find 10 molecules similar to aspirin", None),
        ("What is the mass of aspirin?", None),
    ],
)
def test_choice(question: str, expected: str | None) -> None:
    assert choose_text_calculation(question) == expected
