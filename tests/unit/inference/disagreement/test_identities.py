"""Which molecule is meant, by structure or formula."""

from __future__ import annotations

import pytest

from anymol.inference.disagreement.identities import (
    compare_formula,
    compare_formulas,
    compare_structures,
    find_formula,
    is_same_molecule,
)

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (ASPIRIN, "OC(=O)c1ccccc1OC(C)=O", True),
        ("C[C@H](N)C(=O)O", "CC(N)C(=O)O", True),  # one of them leaves the stereochemistry out
        ("Oc1ccccn1", "O=c1cccc[nH]1", True),  # InChI tells 2-hydroxypyridine from its tautomer as little as a drawing
        (ASPIRIN, "COC(=O)c1ccccc1C(=O)O", False),  # an isomer
        ("CCO", "COC", False),
    ],
)
def test_connectivity_decides(one: str, other: str, *, same: bool) -> None:
    assert is_same_molecule(one, other) is same
    assert compare_structures(one, other).disagree is not same


def test_formulas_are_compared_by_their_atoms() -> None:
    assert not compare_formula(ASPIRIN, "C9H8O4").disagree
    assert compare_formula(ASPIRIN, "C8H10N4O2").disagree
    assert not compare_formulas("C2H6O", "H6OC2").disagree
    assert compare_formulas("C2H6O", "C2H4O").disagree


def test_a_formula_may_leave_isotopes_out() -> None:
    assert find_formula("[2H]OC") == "CH3[2H]O"
    assert not compare_formula("[2H]OC", "CH4O").disagree
