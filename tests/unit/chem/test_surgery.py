"""Groups taken off and put on: the right atoms, the right arrangement in space, and nothing else."""

from __future__ import annotations

import pytest
from rdkit import Chem

from anymol.chem.parsing import canonicalize_smiles, parse_smiles, write_canonical
from anymol.chem.surgery import Place, replace_groups


@pytest.mark.parametrize(
    ("smiles", "place", "fragment", "expected"),
    [
        ("c1ccccc1Br", Place(5, (6,)), "C#N", "N#Cc1ccccc1"),
        ("c1ccccc1Br", Place(5, (6,)), None, "c1ccccc1"),
        ("CCO", Place(0), "F", "OCCF"),
        ("c1ccccc1Br", Place(5, (6,)), "[NH+](=O)[O-]", "O=[N+]([O-])c1ccccc1"),
        ("C1CCNCC1", Place(3), "C", "CN1CCCCC1"),
    ],
)
def test_a_group_is_put_where_another_was(smiles: str, place: Place, fragment: str | None, expected: str) -> None:
    product = replace_groups(parse_smiles(smiles), [place], fragment)
    assert product is not None and write_canonical(product) == expected


@pytest.mark.parametrize(
    ("smiles", "place", "fragment", "expected"),
    [
        # What comes stands where the other stood: written by hand, with the new group in the old one's place.
        ("C[C@H](O)F", Place(1, (2,)), "S", "C[C@H](S)F"),
        ("C[C@](Br)(O)F", Place(1, (2,)), "Cl", "C[C@](Cl)(O)F"),
        ("C[C@](Cl)(O)F", Place(1, (2,)), None, "C[C@]([H])(O)F"),
        ("C[C@]([H])(O)F", Place(1), "Cl", "C[C@](Cl)(O)F"),
        ("N[C@@H](CO)C(=O)O", Place(2, (3,)), "F", "N[C@@H](CF)C(=O)O"),
        ("C/C=C/CBr", Place(3, (4,)), "Cl", "C/C=C/CCl"),
    ],
)
def test_stereochemistry_is_kept(smiles: str, place: Place, fragment: str | None, expected: str) -> None:
    product = replace_groups(parse_smiles(smiles), [place], fragment)
    assert product is not None and write_canonical(product) == canonicalize_smiles(expected)


def test_a_centre_that_becomes_none_is_written_without_a_sign() -> None:
    product = replace_groups(parse_smiles("N[C@@H](CO)C(=O)O"), [Place(1, (2, 3))], None)
    assert product is not None and write_canonical(product) == "NCC(=O)O"


def test_several_places_at_once() -> None:
    product = replace_groups(parse_smiles("Clc1ccc(Cl)cc1"), [Place(1, (0,)), Place(4, (5,))], "F")
    assert product is not None and write_canonical(product) == "Fc1ccc(F)cc1"


def test_what_valence_forbids_is_none() -> None:
    assert replace_groups(parse_smiles("CC(C)(C)C"), [Place(1)], "F") is None  # no hydrogen there
    assert replace_groups(parse_smiles("C[N+](C)(C)C"), [Place(1)], "C") is None  # charged
    assert replace_groups(parse_smiles("[CH2]C"), [Place(0)], "C") is None  # a radical


def test_the_molecule_given_is_left_alone() -> None:
    molecule = parse_smiles("C[C@H](O)F")
    before = Chem.MolToSmiles(molecule)
    replace_groups(molecule, [Place(1, (2,))], "S")
    assert Chem.MolToSmiles(molecule) == before
