"""Hybridisation, oxidation states and electrons: values of textbooks."""

from __future__ import annotations

import pytest

from anymol import calculate
from anymol.errors import UserError


@pytest.mark.parametrize(
    ("molecule", "text", "expected"),
    [
        ("CC#N", "hybridisation of each carbon", "C1 sp3, C2 sp"),
        ("c1ccncc1", "hybridisation of the nitrogen", "N4 sp2"),
        ("C=C", "hybridisation", "C1 sp2, C2 sp2"),
        ("C", "hybridisation of carbon in methane", "C1 sp3"),
        ("N", "hybridisation", "N1 sp3"),
        ("[H][H]", "hybridisation", None),
    ],
)
def test_hybridisation(molecule: str, text: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(UserError, match="hybridisation"):
            calculate("hybridisation", molecule, text=text)
    else:
        assert calculate("hybridisation", molecule, text=text).value == expected


def test_atoms_of_one_kind_are_counted() -> None:
    assert calculate("hybridisation", "limonene", text="How many carbons are sp3?").value == 6
    assert calculate("hybridisation", "styrene", text="How many sp2 carbons?").value == 8
    assert calculate("hybridisation", "acetylene", text="How many sp carbons?").value == 2


@pytest.mark.parametrize(
    ("molecule", "text", "expected"),
    [
        ("KMnO4", "oxidation state of Mn in", "Mn +7"),
        ("potassium dichromate", "oxidation state of chromium in", "Cr +6"),
        ("sulfuric acid", "oxidation number of sulfur", "S +6"),
        ("CC(=O)O", "oxidation states in", "C -3 and +3, O -2"),
        ("OO", "oxidation states", "O -1"),
        ("CS(C)=O", "oxidation state of sulfur", "S 0"),
        ("C(=O)=O", "", "C +4, O -2"),
    ],
)
def test_oxidation_states(molecule: str, text: str, expected: str) -> None:
    assert calculate("oxidation_states", molecule, text=text).value == expected


def test_an_element_that_is_not_there() -> None:
    with pytest.raises(UserError, match="no iron"):
        calculate("oxidation_states", "CCO", text="oxidation state of iron in")


@pytest.mark.parametrize(
    ("molecule", "total", "valence"), [("O", 10, 8), ("[NH4+]", 10, 8), ("O=C=O", 22, 16), ("[O-][N+](=O)[O-]", 32, 24)]
)
def test_electrons(molecule: str, total: int, valence: int) -> None:
    assert calculate("electrons", molecule).value == total
    assert calculate("electrons", molecule, text="How many valence electrons?").value == valence


def test_an_element_is_asked_of_its_atom() -> None:
    found = calculate("electrons", "oxygen", text="How many electrons does oxygen have?")
    assert found.value == 8 and found.notes[-1] == "an atom of O was counted, not O=O"
