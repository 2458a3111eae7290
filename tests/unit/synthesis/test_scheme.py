"""Reaction schemes: which molecules stand on them, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem

from anymol.chem.parsing import canonicalize_smiles
from anymol.errors import InvalidReactionError
from anymol.synthesis.drawing import Drawing, Pen, Sketch
from anymol.synthesis.scheme import FORMULAS, MAX_MOLECULES, draw_scheme

PEN = Pen(Drawing.PLAIN, 30.0, 1.5, 0.0, None, 0, False, False, 0.45)


def draw(reaction: str) -> Sketch:
    return draw_scheme(reaction, PEN, np.random.default_rng(0))


def list_molecules(sketch: Sketch) -> list[str]:
    """Return the structures on a sketch, from left to right."""
    found = []
    for atoms in Chem.GetMolFrags(sketch.mol):
        middle = sketch.canvas.places[list(atoms), 0].mean()
        found.append((middle, canonicalize_smiles(Chem.MolFragmentToSmiles(sketch.mol, atomsToUse=atoms))))
    return [smiles for _, smiles in sorted(found)]


def test_reactants_stand_left_of_products_and_known_reagents_are_words() -> None:
    assert list_molecules(draw("CCBr.CN>CS(C)=O>CCNC")) == ["CCBr", "CN", "CCNC"]


def test_other_reagents_are_structures_between_both() -> None:
    assert list_molecules(draw("CCO>Cc1ccncc1>CC=O")) == ["CCO", "Cc1ccncc1", "CC=O"]


def test_the_arrow_grows_with_what_stands_on_it() -> None:
    bare = draw("CCO>>CC=O").canvas.size[0]
    assert draw("CCO>CS(C)=O.Cc1ccccc1.CCN(CC)CC>CC=O").canvas.size[0] > bare


def test_long_schemes_are_broken() -> None:
    one, many = draw("CCCCCCCC>>CCCCCCCC").canvas, draw(f"{'.'.join(['CCCCCCCC'] * 6)}>>CCCCCCCC").canvas
    assert many.size[1] > 2 * one.size[1]
    assert many.size[0] < 40 * PEN.bond_length


@pytest.mark.parametrize(
    ("reaction", "match"),
    [("CCO", "either side"), (">CCO>", "either side"), (f"{'.'.join(['C'] * MAX_MOLECULES)}>>C", "molecules")],
    ids=["mixture", "reagents only", "too many"],
)
def test_what_nobody_would_draw_is_refused(reaction: str, match: str) -> None:
    with pytest.raises(InvalidReactionError, match=match):
        draw(reaction)


def test_formulas_are_found_by_canonical_smiles() -> None:
    assert [smiles for smiles in FORMULAS if canonicalize_smiles(smiles) != smiles] == []
