"""The molecular graph against features worked out by hand."""

from __future__ import annotations

import time

import numpy as np
import pytest

from anymol.chem.parsing import canonicalize_smiles, parse_smiles
from anymol.errors import InvalidSmilesError
from anymol.synthesis.graph import DUMMY_ATOM, restore_molecule, synthesize_graph


def test_ethanol_by_hand() -> None:
    graph = synthesize_graph("CCO")
    assert graph.atoms.tolist() == [[5, 0], [5, 0], [7, 0]]
    assert graph.bonds.tolist() == [[0, 1, 1, 2], [1, 0, 2, 1]]
    assert graph.bond_features.tolist() == [[0, 0]] * 4
    assert (graph.atoms.dtype, graph.bonds.dtype, graph.bond_features.dtype) == (np.uint8, np.int32, np.uint8)


def test_bond_types_and_directions() -> None:
    graph = synthesize_graph("F/C=C/F")
    assert graph.bond_features[::2].tolist() == [[0, 1], [1, 0], [0, 1]]
    assert synthesize_graph("C#N").bond_features.tolist() == [[2, 0], [2, 0]]
    assert set(synthesize_graph("c1ccccc1").bond_features[:, 0].tolist()) == {3}
    assert synthesize_graph("[NH3]->[Pt]").bond_features.tolist() == [[0, 0], [0, 0]]


def test_chirality_tags_distinguish_enantiomers() -> None:
    one, other = synthesize_graph("C[C@H](N)O"), synthesize_graph("C[C@@H](N)O")
    assert one.atoms[1].tolist() == [5, 2]
    assert other.atoms[1].tolist() == [5, 1]
    assert synthesize_graph("C[S@](=O)CC").atoms[1, 1] in (1, 2)


def test_special_atoms() -> None:
    assert synthesize_graph("*C").atoms[0, 0] == DUMMY_ATOM
    assert synthesize_graph("[Og]").atoms[0, 0] == 117
    assert synthesize_graph("[2H]O").atoms[:, 0].tolist() == [0, 7]
    lone = synthesize_graph("[Na+]")
    assert lone.bonds.shape == (2, 0)
    assert lone.bond_features.shape == (0, 2)


def test_atoms_follow_the_writing() -> None:
    assert synthesize_graph("OCC").atoms[:, 0].tolist() == [7, 5, 5]
    assert synthesize_graph("[Na+].OC").atoms[:, 0].tolist() == [10, 7, 5]


def test_both_directions_stand_side_by_side(known_molecules) -> None:
    bonds = synthesize_graph(known_molecules["caffeine"]).bonds
    assert np.array_equal(bonds[:, ::2], bonds[::-1, 1::2])


def test_mol_and_smiles_agree(known_molecules) -> None:
    assert synthesize_graph(parse_smiles(known_molecules["chiral"])) == synthesize_graph(known_molecules["chiral"])
    with pytest.raises(InvalidSmilesError):
        synthesize_graph(known_molecules["broken"])


@pytest.mark.parametrize(
    "smiles",
    [
        "CCO", "CC(=O)Oc1ccccc1C(=O)O", "c1ccc2[nH]ccc2c1", "Cn1c(=O)c2c(ncn2C)n(C)c1=O", "O=[N+]([O-])C(Cl)(Cl)Cl",
        "CS(C)=O", "CC(C)OP(C)(=O)F", "c1ccncc1", "c1c[nH]cn1", "C[N+](C)(C)CCO", "O=C(Cl)Cl", "C#N", "*c1ccccc1",
        "c1ccc2c(c1)[nH]c1ccccc12", "O=c1cc[nH]c(=O)[nH]1", "C1CC1.CCO", "C[n+]1ccccc1",
    ],
)  # fmt: skip
def test_the_molecule_of_a_graph_is_restored(smiles: str) -> None:
    assert restore_molecule(synthesize_graph(smiles)) == canonicalize_smiles(smiles)


def test_it_is_fast() -> None:
    mol = parse_smiles("CC1(C)S[C@@H]2[C@H](NC(=O)Cc3ccccc3)C(=O)N2[C@H]1C(=O)O")
    start = time.perf_counter()
    for _ in range(100):
        synthesize_graph(mol)
    assert (time.perf_counter() - start) / 100 < 2e-3
