"""Equivalent atoms, as textbooks of NMR count them."""

from __future__ import annotations

import pytest
from rdkit import Chem

from anymol.chem.equivalent_atoms import MAX_ATOMS, group_equivalent
from anymol.errors import UserError


def count(smiles: str, atomic_number: int = 1) -> list[int]:
    """How many atoms each class has, the largest first."""
    found = group_equivalent(Chem.AddHs(Chem.MolFromSmiles(smiles)), atomic_number)
    return sorted(map(len, found), reverse=True)


@pytest.mark.parametrize(
    ("smiles", "expected"),
    [
        ("CCO", [3, 2, 1]),
        ("CC(C)O", [6, 1, 1]),
        ("Cc1ccccc1", [3, 2, 2, 1]),
        ("Cc1cc(C)cc(C)c1", [9, 3]),
        ("CC(C)(C)C", [12]),
        ("C=C", [4]),
        ("C=CCl", [1, 1, 1]),  # cis and trans to chlorine
        ("CC=C", [3, 1, 1, 1]),
        ("C=C(C)C", [6, 2]),
        ("C=C(Cl)Br", [1, 1]),
        ("C=CC=C", [2, 2, 2]),
        ("C/C=C/C", [6, 2]),
        ("CC(C)=NO", [3, 3, 1]),  # syn and anti to the hydroxyl group
        ("C1CCCCC1", [12]),
        ("ClC1CCCCC1", [2, 2, 2, 2, 1, 1, 1]),  # those of each CH2 are cis or trans to chlorine
        ("FC=C=CF", [2]),
    ],
)
def test_achiral_molecules(smiles: str, expected: list[int]) -> None:
    assert count(smiles) == expected


@pytest.mark.parametrize(
    ("smiles", "expected"),
    [
        ("CCC(C)O", [3, 3, 1, 1, 1, 1]),  # the CH2 of 2-butanol
        ("CC(C)[C@H](N)C(=O)O", [3, 3, 2, 1, 1, 1]),  # the two methyl groups of valine
        ("OC(=O)CC(O)(C(=O)O)CC(=O)O", [2, 2, 2, 1, 1]),  # citric acid: no stereocentre, and yet
        ("OCC(O)CO", [2, 2, 2, 1, 1]),  # glycerol
    ],
)
def test_diastereotopic_atoms_differ(smiles: str, expected: list[int]) -> None:
    assert count(smiles) == expected


@pytest.mark.parametrize("smiles", ["C[C@H](O)[C@@H](C)O", "C[C@H](O)[C@H](C)O"])
def test_ends_of_meso_and_symmetric_forms_are_equivalent(smiles: str) -> None:
    assert count(smiles) == [6, 2, 2]


@pytest.mark.parametrize(
    ("smiles", "expected"),
    [
        ("C1CC2CCC1C2", [4, 4, 2, 2]),  # norbornane: exo, endo, bridge, bridgeheads
        ("C1C2CC3CC1CC(C2)C3", [12, 4]),  # adamantane
        ("C12C3C4C1C5C2C3C45", [8]),  # cubane
        ("C1=CC2CC1C=C2", [4, 2, 2]),  # norbornadiene
        ("CC1(C)C2CCC1(C)C(=O)C2", [3, 3, 3, *[1] * 7]),  # camphor
    ],
)
def test_cages(smiles: str, expected: list[int]) -> None:
    assert count(smiles) == expected


@pytest.mark.parametrize(("smiles", "expected"), [("Cc1ccc(C)cc1", [4, 2, 2]), ("CC(C)[C@H](N)C(=O)O", [1] * 5)])
def test_carbons(smiles: str, expected: list[int]) -> None:
    assert count(smiles, 6) == expected


def test_how_a_molecule_is_written_makes_no_difference() -> None:
    mol = Chem.MolFromSmiles("CC1(C)C2CCC1(C)C(=O)C2")
    for seed in range(5):
        (written,) = Chem.MolToRandomSmilesVect(mol, 1, randomSeed=seed)
        assert count(written) == count("CC1(C)C2CCC1(C)C(=O)C2")


def test_a_large_molecule_is_refused() -> None:
    with pytest.raises(UserError, match="atoms"):
        count("C" * MAX_ATOMS)
