from __future__ import annotations

import pytest

from anymol.chem.formula import count_formula, parse_formula, write_formula
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
    assert write_formula(parse_formula(text)) == hill


@pytest.mark.parametrize(
    ("counts", "charge", "formula"),
    [
        ({"H": 4, "N": 1}, 1, "H4N+"),
        ({"O": 4, "S": 1}, -2, "O4S-2"),
        ({"C": 1, "H": 0, "Cl": 4}, 0, "CCl4"),
        ({"[2H]": 1, "C": 1, "H": 3}, 0, "CH3[2H]"),
        ({}, 0, ""),
    ],
)
def test_charges_stand_at_the_end_and_isotopes_by_themselves(counts: dict[str, int], charge: int, formula: str) -> None:
    assert write_formula(counts, charge) == formula
    assert count_formula(formula) == {symbol: count for symbol, count in counts.items() if count}


@pytest.mark.parametrize("text", ["", "XyZ", "c9h8o4", "(CH3)2CO", "C2H3O2-", "C9H8O4.HCl", "12", "C9H8O4!"])
def test_what_is_no_plain_formula_is_refused(text: str) -> None:
    with pytest.raises(UserError):
        parse_formula(text)
