"""Salts and mixtures."""

from __future__ import annotations

import pytest

from anymol.chem.fragments import analyze_composition


@pytest.mark.parametrize(
    ("smiles", "parent"),
    [
        ("[Na+].CC(=O)[O-]", "CC(=O)O"),
        ("Cl.CN1CCC[C@H]1c1cccnc1", "CN1CCC[C@H]1c1cccnc1"),
        ("C[N+](C)(C)CCO.[Cl-]", "C[N+](C)(C)CCO"),
        ("CC(=O)O.O.O", "CC(=O)O"),
        ("CCO", "CCO"),
        ("[NH3+]CC(=O)[O-]", "NCC(=O)O"),
        ("C[N+](=O)[O-]", "C[N+](=O)[O-]"),
        ("C1.C1", "CC"),  # a ring closure across a dot joins
        ("O=C([O-])c1ccccc1O.[Na+]", "O=C(O)c1ccccc1O"),
        ("OP(=O)(O)O.CN", "CN"),  # carbon outranks size
    ],
)
def test_parent(smiles: str, parent: str) -> None:
    assert analyze_composition(smiles).parent_neutral == parent


def test_composition() -> None:
    composition = analyze_composition("[Na+].CC(=O)[O-].O")
    assert composition.parent == "CC(=O)[O-]"
    assert composition.counterparts == ("[Na+]", "O")
    assert not composition.is_single
    assert analyze_composition("CCO").is_single


def test_an_anion_that_is_aromatic_by_its_charge_keeps_it() -> None:
    assert analyze_composition("[Li+].c1cc[cH-]c1").parent_neutral == "c1cc[cH-]c1"
