"""What a question may ask for, by the words that name it."""

from __future__ import annotations

import pytest

from anymol.calculations.calculation import Takes
from anymol.calculations.table import CALCULATIONS
from anymol.tasks.question.topics import find_topics, list_topic_words, list_topics
from anymol.tasks.question.vocabulary import is_english


def name(words: str) -> list[str]:
    return [found.name for found in find_topics(words)]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("what is the molecular weight of \u00a4?", ["average_mass"]),
        ("exact mass and boiling point of \u00a4", ["monoisotopic_mass", "boiling point"]),
        ("h-bond donors, hydrogen bond acceptors", ["hbond_donors+hbond_acceptors"]),
        ("tpsa/logp/qed", ["tpsa", "logp", "qed"]),
        ("how many aromatic rings", ["aromatic_rings"]),
        ("how many rings", ["ring_count"]),
        ("how many isomers has \u00a4", ["number of isomers"]),
        ("what is the pka of \u00a4", ["pKa"]),
        ("a beautiful day", []),
    ],
)
def test_topics_are_found_by_their_words(words: str, names: list[str]) -> None:
    assert name(words) == names


def test_the_longest_words_count_once() -> None:
    found = find_topics("the inchi key")
    assert [one.name for one in found] == ["inchikey"]
    assert "the inchi key"[found[0].start : found[0].end] == "inchi key"


def test_every_calculation_of_molecules_is_a_topic() -> None:
    named = {part for topic in list_topics() if not topic.foreign for part in topic.name.split("+")}
    of_molecules = {one for one, calculation in CALCULATIONS.items() if calculation.takes is not Takes.TEXT}
    assert of_molecules - named == {"ranking"}  # which is asked by comparing words, not by a name
    assert named <= {*CALCULATIONS, "name"}


def test_foreign_topics_are_not_calculations() -> None:
    foreign = {topic.name for topic in list_topics() if topic.foreign}
    assert len(foreign) > 15
    assert not foreign & set(CALCULATIONS)


def test_all_words_of_topics_are_listed() -> None:
    assert {"tpsa", "melting", "stereocentre"} <= list_topic_words()
    assert is_english("melting")
