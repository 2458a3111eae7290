"""Phrases in a text: the longest, in any number, hyphenated or not."""

from __future__ import annotations

import pytest

from anymol.calculations.words import Vocabulary

WORDS = Vocabulary(
    [
        ("donors", "hydrogen bond donor"), ("carbons", "how many carbon"), ("hydrogens", "how many hydrogen"),
        ("mass", "mass"), ("exact", "exact mass"), ("drug", "drug likeness"), ("alkyne", "alkyne"), ("rate", "%"),
        ("many", "quantity"),
    ]
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("how many hydrogen bond donors", "donors"),
        ("How many carbons and the exact mass", "carbons exact"),
        ("masses", "mass"),
        ("Hydrogen-bond donors", "donors"),
        ("drug-likeness", "drug"),
        ("quantities", "many"),
        ("alkynes", "alkyne"),
        ("massive", ""),
        ("biomass", ""),
        ("", ""),
    ],
)
def test_phrases(text: str, names: str) -> None:
    assert [name for phrase in WORDS.find(text) for name in phrase.names] == names.split()


def test_the_place_is_that_of_the_words() -> None:
    (found,) = WORDS.find("the Exact  Mass of")
    assert "the Exact  Mass of"[found.start : found.end] == "Exact  Mass"
