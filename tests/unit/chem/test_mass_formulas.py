"""Formulas of a mass: every one of a few known molecules is found, and chemistry's limits hold."""

from __future__ import annotations

import pytest

from anymol.chem.formula import parse_formula, weigh_isotopes
from anymol.chem.mass_formulas import MAX_MASS, find_formulas
from anymol.errors import UserError


@pytest.mark.parametrize(
    "formula",
    [
        "CH4",
        "CCl4",
        "C2HBrClF3",
        "C8H10N4O2",
        "C9H8O4",
        "C17H14F3N3O2S",
        "C33H35FN2O5",
        "C16H12ClFN2O",
        "C6H12N2O4S2",
        "C27H46O",
    ],
)
def test_known_molecules_are_among_them(formula: str) -> None:
    mass = weigh_isotopes(parse_formula(formula))
    found = find_formulas(mass, tolerance=1e-6 * mass)
    assert formula in [one.text for one in found]
    assert all(abs(one.error) <= 1.0 for one in found)


def test_masses_are_those_of_the_formulas() -> None:
    for one in find_formulas(304.1543, tolerance=0.002):
        assert weigh_isotopes(parse_formula(one.text)) - 304.1543 == pytest.approx(one.error * 304.1543e-6, abs=1e-9)


def test_an_odd_number_of_hydrogens_needs_an_odd_valence() -> None:
    texts = [one.text for one in find_formulas(weigh_isotopes(parse_formula("C6H6")) + 1.007825, tolerance=0.001)]
    assert "C6H7" not in texts  # a radical


def test_the_usual_elements_come_first() -> None:
    rarer = [one.n_rarer for one in find_formulas(304.1543, tolerance=0.003)]
    assert rarer == sorted(rarer)


@pytest.mark.parametrize("mass", [0.0, -1.0, 11.0, MAX_MASS + 1, float("nan")])
def test_masses_out_of_range(mass: float) -> None:
    with pytest.raises(UserError, match="mass"):
        find_formulas(mass, tolerance=0.001)
