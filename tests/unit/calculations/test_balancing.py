"""Equations of textbooks, and equations that cannot be balanced."""

from __future__ import annotations

import pytest

from anymol.calculations.balancing import balance, find_equation, parse_equation, write_equation
from anymol.calculations.calculate import calculate
from anymol.calculations.formulas import is_formula, read_formula
from anymol.errors import InvalidReactionError, UserError


@pytest.mark.parametrize(
    ("written", "balanced"),
    [
        ("Fe + O2 -> Fe2O3", "4 Fe + 3 O2 -> 2 Fe2O3"),
        ("C3H8+O2->CO2+H2O", "C3H8 + 5 O2 -> 3 CO2 + 4 H2O"),
        ("KMnO4 + HCl = KCl + MnCl2 + H2O + Cl2", "2 KMnO4 + 16 HCl -> 2 KCl + 2 MnCl2 + 8 H2O + 5 Cl2"),
        ("Cu + HNO3 → Cu(NO3)2 + NO + H2O", "3 Cu + 8 HNO3 -> 3 Cu(NO3)2 + 2 NO + 4 H2O"),
        ("MnO4- + Fe2+ + H+ -> Mn2+ + Fe3+ + H2O", "MnO4- + 5 Fe2+ + 8 H+ -> Mn2+ + 5 Fe3+ + 4 H2O"),
        ("Cr2O72- + C2H5OH + H+ -> Cr3+ + CO2 + H2O", "2 Cr2O72- + C2H5OH + 16 H+ -> 4 Cr3+ + 2 CO2 + 11 H2O"),
        ("MnO₄⁻ + C₂O₄²⁻ + H⁺ → Mn²⁺ + CO₂ + H₂O", "2 MnO₄⁻ + 5 C₂O₄²⁻ + 16 H⁺ -> 2 Mn²⁺ + 10 CO₂ + 8 H₂O"),
        ("S2O3^2- + I2 -> S4O6^2- + I-", "2 S2O3^2- + I2 -> S4O6^2- + 2 I-"),
        ("I3- + S2O32- -> I- + S4O62-", "I3- + 2 S2O32- -> 3 I- + S4O62-"),
        ("MnO2 + H+ + e- -> Mn2+ + H2O", "MnO2 + 4 H+ + 2 e- -> Mn2+ + 2 H2O"),
        ("P4 + NaOH + H2O -> NaH2PO2 + PH3", "P4 + 3 NaOH + 3 H2O -> 3 NaH2PO2 + PH3"),
        ("CuSO4·5H2O -> CuSO4 + H2O", "CuSO4·5H2O -> CuSO4 + 5 H2O"),
        ("Ca(OH)2(aq) + CO2(g) -> CaCO3(s) + H2O(l)", "Ca(OH)2 + CO2 -> CaCO3 + H2O"),
        ("2 H2 + O2 -> H2O", "2 H2 + O2 -> 2 H2O"),
        ("propane + oxygen -> carbon dioxide + water", "C3H8 + 5 O2 -> 3 CO2 + 4 H2O"),
        ("CCO + O=O -> O=C=O + O", "CCO + 3 O=O -> 2 O=C=O + 3 O"),
        ("CO + NO -> CO2 + N2", "2 CO + 2 NO -> 2 CO2 + N2"),
        (
            "K4[Fe(CN)6] + H2SO4 + H2O -> K2SO4 + FeSO4 + (NH4)2SO4 + CO",
            "K4[Fe(CN)6] + 6 H2SO4 + 6 H2O -> 2 K2SO4 + FeSO4 + 3 (NH4)2SO4 + 6 CO",
        ),
    ],
)
def test_textbook_equations(written: str, balanced: str) -> None:
    found = balance(written)
    assert write_equation(found.equation, found.coefficients) == balanced
    assert len(found.basis) == 1
    for symbol in {symbol for one in found.equation.species for symbol in one.counts}:
        signs = [1] * len(found.equation.left) + [-1] * len(found.equation.right)
        assert not sum(
            sign * number * one.counts[symbol]
            for sign, number, one in zip(signs, found.coefficients, found.equation.species, strict=True)
        )


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("H2 -> O2", "H stands on one side only"),
        ("H2O -> H2O2", "no numbers"),
        ("Fe + O2 -> Fe2O3 + H2", "H stands on one side only"),
        ("Na -> Na+", "no numbers"),
        ("Fe2+ -> Fe3+", "no numbers"),
        ("NaCl -> Na + Cl2 + Xx", "'Xx' is neither"),
    ],
)
def test_what_cannot_be_balanced_says_why(written: str, message: str) -> None:
    with pytest.raises(InvalidReactionError, match=message):
        balance(written)


def test_a_species_on_the_wrong_side_is_not_hidden() -> None:
    with pytest.raises(InvalidReactionError, match=r"other side"):
        balance("Fe2O3 + CO2 -> Fe3O4 + CO")


def test_an_equation_with_several_balances_says_so() -> None:
    found = calculate("balancing", text="Balance H2O2 + KMnO4 + H2SO4 -> K2SO4 + MnSO4 + H2O + O2")
    assert "one of several" in found.statement and "2 independent balances" in found.notes[0]
    assert len(balance("KClO3 + HCl -> KCl + Cl2 + ClO2 + H2O").basis) == 2


def test_whether_an_equation_is_balanced() -> None:
    assert calculate("balancing", text="Is this equation balanced: 2 H2 + O2 -> 2 H2O?").value == "yes"
    wrong = calculate("balancing", text="Is H2 + O2 -> H2O balanced?")
    assert wrong.value == "no" and "O is uneven" in wrong.statement and "2 H2 + O2 -> 2 H2O" in wrong.statement


def test_an_equation_is_found_in_its_question() -> None:
    assert find_equation("What coefficients do I need for Al + HCl -> AlCl3 + H2?") == "Al + HCl -> AlCl3 + H2"
    assert find_equation("Please balance the following equation: Fe + O2 -> Fe2O3.") == "Fe + O2 -> Fe2O3"
    assert find_equation("Can you balance Fe + O2 = Fe2O3?") == "Fe + O2 = Fe2O3"
    assert find_equation("nothing to see") is None


@pytest.mark.parametrize(
    ("text", "counts", "charge"),
    [
        ("Ca(OH)2", {"Ca": 1, "O": 2, "H": 2}, 0),
        ("Al2(SO4)3", {"Al": 2, "S": 3, "O": 12}, 0),
        ("[Fe(CN)6]3-", {"Fe": 1, "C": 6, "N": 6}, -3),
        ("CuSO4.5H2O", {"Cu": 1, "S": 1, "O": 9, "H": 10}, 0),
        ("SO42-", {"S": 1, "O": 4}, -2),
        ("NH4+", {"N": 1, "H": 4}, 1),
        ("Fe3+", {"Fe": 1}, 3),
        ("Fe^3+", {"Fe": 1}, 3),
        ("Fe+3", {"Fe": 1}, 3),
        ("Cu++", {"Cu": 1}, 2),
        ("Hg22+", {"Hg": 2}, 2),
        ("PO43-", {"P": 1, "O": 4}, -3),
        ("I3-", {"I": 3}, -1),
        ("NO3-", {"N": 1, "O": 3}, -1),
        ("H3O+", {"H": 3, "O": 1}, 1),
        ("e-", {}, -1),
        ("D2O", {"D": 2, "O": 1}, 0),
        ("(CH3)3COH", {"C": 4, "H": 10, "O": 1}, 0),
    ],
)
def test_formulas_with_charges(text: str, counts: dict[str, int], charge: int) -> None:
    likeliest = read_formula(text)[0]
    assert dict(likeliest.counts) == counts and likeliest.charge == charge


@pytest.mark.parametrize(
    "text", ["", "Xx", "nacl", "C6H", "H2O)", "(H2O", "12", "Ca(OH", "H2O H2O!", "C" * 300, "((((" * 30]
)
def test_what_is_no_formula(text: str) -> None:
    if text == "C6H":
        assert is_formula(text)  # a radical is one
        return
    with pytest.raises(UserError):
        read_formula(text)


def test_two_sides_are_needed() -> None:
    for text in ("Fe + O2", "-> Fe2O3", "A -> B -> C", "Fe ->"):
        with pytest.raises(InvalidReactionError):
            next(parse_equation(text))
