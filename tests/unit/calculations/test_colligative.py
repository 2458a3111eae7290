"""Dilute solutions, worked by hand: shift = i K m, osmotic pressure = i c R T."""

from __future__ import annotations

import pytest

from anymol.calculations.calculate import calculate
from anymol.calculations.text_questions import choose_text_calculation
from anymol.errors import InvalidTaskInputError


@pytest.mark.parametrize(
    ("question", "value", "unit"),
    [
        # 2 x 1.86 x (10 / 58.44) = 0.6366 K
        ("What is the freezing point depression of 10 g NaCl in 1 kg water?", 0.6366, "K"),
        # 0.513 x (10 / 180.16) / 0.5
        ("boiling point elevation of 10 g glucose in 500 g water", 0.05695, "K"),
        # 3 x 1.86 x 0.5 = 2.79
        ("At what temperature does a 0.5 molal solution of CaCl2 freeze?", -2.79, "\u00b0C"),
        ("What is the freezing point of 0.1 m HCl?", -0.37, "\u00b0C"),
        ("What is the boiling point of a solution of 58.44 g NaCl in 1 L of water?", 101.03, "\u00b0C"),
        # 5.07 x (5 / 128.17) / 0.1
        ("By how much does 5 g of naphthalene in 100 g of benzene lower the freezing point?", 1.978, "K"),
        ("freezing point depression of 0.1 mol/kg MgSO4, i = 1.3", 0.2418, "K"),
        # 2 x 0.15 x 0.083145 x 310.15 = 7.736 bar
        ("osmotic pressure of 0.15 M NaCl at 37 C", 7.736, "bar"),
        # (9 / 58.44) x 2 x 0.082057 x 298.15
        ("osmotic pressure of 9 g NaCl in 1 L of water at 25 \u00b0C in atm", 7.535, "atm"),
        ("What is the osmotic pressure of 0.3 M glucose at 298 K?", 7.433, "bar"),
        # 3 x 1.86 x 0.1, for the salts and their hydrates alike
        ("freezing point depression of 0.1 molal MgCl2.6H2O", 0.558, "K"),
        ("freezing point depression of 0.1 molal Na2SO4.10H2O", 0.558, "K"),
        # (14.702 / 147.01) / 1 x 3 x 1.86
        ("freezing point depression of 14.702 g CaCl2.2H2O in 1 kg water", 0.558, "K"),
        # 2 x 1.86 x 0.005
        ("freezing point depression of 5e-3 m NaCl", 0.0186, "K"),
        ("freezing point depression of 10^-2 m NaCl", 0.0372, "K"),
        ("freezing point depression of 5 x 10^-3 m NaCl", 0.0186, "K"),
        # 5.07 x 0.1, 3.80 x 0.1, 3.85 x 0.1
        ("freezing point depression of 0.1 m naphthalene in Benzene", 0.507, "K"),
        ("boiling point elevation of 0.1 m naphthalene in CHCl3", 0.380, "K"),
        ("freezing point depression of 0.1 m naphthalene in DMSO", 0.385, "K"),
        ("freezing point depression in K of 0.1 m glucose", 0.186, "K"),
        # 4 x 1.86 x 0.1
        ("freezing point depression of 0.1 molal FeCl3, i = 4", 0.744, "K"),
        ("What is the molality of 10 g NaCl in 1 kg water?", 0.1711, "mol/kg"),
    ],
)
def test_what_the_particles_decide(question: str, value: float, unit: str) -> None:
    assert choose_text_calculation(question) == "colligative"
    found = calculate("colligative", text=question)
    assert (float(found.text), found.unit) == (pytest.approx(value, rel=2e-3), unit)


@pytest.mark.parametrize(
    ("question", "fault"),
    [
        ("freezing point of 10 g sulfuric acid in 1 kg water", "dissociates in part"),
        ("freezing point of 1 g NaCl in 100 g benzene", "whether NaCl dissociates in benzene"),
        ("freezing point of 1 g naphthalene in 100 g ethanol", "constant of ethanol"),
        ("freezing point of 1 g naphthalene in 100 g hexane", "constants of hexane"),
        ("freezing point of 1 g glucose", "one solute and one of its solvent"),
        ("freezing point and boiling point of 10 g NaCl in 1 kg water", "freezing point and boiling point is asked"),
        ("freezing point of 0.1 m acetic acid, 1.3 % ionized", "partly dissociated"),
    ],
)
def test_what_does_not_follow_is_refused(question: str, fault: str) -> None:
    with pytest.raises(InvalidTaskInputError, match=fault):
        calculate("colligative", text=question)


@pytest.mark.parametrize("question", ["What is the boiling point of ethanol?", "When does benzene freeze?"])
def test_a_pure_substance_is_no_solution(question: str) -> None:
    assert choose_text_calculation(question) is None


def test_what_was_taken_is_said() -> None:
    notes = calculate("colligative", text="freezing point of 10 g NaCl in 1 L water").notes
    assert any("van 't Hoff factor 2" in note for note in notes)
    assert any("1.86 K kg/mol (CRC Handbook)" in note for note in notes)
    assert "water is taken as 1 kg per litre" in notes


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("freezing point depression of 0.1 molal FeCl3", "how many particles"),
        ("freezing point depression of 0.1 molal AlCl3", "how many particles"),
        ("freezing point depression of 0.1 molal ZnCl2", "how many particles"),
        ("freezing point depression of 0.1 molal trichloroacetic acid", "how many particles"),
        ("freezing point depression of 0.1 m naphthalene in Hexane", "constants"),
        ("freezing point of 10 g NaCl, 0.5 molal glucose", "beside"),
        ("freezing point of 20 m NaCl", "not dilute"),
        ("osmotic pressure of 6 M glucose at 298 K", "not dilute"),
        ("freezing point of 4 m glucose in cyclohexanol, i = 3", "below 0 K"),
    ],
)
def test_what_is_not_told_or_not_dilute_is_refused(question: str, why: str) -> None:
    with pytest.raises(InvalidTaskInputError, match=why):
        calculate("colligative", text=question)


def test_water_that_nobody_named_is_said() -> None:
    found = calculate("colligative", text="freezing point of 0.1 m glucose")
    assert "no solvent is named: it is taken as water" in found.notes
