"""What textbook reactions leave over and take up."""

from __future__ import annotations

import pytest

from anymol.chem.mass_balance import balance_reaction
from anymol.errors import InvalidSmilesError


@pytest.mark.parametrize(
    ("inputs", "product", "left", "taken"),
    [
        ("CC(=O)O.CCO", "CCOC(C)=O", ("water",), ()),
        ("CC(=O)Cl.NCC.CCN(CC)CC", "CCNC(C)=O", ("HCl",), ()),
        ("CC(=O)OC(C)=O.Nc1ccccc1", "CC(=O)Nc1ccccc1", ("acetic acid",), ()),
        ("CC(C)(C)OC(=O)NCC", "CCN", ("CO2", "isobutene"), ()),
        ("O=[N+]([O-])c1ccccc1", "Nc1ccccc1", ("2 water",), ("3 H2",)),
        ("O=Cc1ccccc1.CCN", "CCNCc1ccccc1", ("water",), ("H2",)),
        ("CC(C)O", "CC(C)=O", ("H2",), ()),
        ("C=C", "C1CO1", (), ("O",)),
        ("C=C", "CC", (), ("H2",)),
        ("CC#N", "CC(N)=O", (), ("H2O",)),
        ("C=CC=C.C=C", "C1=CCCCC1", (), ()),
        ("Brc1ccccc1.OB(O)c1ccncc1", "c1ccc(-c2ccncc2)cc1", ("HBr", "boric acid"), ("H2O",)),
        ("CC(=O)[O-].BrCc1ccccc1", "CC(=O)OCc1ccccc1", ("bromide",), ()),
        ("O=Cc1ccccc1.C=P(c1ccccc1)(c1ccccc1)c1ccccc1", "C=Cc1ccccc1", ("triphenylphosphine oxide",), ()),
        ("Cc1ccccc1.O[N+](=O)[O-]", "Cc1ccc([N+](=O)[O-])cc1", ("water",), ()),
        ("CC(C)(C)OC(C)=O", "CC(=O)O", ("isobutene",), ()),
        ("O=C(O)CC(=O)c1ccccc1", "CC(=O)c1ccccc1", ("CO2",), ()),
        ("CC(C)=O.O=COC(=O)c1ccccc1.CN", "CNC(=O)c1ccccc1", ("O=CO",), ()),  # formic acid keeps its hydrogens
        ("CCN=[N+]=[N-]", "CCN", ("N2",), ("H2",)),
        ("N#[N+]c1ccccc1.O", "Oc1ccccc1", ("H+", "N2"), ()),
        ("COC(=O)c1ccccc1.CCO", "CCOC(=O)c1ccccc1", ("methanol",), ()),
        ("CC(=O)O.O=S(Cl)Cl", "CC(=O)Cl", ("HCl", "SO2"), ()),
        ("Cc1ccc(S(=O)(=O)NCC)cc1", "CCN", ("p-toluenesulfonic acid",), ("H2O",)),
        ("O=Cc1ccccc1.CCOC(=O)CP(=O)(OCC)OCC", "CCOC(=O)C=Cc1ccccc1", ("CCOP(=O)(O)OCC",), ()),
    ],
)
def test_a_textbook_reaction(inputs: str, product: str, left: tuple[str, ...], taken: tuple[str, ...]) -> None:
    found = balance_reaction(inputs, product)
    assert (found.left, found.taken, found.is_explained) == (left, taken, True)


@pytest.mark.parametrize(
    ("inputs", "product", "hydrogen", "oxygen"),
    [
        ("O=[N+]([O-])c1ccccc1", "Nc1ccccc1", 3, 0),
        ("OC1CCCCC1", "O=C1CCCCC1", -1, 0),
        ("C=C", "C1CO1", 0, 1),
        ("CC#N", "CC(N)=O", 0, 0),  # water is neither
        ("CC(=O)O.CCO", "CCOC(C)=O", 0, 0),
    ],
)
def test_hydrogen_and_oxygen_are_counted_beside_water(inputs: str, product: str, hydrogen: int, oxygen: int) -> None:
    found = balance_reaction(inputs, product)
    assert (found.hydrogen, found.oxygen) == (hydrogen, oxygen)


def test_what_nobody_brings_is_said() -> None:
    found = balance_reaction("c1ccccc1", "Brc1ccccc1")
    assert not found.is_explained
    assert str(found) == "takes up Br, leaves H"


def test_a_group_that_leaves_by_its_carbon_is_a_formula() -> None:
    """An ester of butanol may be split by water or by hydrogen: which by-product, nobody can know."""
    found = balance_reaction("CC(=O)OCCCC", "CC(=O)O")
    assert not found.is_explained
    assert found.left == ("C4H8",)
    assert balance_reaction("CC(=O)OCC(C)C", "CC(=O)O").left == ("C4H8",)  # isobutyl is not tert-butyl


def test_what_does_not_parse_is_refused() -> None:
    with pytest.raises(InvalidSmilesError):
        balance_reaction("C(", "C")
