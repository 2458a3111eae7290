"""What a question says of its task's slots."""

from __future__ import annotations

import pytest

from anymol.tasks.mentions import (
    Wording,
    mention_molecules,
    mention_name,
    tidy_name,
)
from anymol.tasks.question.reading import read_question


def word(question: str, *, given: bool = False) -> Wording:
    return Wording(read_question(question, given=given), None, given)


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("Which molecule is called 2-chloropyridine?", "2-chloropyridine"),
        ("Convert <IUPAC> 2-chloropyridine </IUPAC> to SMILES", "2-chloropyridine"),
        ("structure of the drug aspirin please", "aspirin"),
        ("What does caffeine look like?", "caffeine"),
        ("frobnik: which molecule?", "frobnik"),
    ],
)
def test_the_name_whose_structure_is_asked(question: str, name: str) -> None:
    assert mention_name(word(question)).text == name


def test_molecules_are_listed_as_they_are_written() -> None:
    assert mention_molecules(word("Describe CCO, aspirin and C6H6")).molecules == ("CCO", "aspirin", "C6H6")


def test_names_lose_articles_quotation_marks_and_closing_signs() -> None:
    assert tidy_name("the compound 'aspirin'?") == "aspirin"
    assert tidy_name("(2S)-butan-2-ol, please!") == "(2S)-butan-2-ol"
