"""Pieces to learn words from hold all kinds of words, and repeat."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem

from anymol.ocsr.label_examples import (
    LabelPieces,
    count_words,
    draw_labelled,
    draw_pieces,
    load_pieces,
    place_fragment,
    save_pieces,
)
from anymol.ocsr.labels import GROUPS, LABELS
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


def test_pieces_are_kept_as_they_are(pieces: LabelPieces, tmp_path: Path) -> None:
    save_pieces(pieces, tmp_path / "kept" / "pieces.npz")
    back = load_pieces(tmp_path / "kept" / "pieces.npz")
    assert np.array_equal(pieces.ink, back.ink) and np.array_equal(pieces.words, back.words)


def test_a_molecule_is_drawn_with_more_labels_than_it_has() -> None:
    drawn = [draw_labelled("CCCCCC", 20.0, seed, np.random.default_rng(seed)) for seed in range(6)]
    bearing = [truth for truth in drawn if truth is not None]
    assert len(bearing) >= 5
    assert len({LABELS[label] for truth in bearing for label in truth.labels}) > 8  # hexane alone has C


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
