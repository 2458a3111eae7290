from __future__ import annotations

import pytest

from anymol.chem.formula import parse_formula, write_hill
from anymol.errors import UserError


@pytest.mark.parametrize(
    ("text", "hill"),
    [
        ("C9H8O4", "C9H8O4"),
        ("O4 H8C9", "C9H8O4"),
        ("CH3COOH", "C2H4O2"),
        ("NaCl", "ClNa"),
        ("H2O", "H2O"),
        ("CCl4", "CCl4"),
    ],
)
def test_formulas_are_read_in_any_order_and_written_in_hill_s(text: str, hill: str) -> None:
    assert write_hill(parse_formula(text)) == hill


@pytest.mark.parametrize("text", ["", "XyZ", "c9h8o4", "(CH3)2CO", "C2H3O2-", "C9H8O4.HCl", "12", "C9H8O4!"])
def test_what_is_no_plain_formula_is_refused(text: str) -> None:
    with pytest.raises(UserError):
        parse_formula(text)
