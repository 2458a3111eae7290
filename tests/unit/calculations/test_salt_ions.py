"""Ions of salts."""

from __future__ import annotations

import pytest

from anymol.calculations.salt_ions import count_ions, list_ions
from anymol.calculations.substances import Substance, find_substance
from anymol.errors import UserError


def find(name: str) -> Substance:
    found = find_substance(name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("NaCl", 2), ("CaCl2", 3), ("Al2(SO4)3", 5), ("(NH4)2SO4", 3), ("Ca3(PO4)2", 5), ("K2Cr2O7", 3), ("KMnO4", 2),
        ("Mg(NO3)2", 3), ("Li2O", 3), ("LiF", 2), ("Na2O2", 3), ("CuSO4·5H2O", 2), ("sodium acetate", 2),
    ],
)  # fmt: skip
def test_numbers(name: str, number: int) -> None:
    assert list_ions(find(name)).total() == number


@pytest.mark.parametrize(
    "name", ["HCl", "glucose", "CO2", "sulfuric acid", "potassium ferrocyanide", "iron", "sulfate"]
)
def test_what_is_no_salt(name: str) -> None:
    with pytest.raises(UserError, match="not known to be made of ions"):
        list_ions(find(name))


def test_an_ion_by_its_name() -> None:
    assert count_ions(find("CaCl2"), "chloride") == 2
    assert count_ions(find("CaCl2"), "calcium") == 1
    assert count_ions(find("CaCl2"), "cation") == 1
    with pytest.raises(UserError, match="no sodium ions"):
        count_ions(find("CaCl2"), "sodium")
