"""Formulas as they are written, and what is mistaken for one."""

from __future__ import annotations

import pytest

from anymol.calculations.calculate import calculate
from anymol.calculations.calculation import Subject
from anymol.calculations.formulas import is_formula, read_formula
from anymol.errors import AnyMolError, UserError


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("H20", "H2O"),
        ("C6H1206", "C6H12O6"),
        ("C8H9N02", "C8H9NO2"),
        ("C9H804", "C9H8O4"),
        ("H2S04", "H2SO4"),
        ("K2C03", "K2CO3"),
        ("CuS04", "CuSO4"),
        ("Ca(0H)2", "Ca(OH)2"),
    ],
)
def test_a_zero_for_the_letter_is_refused(text: str, meant: str) -> None:
    with pytest.raises(UserError) as caught:
        read_formula(text)
    assert meant in str(caught.value.hint) or "K2Cr2O7" in str(caught.value.hint)
    with pytest.raises(AnyMolError):
        calculate("average_mass", text)


@pytest.mark.parametrize(
    "text", ["C60", "C10H22", "C20H42", "C10H20O2", "C30H50O", "C100H202", "H2O", "B10H14", "NH4+", "C10H20N10"]
)
def test_a_zero_in_a_count_stays_one(text: str) -> None:
    assert read_formula(text)


@pytest.mark.parametrize(
    "text", ["C(C)(C)(C)(C)C", "FC(F)(F)(F)F", "CO(C)C", "CN(C)(C)(C)C", "FFF", "ClClCl", "BrBrC", "C1CC"]
)
def test_a_smiles_with_a_slip_is_not_a_formula(text: str) -> None:
    assert not is_formula(text)
    with pytest.raises(UserError):
        Subject.from_formula(text)
    with pytest.raises(AnyMolError):
        calculate("average_mass", text)


@pytest.mark.parametrize("text", ["Fe(CO)5", "CH3CH(CH3)COOH", "NaCl(aq)", "CS2", "PCl5", "Zn(CN)2"])
def test_what_looks_like_one_stays_a_formula(text: str) -> None:
    assert is_formula(text)
