"""Names made of ordinary words, and names in German."""

from __future__ import annotations

import pytest

from anymol.chem.names import find_name
from anymol.errors import UnknownTaskError
from anymol.tasks.routing import route


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("What is heavy water?", "heavy water"),
        ("What is the formula of laughing gas?", "laughing gas"),
        ("Molar mass of table salt?", "table salt"),
        ("Was ist Koffein?", "Koffein"),
        ("Formel von Schwefelsäure", "Schwefelsäure"),
    ],
)
def test_they_are_found(question: str, name: str) -> None:
    assert route(question).molecules == (name,)


@pytest.mark.parametrize(
    ("german", "english"),
    [("Koffein", "caffeine"), ("Morphin", "morphine"), ("Salzsäure", "hydrochloric acid"), ("Benzol", "benzene")],
)
def test_a_german_name_is_the_same_compound(german: str, english: str) -> None:
    found, wanted = find_name(german), find_name(english)
    assert found is not None and wanted is not None and found.smiles == wanted.smiles


@pytest.mark.parametrize("question", ["What is the molecular formula?", "What is the meaning of life?"])
def test_ordinary_words_are_no_names(question: str) -> None:
    try:
        found = route(question, has_molecule=True).molecules
    except UnknownTaskError:
        found = ()
    assert found == ()
