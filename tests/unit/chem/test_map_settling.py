"""Atoms of a map move only where that changes fewer or cheaper bonds."""

from __future__ import annotations

from rdkit import Chem

from anymol.chem.map_settling import BondCosts, settle_map


def settle(product: str, reactants: str, pairs: dict[int, int]) -> dict[int, int]:
    """Return the settled map."""
    settle_map(pairs, BondCosts(Chem.MolFromSmiles(product)), BondCosts(Chem.MolFromSmiles(reactants)))
    return pairs


def test_a_map_without_changes_stays() -> None:
    assert settle("CCO", "CCO.CCO", {0: 0, 1: 1, 2: 2}) == {0: 0, 1: 1, 2: 2}


def test_a_chain_follows_the_atom_that_moves() -> None:
    """Of propanol two carbons and the oxygen were taken from ethanol: each alone would gain nothing."""
    assert settle("CCCO", "CCO.CCCO", {0: 3, 1: 0, 2: 1, 3: 2}) == {0: 3, 1: 4, 2: 5, 3: 6}


def test_the_bond_of_an_acyl_group_is_made_before_that_of_another_carbon() -> None:
    """By number of bonds both maps of acetic acid and methanol are equal."""
    assert settle("COC(C)=O", "CO.OC(C)=O", {0: 0, 1: 2, 2: 3, 3: 4, 4: 5})[1] == 1


def test_a_map_that_no_move_improves_stays() -> None:
    """Bromide to alcohol: the only oxygen is that of water."""
    assert settle("CO", "CBr.O", {0: 0, 1: 2}) == {0: 0, 1: 2}
