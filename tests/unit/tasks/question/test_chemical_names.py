"""Names of chemicals in a running text."""

from __future__ import annotations

import pytest

from anymol.tasks.question.chemical_names import (
    find_names,
    is_edit_verb,
    is_element_word,
    is_group_word,
    is_systematic,
    looks_chemical,
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("what is the mass of aspirin", ["aspirin"]),
        ("aspirin's mass and caffeine’s logP", ["aspirin", "caffeine"]),
        ("convert ethyl 4-aminobenzoate to SMILES", ["ethyl 4-aminobenzoate"]),
        ("(2S)-2-amino-3-phenylpropanoic acid please", ["(2S)-2-amino-3-phenylpropanoic acid"]),
        ("acetyl chloride and methyl iodide", ["acetyl chloride", "methyl iodide"]),
        ("benzyl alcohol with sodium hydroxide", ["benzyl alcohol", "sodium hydroxide"]),
        ("penicillin G or vitamin C?", ["penicillin G", "vitamin C"]),
        ("is menthol R or S", ["menthol"]),
        ("diethyl ether", ["diethyl ether"]),
        ("N-(4-hydroxyphenyl)acetamide (paracetamol)", ["N-(4-hydroxyphenyl)acetamide", "paracetamol"]),
    ],
)
def test_names_are_found_whole(text: str, names: list[str]) -> None:
    assert [one.text for one in find_names(text)] == names
    assert all(text[one.start : one.end] == one.text for one in find_names(text))


@pytest.mark.parametrize(
    "text",
    [
        "what is the molecular weight of this compound",
        "replace the methyl group by a carboxylic acid",
        "does it contain a primary amine or an ester",
        "which functional groups and aromatic rings are there",
        "make it more soluble and less toxic",
        "how many carbon atoms and double bonds",
        "give me the product please",
    ],
)
def test_groups_properties_and_ordinary_words_are_not_names(text: str) -> None:
    assert find_names(text) == []


@pytest.mark.parametrize("word", ["2-chloropyridine", "cyclohexanone", "4-aminobenzoate", "(2S)-2-aminopropanoic"])
def test_systematic_names_are_made_of_syllables(word: str) -> None:
    assert is_systematic(word)


@pytest.mark.parametrize("word", ["decide", "machine", "chlorinate", "elephant", "20", "2-fold"])
def test_other_words_are_not(word: str) -> None:
    assert not is_systematic(word)


def test_single_words_are_judged() -> None:
    assert is_edit_verb("N-methylate") and is_edit_verb("brominated") and not is_edit_verb("acetate")
    assert looks_chemical("zolpidem") and not looks_chemical("elephant")
    assert is_element_word("Iodine") and is_element_word("water") and not is_element_word("ethanol")
    assert is_group_word("Nitro") and not is_group_word("aspirin")
