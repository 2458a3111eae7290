"""Salts and mixtures."""

from __future__ import annotations

import pytest

from anymol.chem.fragments import analyze_composition, desalt_smiles, split_fragments


def test_fragments_keep_their_order_and_repeats() -> None:
    assert split_fragments("[Na+].[Na+].[O-]C(=O)[O-]") == ("[Na+]", "[Na+]", "O=C([O-])[O-]")


def test_ring_closure_across_a_dot_joins() -> None:
    assert split_fragments("C1.C1") == ("CC",)


@pytest.mark.parametrize(
    ("smiles", "parent"),
    [
        ("[Na+].CC(=O)[O-]", "CC(=O)O"),
        ("Cl.CN1CCC[C@H]1c1cccnc1", "CN1CCC[C@H]1c1cccnc1"),
        ("C[N+](C)(C)CCO.[Cl-]", "C[N+](C)(C)CCO"),
        ("CC(=O)O.O.O", "CC(=O)O"),
        ("CCO", "CCO"),
        ("O=C([O-])c1ccccc1O.[Na+]", "O=C(O)c1ccccc1O"),
        ("OP(=O)(O)O.CN", "CN"),  # carbon outranks size
    ],
)
def test_parent(smiles: str, parent: str) -> None:
    assert desalt_smiles(smiles) == parent


def test_composition() -> None:
    composition = analyze_composition("[Na+].CC(=O)[O-].O")
    assert composition.parent == "CC(=O)[O-]"
    assert composition.counterparts == ("[Na+]", "O")
    assert not composition.is_single
    assert analyze_composition("CCO").is_single
