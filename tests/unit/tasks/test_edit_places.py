"""Words for positions, and the atoms that they mean."""

from __future__ import annotations

import pytest

from anymol.chem.parsing import parse_smiles
from anymol.tasks.edit_places import find_place


@pytest.mark.parametrize(
    ("smiles", "words", "atoms"),
    [
        ("Cc1ccccc1", "at the para position", {4}),
        ("Cc1ccccc1", "ortho to the methyl group", {2, 6}),
        ("Cc1ccc(F)cc1", "meta to the fluorine", {2, 7}),
        ("Cc1ccccc1", "on the aromatic ring", {1, 2, 3, 4, 5, 6}),
        ("Cc1ccccc1", "at the benzylic carbon", {0}),
        ("CCc1ccncc1", "on the pyridine ring", {2, 3, 4, 5, 6, 7}),
        ("CCCO", "on the chain", {0, 1, 2}),
        ("CCCO", "at the end of the chain", {0}),
        ("CC(=O)CC", "alpha to the carbonyl", {0, 3}),
    ],
)
def test_places_are_found(smiles: str, words: str, atoms: set[int]) -> None:
    assert find_place(parse_smiles(smiles), words) == atoms


@pytest.mark.parametrize(
    ("smiles", "words"),
    [
        ("Cc1ccccc1", "at C-7"),
        ("Cc1ccc(F)cc1", "at the para position"),  # para to which of the two?
        ("CCO", "on the aromatic ring"),  # there is none
        ("Cc1ccccc1", "para to the nitro group"),
    ],
)
def test_what_is_not_clear_means_nothing(smiles: str, words: str) -> None:
    assert find_place(parse_smiles(smiles), words) is None
