"""What a substance holds of another, by molar masses."""

from __future__ import annotations

import pytest

from anymol.calculations.calculate import calculate
from anymol.errors import UserError


@pytest.mark.parametrize(
    ("question", "value", "unit"),
    [
        ("how much metformin free base is in 500 mg of metformin HCl", 500 * 129.17 / 165.63, "mg"),
        ("how much free base is in 100 mg of lidocaine hydrochloride?", 100 * 234.34 / 270.80, "mg"),
        ("how much free acid is in 100 mg of sodium benzoate", 100 * 122.12 / 144.10, "mg"),
        ("how much metformin HCl corresponds to 500 mg of metformin", 500 * 165.63 / 129.17, "mg"),
        ("how much atropine is in 10 mg of atropine sulfate", 20 * 289.38 / 676.83, "mg"),  # two of it
        ("how much water is in 10 g of CuSO4·5H2O", 50 * 18.015 / 249.68, "g"),
        ("how many grams of copper are in 5 g of CuSO4·5H2O", 5 * 63.546 / 249.68, "g"),
        ("how much oxygen is in 10 g CaCO3", 30 * 15.999 / 100.09, "g"),
        ("how many moles of oxygen atoms in 10 g CaCO3", 30 / 100.09, "mol"),
    ],
)
def test_contained(question: str, value: float, unit: str) -> None:
    found = calculate("stoichiometry", text=question)
    assert (found.value, found.unit) == (pytest.approx(value, rel=1e-3), unit)


@pytest.mark.parametrize(
    "question",
    [
        "how much CO2 is in 10 g of CaCO3",  # it forms, but is not there
        "how much HCl is in 10 g of NaCl",
        "how much copper is in 10 g of NaCl",
        "how much free base is in 100 mg of NaCl?",
        "how much frobnium is in 100 mg of lidocaine hydrochloride?",
        "how much aspirin is in 500 mg of caffeine",
        "how much metformin free base is in 500 mg of metformin HCl, 1.2 equiv",
    ],
)
def test_what_is_not_held_is_refused(question: str) -> None:
    with pytest.raises(UserError):
        calculate("stoichiometry", text=question)
