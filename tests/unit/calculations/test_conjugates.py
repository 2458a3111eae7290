"""Conjugate acids and bases by name."""

from __future__ import annotations

import pytest

from anymol import calculate
from anymol.errors import UserError


@pytest.mark.parametrize(
    ("name", "molecule", "expected"),
    [
        ("conjugate_base", "acetic acid", "CC(=O)[O-]"),
        ("conjugate_base", "H2PO4-", "O=P([O-])([O-])O"),
        ("conjugate_base", "HCO3-", "O=C([O-])[O-]"),
        ("conjugate_base", "NH4+", "N"),
        ("conjugate_base", "sulfuric acid", "O=S(=O)([O-])O"),
        ("conjugate_acid", "ammonia", "[NH4+]"),
        ("conjugate_acid", "HPO4^2-", "O=P([O-])(O)O"),
        ("conjugate_acid", "lidocaine", "CC[NH+](CC)CC(=O)Nc1c(C)cccc1C"),
    ],
)
def test_conjugate(name: str, molecule: str, expected: str) -> None:
    found = calculate(name, molecule)
    assert found.value == expected
    assert expected in found.statement


def test_a_salt_has_one_for_each_part() -> None:
    with pytest.raises(UserError, match="salt or mixture"):
        calculate("conjugate_acid", "sodium acetate")
