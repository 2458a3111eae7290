"""The fragmenter on molecules whose fragments are known."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem

from anymol.synthesis.fragmentation import Budget, Fragments, enumerate_fragments, read_skeleton

C60 = (
    "c12c3c4c5c1c1c6c7c2c2c8c3c3c9c4c4c%10c5c5c1c1c6c6c%11c7c2c2c7c8c3c3c8c9c4c4c9c%10c5c5c1c1c6c6c%11c2c2c7c3c3"
    "c8c4c4c9c5c1c1c6c2c3c41"
)


def fragment(smiles: str, budget: Budget | None = None) -> tuple[Chem.Mol, Fragments]:
    mol = Chem.MolFromSmiles(smiles)
    return mol, enumerate_fragments(mol, read_skeleton(mol), budget or Budget())


def test_fragments_are_connected_distinct_and_begin_with_the_whole() -> None:
    mol, fragments = fragment("CC1CCN(CC1)c1ccncc1Cl")  # nothing in it is expelled from between
    assert fragments.inside[0].all() and fragments.depth[0] == 0
    assert len({row.tobytes() for row in fragments.inside}) == len(fragments.inside)
    assert (np.diff(fragments.depth) >= 0).all()
    for row in fragments.inside:
        text = Chem.MolFragmentToSmiles(mol, np.nonzero(row)[0].tolist())
        assert "." not in text


def test_one_cut_of_a_chain_leaves_every_end() -> None:
    _, fragments = fragment("CCCC", Budget(depth=1))
    sizes = sorted(fragments.inside.sum(axis=1).tolist())
    assert sizes == [1, 1, 2, 2, 3, 3, 4]


def test_a_ring_opens_by_pairs_of_bonds() -> None:
    _, fragments = fragment("C1CCCC1", Budget(depth=1))
    assert len(fragments.inside) == 1 + 5 * 4  # arcs of one to four atoms from each of five


@pytest.mark.parametrize(
    "smiles", ["C" * 300, C60, "C1CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC1", "CC(C)(C)C" * 30, "N"]
)
def test_hostile_molecules_stay_within_the_budget(smiles: str) -> None:
    budget = Budget(depth=3, max_cuts=100, max_fragments=500)
    _, fragments = fragment(smiles, budget)
    assert 1 <= len(fragments.inside) <= 501


def test_the_budget_keeps_what_breaks_easily() -> None:
    few = fragment("CCOC(=O)c1ccc2ccccc2c1", Budget(depth=2, max_cuts=400, max_fragments=60))[1]
    many = fragment("CCOC(=O)c1ccc2ccccc2c1", Budget(depth=2))[1]
    assert len(few.inside) == 61 < len(many.inside)
    assert few.boundary[few.depth == 2].sum(axis=1).mean() < many.boundary[many.depth == 2].sum(axis=1).mean()


def test_masks_of_more_than_64_atoms_agree_with_shorter_ones() -> None:
    """The same chain end has the same fragments whether one word holds the molecule or two."""
    short = fragment("CCOC(C)=O", Budget(depth=1))[1]
    long = fragment("C" * 66 + "OC(C)=O", Budget(depth=1))[1]
    assert {int(n) for n in short.inside.sum(axis=1)} <= {int(n) for n in long.inside.sum(axis=1)}
