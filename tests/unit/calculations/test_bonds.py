"""Bonds and lone pairs as Lewis structures show them."""

from __future__ import annotations

import pytest

from anymol import calculate
from anymol.errors import UserError


@pytest.mark.parametrize(
    ("molecule", "text", "expected"),
    [
        ("C=C", "How many sigma bonds?", 5),
        ("C=C", "How many pi bonds?", 1),
        ("C#C", "how many π bonds", 2),
        ("c1ccccc1", "How many double bonds?", 3),
        ("CCO", "How many single bonds?", 8),
        ("CC(=O)Oc1ccccc1C(=O)O", "How many C=O double bonds?", 2),
        ("CC(=O)Oc1ccccc1C(=O)O", "number of carbon-carbon double bonds", 3),
        ("N#N", "triple bonds", 1),
        ("c1ccncc1", "How many C=N bonds?", 1),
        ("[Na+].[Cl-]", "how many single bonds", 0),
        ("Nc1ncnc2[nH]cnc12", "N-H bonds", 3),
        ("C1=CCCCC1", "how many C-C single bonds", 5),
    ],
)
def test_bonds(molecule: str, text: str, expected: int) -> None:
    assert calculate("bond_counts", molecule, text=text).value == expected


def test_all_kinds_where_none_is_named() -> None:
    counted = {part.label: part.value for part in calculate("bond_counts", "C#CC=C").parts}
    assert counted == {"single bonds": 5, "double bonds": 1, "triple bonds": 1, "sigma bonds": 7, "pi bonds": 3}


@pytest.mark.parametrize(
    ("molecule", "expected"),
    [
        ("O", 2), ("N", 1), ("C", 0), ("O=C=O", 4), ("[O-][N+](=O)[O-]", 8), ("[NH4+]", 0), ("[Cl-]", 4),
        ("[C-]#[O+]", 2), ("CS(C)=O", 3), ("[CH3]", 0), ("[H-]", 1),
    ],
)  # fmt: skip
def test_lone_pairs(molecule: str, expected: int) -> None:
    assert calculate("lone_pairs", molecule).value == expected


@pytest.mark.parametrize("name", ["bond_counts", "lone_pairs"])
def test_complexes_are_refused(name: str) -> None:
    with pytest.raises(UserError):
        calculate(name, "[NH3]->[Pt](<-[NH3])([Cl])[Cl]")


@pytest.mark.parametrize("molecule", ["Cl[Sn]Cl", "Cl[C]Cl"])
def test_two_free_electrons_may_be_paired_or_not(molecule: str) -> None:
    with pytest.raises(UserError, match="two free electrons"):
        calculate("lone_pairs", molecule)


def test_what_is_drawn_in_pieces_has_bonds_that_are_not_drawn() -> None:
    with pytest.raises(UserError, match="pieces"):
        calculate("bond_counts", "B.B")


def test_lone_pairs_of_transition_metals_are_not_told() -> None:
    with pytest.raises(UserError, match="Fe"):
        calculate("lone_pairs", "[Fe]")
