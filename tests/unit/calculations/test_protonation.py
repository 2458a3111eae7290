"""Charge, ionisation and isoelectric point, by hand from Henderson and Hasselbalch."""

from __future__ import annotations

import pytest

from anymol import calculate
from anymol.errors import InvalidTaskInputError, UserError


@pytest.mark.parametrize(
    ("molecule", "ph", "charge", "main"),
    [
        ("lysine", "7", 0.99, "charge +1 "),
        ("lysine hydrochloride", "7", 0.99, "charge +1 "),
        ("aspartic acid", "7", -1.0, "charge -1 "),
        ("glycine", "5.97", 0.0, "charge 0 "),
        ("acetic acid", "4.76", -0.5, ""),
        ("ammonia", "9.25", 0.5, ""),
        ("phosphoric acid", "7.4", -1.61, "charge -2 "),  # 10^0.2 : 1
    ],
)
def test_charge(molecule: str, ph: str, charge: float, main: str) -> None:
    found = calculate("charge_at_ph", molecule, text=f"net charge at pH {ph}")
    assert found.value == pytest.approx(charge, abs=0.006)
    assert main in found.statement


def test_of_a_salt_it_is_said_which_ion_is_meant() -> None:
    found = calculate("charge_at_ph", "sodium acetate", text="net charge at pH 7")
    assert found.value == pytest.approx(-0.99, abs=0.006)
    assert "CC(=O)[O-] in sodium acetate has" in found.statement
    assert (
        "CC(=O)[O-] in sodium acetate" in calculate("ionisation", "sodium acetate", text="main form at pH 7").statement
    )


def test_named_ph() -> None:
    assert calculate("charge_at_ph", "ammonia", text="charge at physiological pH").statement.startswith("At pH 7.4 ")
    assert calculate("charge_at_ph", "ammonia", text="charge at neutral pH").statement.startswith("At pH 7 ")


@pytest.mark.parametrize(
    ("molecule", "question", "percent", "begins"),
    [
        ("aspirin", "is it ionised at pH 7.4", 99.99, "Yes: "),
        ("aspirin", "is it ionised at pH 1.5", 1.0, "No: "),
        ("aspirin", "is it ionised or neutral at pH 7.4", 99.99, "At pH 7.4 "),
        ("aspirin", "percent ionised at pH 3.5", 50.0, "At pH 3.5 50.0 % "),
        ("lidocaine", "what fraction is protonated at pH 7.4", 76.0, "At pH 7.4 "),  # 1 / (1 + 10^(7.4 - 7.9))
        ("lidocaine", "what fraction is uncharged at pH 7.4", 24.0, "At pH 7.4 "),
        ("lidocaine", "how much is deprotonated at pH 7.4", 24.0, "At pH 7.4 "),
        ("acetic acid", "is it deprotonated at pH 4.76?", 50.0, "In part: "),
        ("phenol", "is it ionised at neutral pH?", 0.10, "No: "),
        ("acetic acid", "what fraction is dissociated at pH 4.76", 50.0, "At pH 4.76 "),
    ],
)
def test_ionisation(molecule: str, question: str, percent: float, begins: str) -> None:
    found = calculate("ionisation", molecule, text=question)
    assert found.value == pytest.approx(percent, rel=0.05)
    assert found.statement.startswith(begins)


@pytest.mark.parametrize(
    ("molecule", "ph", "form"),
    [
        ("citric acid", "5", "C6H6O7 (charge -2)"),
        ("citric acid", "2", "C6H8O7 (charge 0)"),
        ("phosphoric acid", "7.4", "HO4P (charge -2)"),
        ("sodium acetate", "3", "C2H4O2 (charge 0)"),
        ("ethylenediamine", "8", "C2H9N2 (charge +1)"),
    ],
)
def test_main_form(molecule: str, ph: str, form: str) -> None:
    found = calculate("ionisation", molecule, text=f"main form at pH {ph}")
    assert found.value == form
    assert sum(float(part.value) for part in found.parts) == pytest.approx(100.0, abs=0.3)


@pytest.mark.parametrize(
    ("name", "molecule", "question", "says"),
    [
        ("charge_at_ph", "benzene", "charge at pH 7", "none is estimated"),
        ("charge_at_ph", "HCl", "charge at pH 7", "strong acid"),
        ("charge_at_ph", "lysine", "charge at pH 7 and at pH 11", "one pH"),
        ("charge_at_ph", "lysine", "charge at pH 2-9", "one pH"),
        ("charge_at_ph", "lysine", "charge at pH 19", "between 0 and 14"),
        ("charge_at_ph", "lysine", "charge", "one pH"),
        ("charge_at_ph", "lysine", "charge of \u00a4 at pH 7 in \u00a4", "water only"),
        ("ionisation", "ammonia", "is it dissociated at pH 6", "is a base"),
        ("ionisation", "glycine", "is it ionised at pH 6", "two things"),
        ("ionisation", "MES", "is it ionised at pH 6", "two things"),
        ("ionisation", "citric acid", "is it protonated at pH 6", "3 protons"),
        ("ionisation", "aspirin", "is it ionised or protonated at pH 6", "two things at once"),
        ("isoelectric_point", "acetic acid", "", "only acidic groups"),
        ("isoelectric_point", "methylamine", "", "only basic groups"),
    ],
)
def test_what_does_not_follow_is_refused(name: str, molecule: str, question: str, says: str) -> None:
    with pytest.raises((UserError, InvalidTaskInputError), match=says):
        calculate(name, molecule, text=question)


def test_isoelectric_point() -> None:
    assert calculate("isoelectric_point", "glycine").text == "5.97"  # (2.34 + 9.60) / 2
    assert calculate("isoelectric_point", "L-lysine").text == "9.74"  # (8.95 + 10.53) / 2
