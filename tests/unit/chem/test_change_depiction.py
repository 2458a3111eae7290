"""Which atoms of a reaction change, and that they are drawn so."""

from __future__ import annotations

import re

import pytest

from anymol.chem.change_depiction import list_changed, render_change, render_change_or_text
from anymol.errors import InvalidSmilesError, UserError


@pytest.mark.parametrize(
    ("reactants", "product", "elements"),
    [
        ("CC(=O)Cl.NCc1ccccc1", "CC(=O)NCc1ccccc1", ["C", "N"]),  # the acyl carbon and the amine
        ("CC(=O)c1ccccc1", "CC(O)c1ccccc1", ["C", "O"]),  # the carbonyl group
        ("Brc1ccccc1.OB(O)c1ccncc1", "c1ccc(-c2ccncc2)cc1", ["C", "C"]),  # both ipso carbons
        ("C=CC=C.C=CC#N", "N#CC1CC=CCC1", ["C"] * 6),  # all atoms of the new ring
    ],
)
def test_the_atoms_that_change(reactants: str, product: str, elements: list[str]) -> None:
    _, after, changed = list_changed(reactants, product)
    assert sorted(atom.GetSymbol() for atom in after.GetAtoms() if atom.GetAtomMapNum() in changed) == sorted(elements)


def test_all_molecules_and_words_stand_in_the_drawing() -> None:
    drawn = render_change("CC(=O)Cl.NCc1ccccc1", "CC(=O)NCc1ccccc1", ("triethylamine", "<dioxane>", "a", "b", "c"))
    assert drawn.count("<svg") == 4  # the frame and three molecules
    assert "triethylamine" in drawn
    assert "&lt;dioxane&gt;" in drawn
    assert "and 2 more" in drawn
    assert re.search(r"#FFC[67]6[01]", drawn.upper())  # what changes is lit


def test_what_cannot_be_drawn() -> None:
    with pytest.raises(InvalidSmilesError):
        render_change("C(", "C")
    with pytest.raises(UserError, match="too large"):
        render_change("C" * 200, "C" * 199)
    assert render_change_or_text("C" * 200, "C" * 199).startswith("<code>")
