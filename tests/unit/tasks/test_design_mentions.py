"""What a question says of a molecule to be designed."""

from __future__ import annotations

import pytest

from anymol.tasks.design_mentions import asks_design, mention_description
from anymol.tasks.mentions import Wording
from anymol.tasks.question.reading import read_question


def word(question: str) -> Wording:
    return Wording(read_question(question))


@pytest.mark.parametrize(
    ("question", "description"),
    [
        ("Design a molecule: 1 ring, 1 carboxylic acid", "1 ring, 1 carboxylic acid"),
        ("Suggest a molecule with two rings and LogP 2 to 3", "with two rings and LogP 2 to 3"),
        ("Which molecule fits this description: a sweet sugar", "a sweet sugar"),
    ],
)
def test_the_description_of_what_is_wanted(question: str, description: str) -> None:
    assert mention_description(word(question)).text == description


@pytest.mark.parametrize(
    "question",
    [
        "hydrocarbon with 11 carbons",
        "thiol plus amide in a small molecule",
        "I'd like to see a molecule with 2 phosphorus atoms",
        "molecule, 10 heavy atoms, 2 of them nitrogen",
        "Can I have a dicarboxylic acid?",
    ],
)
def test_a_specification_needs_no_words_of_asking(question: str) -> None:
    assert asks_design(word(question))
    assert mention_description(word(question)).text is not None


@pytest.mark.parametrize(
    "question",
    [
        "How many rings does it have?",
        "What is a diol?",
        "Name three ketones.",
        "molecular weight of benzene",
        "a kinase inhibitor with 2 rings",
        "aspirin",
    ],
)
def test_what_asks_or_says_more_is_not_taken_for_one(question: str) -> None:
    assert not asks_design(word(question))
