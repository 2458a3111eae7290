"""Counts against what chemists count by hand."""

from __future__ import annotations

import pytest

from anymol.calculations.calculate import calculate
from anymol.errors import UserError


@pytest.mark.parametrize(
    ("smiles", "donors", "acceptors"),
    [
        ("O", 1, 1),  # water: RDKit alone counts neither
        ("CO", 1, 1),
        ("CC(=O)Oc1ccccc1C(=O)O", 1, 3),
        ("CC(=O)Nc1ccc(O)cc1", 2, 2),  # paracetamol: N-H and O-H; two oxygens
        ("CN(C)C", 0, 1),
        ("c1cc[nH]c1", 1, 0),  # pyrrole's lone pair is in the ring
        ("c1ccncc1", 0, 1),
        ("c1ccccc1", 0, 0),
        ("N[C@@H](CS)C(=O)O", 3, 3),  # cysteine: N, O and S
    ],
)
def test_hydrogen_bonds(smiles: str, donors: int, acceptors: int) -> None:
    assert calculate("hbond_donors", smiles).value == donors
    assert calculate("hbond_acceptors", smiles).value == acceptors


def test_donors_are_shown_where_they_are() -> None:
    found = calculate("hbond_donors", "CC(=O)Nc1ccc(O)cc1")
    assert [(part.label, part.atoms) for part in found.parts] == [("N4", (3,)), ("O9", (8,))]
    assert found.smiles == "CC(=O)Nc1ccc(O)cc1"
    assert "Lipinski's count (N-H and O-H bonds) 2" in found.notes[0]


@pytest.mark.parametrize(
    ("smiles", "bonds"),
    [("CCCC", 1), ("CC", 0), ("CC(=O)NC", 0), ("c1ccccc1-c1ccccc1", 1), ("CC(=O)Oc1ccccc1C(=O)O", 2)],
)
def test_rotatable_bonds(smiles: str, bonds: int) -> None:
    assert calculate("rotatable_bonds", smiles).value == bonds


@pytest.mark.parametrize(
    ("smiles", "rings", "aromatic"),
    [
        ("c1ccc2ccccc2c1", 2, 2),  # naphthalene
        ("C1CC2CCC1C2", 2, 0),  # norbornane
        ("C12C3C4C1C5C2C3C45", 5, 0),  # cubane: six faces, five of them independent
        ("CCO", 0, 0),
        ("Cn1c(=O)c2c(ncn2C)n(C)c1=O", 2, 2),
        ("C1CCCCC1.c1ccccc1", 2, 1),
    ],
)
def test_rings(smiles: str, rings: int, aromatic: int) -> None:
    assert calculate("ring_count", smiles).value == rings
    assert calculate("aromatic_rings", smiles).value == aromatic


def test_kinds_of_aromatic_rings_are_told() -> None:
    statement = calculate("aromatic_rings", "c1ccc2[nH]ccc2c1").statement
    assert "1 of carbon alone" in statement and "1 with heteroatoms" in statement


@pytest.mark.parametrize(("smiles", "fraction"), [("C", 1.0), ("C=C", 0.0), ("CC(=O)O", 0.5), ("C#CC", 1 / 3)])
def test_fsp3(smiles: str, fraction: float) -> None:
    assert calculate("fsp3", smiles).value == pytest.approx(fraction, abs=1e-4)


def test_fsp3_of_no_carbon_is_refused() -> None:
    with pytest.raises(UserError, match="no carbon"):
        calculate("fsp3", "O")


def test_heavy_atoms_leave_hydrogen_out() -> None:
    assert calculate("heavy_atoms", "[2H]C([2H])([2H])O").value == 2
    assert calculate("heavy_atoms", "[H][H]").value == 0
