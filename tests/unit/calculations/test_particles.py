"""Numbers of particles by hand, with 6.02214076e23 in a mole."""

from __future__ import annotations

import pytest

from anymol.calculations.amount_questions import choose_amount_calculation
from anymol.calculations.calculate import calculate
from anymol.calculations.particles import find_counted
from anymol.errors import UserError

MOLE = 6.02214076e23


@pytest.mark.parametrize(
    ("question", "value", "unit"),
    [
        ("how many water molecules in 9 g of water", 9 / 18.015 * MOLE, "water molecules"),
        ("how many water molecules in 5 g of CuSO4·5H2O", 5 * 5 / 249.68 * MOLE, "water molecules"),
        ("number of oxygen atoms in 10 g CaCO3", 3 * 10 / 100.09 * MOLE, "oxygen atoms"),
        ("how many atoms of oxygen in 10 g CaCO3", 3 * 10 / 100.09 * MOLE, "oxygen atoms"),
        ("how many O atoms in 18 g of H2O", 18 / 18.015 * MOLE, "O atoms"),
        ("how many hydrogen atoms are there in 1 mol of glucose", 12 * MOLE, "hydrogen atoms"),
        ("how many carbons in 1 mol of glucose", 6 * MOLE, "carbon atoms"),
        ("how many atoms in one mole of glucose", 24 * MOLE, "atoms"),
        ("how many oxygen molecules in 32 g of oxygen", 32 / 31.998 * MOLE, "oxygen molecules"),
        ("how many oxygen atoms in 32 g of oxygen", 2 * 32 / 31.998 * MOLE, "oxygen atoms"),
        ("how many atoms are in 5 molecules of water", 15, "atoms"),
        ("how many ions in one Al2(SO4)3", 5, "ions"),
        ("how many ions in 0.1 mol NaCl", 0.2 * MOLE, "ions"),
        ("how many chloride ions are in 0.5 mol of CaCl2", MOLE, "chloride ions"),
        ("how many sulfate ions in 2 mol Al2(SO4)3", 6 * MOLE, "sulfate ions"),
        ("how many cations in one K2Cr2O7", 2, "cations"),
        ("mass of 3 mol of oxygen atoms", 3 * 15.999, "g"),
        ("mass of 3 mol of oxygen", 3 * 31.998, "g"),
        ("what does one water molecule weigh in grams", 18.015 / MOLE, "g"),
        ("weight of one gold atom in g", 196.967 / MOLE, "g"),
    ],
)
def test_particles(question: str, value: float, unit: str) -> None:
    assert choose_amount_calculation(question) == "stoichiometry"
    found = calculate("stoichiometry", text=question)
    assert (found.value, found.unit) == (pytest.approx(value, rel=1e-3), unit)


@pytest.mark.parametrize(
    "question",
    [
        "how many oxygen molecules in 10 g CaCO3",  # there are none
        "how many molecules of CO2 are formed from 10 g of CaCO3",
        "how many nitrogen atoms in 10 g CaCO3",
        "how many ions in 0.1 mol glucose",
        "how many ions in 5 g of K4[Fe(CN)6]",  # the dictionary writes its ligands apart
        "how many sulfate ions in 0.1 mol NaCl",
        "how many hydrogen atoms in 10 mL of 2 M HCl",  # those of the water
        "how many atoms in 5 g of water and 3 g of NaCl",
        "how many moles of ions in 2 mol CaCl2",
    ],
)
def test_what_is_not_there_is_not_counted(question: str) -> None:
    with pytest.raises(UserError):
        calculate("stoichiometry", text=question)


def test_a_salt_has_formula_units() -> None:
    found = calculate("stoichiometry", text="how many molecules in 5.844 g of NaCl")
    assert found.value == pytest.approx(MOLE / 10, rel=1e-3)
    assert "formula units are counted" in found.notes[0]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("how many water molecules are in 9 g of water", "water molecules"),
        ("number of atoms of oxygen in 10 g CaCO3", "oxygen atoms"),
        ("how many anions in NaCl", "anions"),
        ("how many nitrogens are in 1 mol of urea", "nitrogen atoms"),
    ],
)
def test_what_is_counted(text: str, shown: str) -> None:
    found = find_counted(text)
    assert found is not None and found.shown == shown


@pytest.mark.parametrize("text", ["how many moles are in 10 g of NaOH", "how many mg of the ion exchanger"])
def test_nothing_is_counted(text: str) -> None:
    assert find_counted(text) is None
