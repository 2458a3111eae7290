"""Parents of salts, and tautomers."""

from __future__ import annotations

import pytest

from anymol import calculate


@pytest.mark.parametrize(
    ("salt", "parent"),
    [
        ("CC(=O)[O-].[Na+]", "CC(=O)O"),
        ("C[NH3+].[Cl-]", "CN"),
        ("CN1CCC[C@H]1c1cccnc1.Cl", "CN1CCC[C@H]1c1cccnc1"),
        ("C[N+](C)(C)C.[I-]", "C[N+](C)(C)C"),  # no proton lifts this charge
        ("CCO", "CCO"),
    ],
)
def test_neutral_parent(salt: str, parent: str) -> None:
    assert calculate("neutral_parent", salt).value == parent


def test_what_was_taken_away_is_told() -> None:
    assert "without [Na+]" in calculate("neutral_parent", "CC(=O)[O-].[Na+]").statement
    assert "one molecule without a charge" in calculate("neutral_parent", "CCO").statement


def test_tautomers() -> None:
    found = {str(part.value) for part in calculate("tautomers", "2-hydroxypyridine").parts}
    assert {"O=c1cccc[nH]1", "Oc1ccccn1"} <= found
    assert {str(part.value) for part in calculate("tautomers", "CC(C)=O").parts} == {"CC(C)=O", "C=C(C)O"}
    assert "no other tautomer" in calculate("tautomers", "CCO").statement


def test_a_list_that_was_cut_says_so() -> None:
    many = calculate("tautomers", "O=C1CC(=O)CC(=O)C1C(=O)CC(=O)CC(=O)CC(=O)CC(C)=O")
    assert "more than" in many.statement and " more." in many.statement
