"""The ideal gas by hand: R = 8.314463 J/(mol K); 22.711 L/mol at 0 C and 1 bar, 24.465 L/mol at 25 C and 1 atm."""

from __future__ import annotations

import pytest

from anymol.calculations.calculate import calculate
from anymol.calculations.gases import asks_about_gas
from anymol.calculations.text_questions import choose_text_calculation
from anymol.errors import UserError


@pytest.mark.parametrize(
    ("question", "value", "unit"),
    [
        ("volume of 2 mol CO2 at STP", 45.42, "L"),
        ("what volume does 5 g CO2 occupy at 25 C and 1 atm", 5 / 44.009 * 24.465, "L"),
        ("How many mL is 0.3 mmol NH3 at 350 K and 750 mmHg", 0.3e-3 * 8.314463 * 350 / 99992 * 1e6, "mL"),
        ("volume of 2 mol CO2 at 77 F and 14.6959 psi", 48.93, "L"),
        ("volume of 3 mol of an ideal gas at 298 K and 100 kPa", 74.33, "L"),
        ("pressure of 0.5 mol N2 in 10 L at 300 K", 1.2472, "bar"),
        ("pressure in kPa of 2 g H2 in 5 L at -20 C", 2 / 2.016 * 8.314463 * 253.15 / 5, "kPa"),
        ("at what temperature does 1 mol of helium fill 30 L at 1 atm", 101325 * 0.03 / 8.314463, "K"),
        ("moles in 22.4 L of O2 at STP", 986.3, "mmol"),
        ("how many molecules are in 1 L of O2 at STP", 6.02214e23 / 22.711, "molecules"),
        ("how many kg of N2 are in a 50 L cylinder at 200 bar and 20 °C", 11.493, "kg"),
        ("density of SF6 at 25 C and 1 bar", 146.055 / 24.79, "g/L"),
        ("What is the density of chlorine at 0 C and 1 atm", 70.906 / 22.414, "g/L"),
        ("molar mass of a gas with density 1.964 g/L at 0 C and 1 atm", 1.964 * 22.414, "g/mol"),
        ("molar mass of a gas if 2.5 g of it take 1.4 L at 25 C and 1 atm", 2.5 / (1.4 / 24.465), "g/mol"),
        ("volume of 1 mol of water at 150 C and 1 atm", 34.72, "L"),
    ],
)
def test_gases(question: str, value: float, unit: str) -> None:
    assert choose_text_calculation(question) == "gas"
    found = calculate("gas", text=question)
    assert (found.value, found.unit) == (pytest.approx(value, rel=1e-3), unit)


def test_both_standard_pressures_are_told() -> None:
    found = calculate("gas", text="volume of 2 mol CO2 at STP")
    assert found.notes[0] == "STP is read as 0 °C and 1 bar"
    assert "1 atm, the former STP, 44.83 L" in found.notes[1]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("volume of 2 mol of water at STP", "no gas below 100"),
        ("volume of 5 g glucose at 25 C and 1 atm", "not among the gases"),
        ("density of propane at 25 C and 20 bar", "under so high a pressure"),  # it is a liquid
        ("How many litres of CO2 form from 10 g CaCO3 at STP?", "are named"),
        ("volume of 10 g CO2 and 5 g N2 at STP", "are named"),
        ("volume of 2 mol CO2 at 25 C", "must be told"),
        ("molar volume at STP", "not named"),
        ("pressure of 2 mol N2 at 1 bar in 5 L at 300 K", "nothing that is open"),
        ("volume of 2 mol N2 in 5 L at STP", "nothing that is open"),
        ("2 mol N2 at 1 atm and 300 K are heated to 400 K: what volume?", "one state"),
        ("volume of 2 mol N2 at -300 C and 1 atm", "above zero"),
        ("partial pressure of 2 mol N2 in 5 L at 300 K", "one state"),
        ("density of NO2 at 25 C and 1 bar", "not among the gases"),  # mostly N2O4
    ],
)
def test_what_is_no_gas_or_not_one_state_is_refused(question: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        calculate("gas", text=question)


@pytest.mark.parametrize(
    "question", ["density of chloroform at 25 C", "boiling point of water at 1 atm", "What volume is 5 mmol of Et3N?"]
)
def test_what_is_not_asked_of_a_gas(question: str) -> None:
    assert not asks_about_gas(question)


@pytest.mark.parametrize("formula", ["C2H6O", "CH3OCH3", "C2H4O", "C3H6", "C4H10", "C2H7N", "C3H9N"])
def test_a_formula_of_isomers_is_no_gas(formula: str) -> None:
    with pytest.raises(UserError, match="several substances"):
        calculate("gas", text=f"density of {formula} at 25 C and 1 atm")


@pytest.mark.parametrize(
    ("gas", "mass"), [("dimethyl ether", 46.07), ("cyclopropane", 42.08), ("C3H8", 44.10), ("C2H4", 28.05)]
)
def test_a_gas_by_its_name_or_only_formula(gas: str, mass: float) -> None:
    found = calculate("gas", text=f"density of {gas} at 25 C and 1 atm")
    assert found.value == pytest.approx(mass * 101325 / (8.31446 * 298.15) / 1000, rel=1e-3)


def test_normal_conditions_are_those_of_din_1343() -> None:
    found = calculate("gas", text="volume of 2 mol CO2 at normal conditions")
    assert (found.value, found.unit) == (pytest.approx(2 * 22.414, rel=1e-3), "L")
    assert found.notes == ("the state of normal conditions (DIN 1343) is read as 0 \u00b0C and 1 atm",)


@pytest.mark.parametrize(
    "state", ["20-25 C and 1 atm", "20 \u2013 25 \u00b0C and 1 atm", "25 C and 1 to 2 atm", "20 or 25 C and 1 bar"]
)
def test_a_range_is_no_state(state: str) -> None:
    with pytest.raises(UserError, match="one state"):
        calculate("gas", text=f"volume of 2 mol CO2 at {state}")


def test_a_temperature_below_zero_is_no_range() -> None:
    found = calculate("gas", text="volume of 2 mol N2 at -20 C and 1 atm")
    assert found.value == pytest.approx(2 * 8.31446 * 253.15 / 101325 * 1000, rel=1e-3)
