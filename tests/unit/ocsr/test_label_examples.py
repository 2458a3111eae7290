"""Pieces to learn words from hold all kinds of words, and repeat."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem

from anymol.ocsr.label_examples import LabelPieces, count_words, draw_pieces, place_fragment
from anymol.ocsr.labels import GROUPS
from anymol.ocsr.lettering import HEIGHT, WIDTH, WORDS

SMILES = ["CC(=O)Oc1ccccc1", "Cc1ccncc1", "CCCCO", "c1ccsc1", "C1CCNC1", "O=C1CCCCC1"] * 4


@pytest.fixture(scope="module")
def pieces() -> LabelPieces:
    return draw_pieces(SMILES, 5)


def test_pieces_repeat_whoever_draws_them(pieces: LabelPieces) -> None:
    again = draw_pieces(SMILES, 5, workers=2)
    assert np.array_equal(pieces.ink, again.ink) and np.array_equal(pieces.words, again.words)


def test_pieces_show_writing_of_many_kinds(pieces: LabelPieces) -> None:
    assert pieces.ink.shape == (len(pieces.words), HEIGHT, WIDTH)
    counts = count_words(pieces)
    assert counts.sum() == len(pieces.words) and (counts > 0).sum() > 20
    assert {"C", "O", "N"} <= {str(WORDS[index]) for index in np.flatnonzero(counts)}


@pytest.mark.parametrize("fragment", ["*B(O)O", "*C(=O)OCC", "*[O]", "*[N+](C)(C)C", *list(GROUPS.values())[::9]])
def test_a_fragment_takes_the_place_of_one_hydrogen(fragment: str) -> None:
    made = Chem.MolFromSmiles(place_fragment("c1ccccc1", fragment, np.random.default_rng(0)))
    group = Chem.MolFromSmiles(fragment)
    assert made is not None
    assert made.GetNumAtoms() == 6 + group.GetNumAtoms() - 1
    assert Chem.GetFormalCharge(made) == Chem.GetFormalCharge(group)
    radicals = sum(atom.GetNumRadicalElectrons() for atom in made.GetAtoms())
    assert radicals == (fragment == "*[O]")


def test_a_molecule_without_hydrogen_stays() -> None:
    assert place_fragment("FC(F)(F)F", "*C", np.random.default_rng(0)) == "FC(F)(F)F"
