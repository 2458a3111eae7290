"""What a question may ask for, by the words that name it."""

from __future__ import annotations

import pytest

from anymol.calculations.table import CALCULATIONS
from anymol.tasks.question.topics import find_topics, get_topic, list_topic_words, list_topics
from anymol.tasks.question.vocabulary import is_english


def name(words: str) -> list[str]:
    return [found.name for found in find_topics(words)]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("what is the molecular weight of \u00a4?", ["average_mass"]),
        ("exact mass and boiling point of \u00a4", ["monoisotopic_mass"]),
        ("h-bond donors, hydrogen bond acceptors", ["hbond_donors+hbond_acceptors"]),
        ("tpsa/logp/qed", ["tpsa", "logp", "qed"]),
        ("how many aromatic rings", ["aromatic_rings"]),
        ("how many rings", ["ring_count"]),
        ("what fraction of the carbons in \u00a4 is sp3?", ["fsp3"]),
        ("a beautiful day", []),
    ],
)
def test_topics_are_found_by_their_words(words: str, names: list[str]) -> None:
    assert name(words) == names


def test_the_longest_words_count_once() -> None:
    found = find_topics("the inchi key")
    assert [one.name for one in found] == ["inchikey"]
    assert "the inchi key"[found[0].start : found[0].end] == "inchi key"


def test_every_calculation_is_a_topic() -> None:
    named = {part for topic in list_topics() for part in topic.name.split("+")}
    assert named == {*CALCULATIONS, "name"}


def test_what_stands_between_the_words_of_a_topic_is_a_gap() -> None:
    asked = "fraction of benzylic carbons that are sp3"
    (found,) = find_topics(asked)
    assert [asked[start:end] for start, end in found.gaps] == [" of benzylic carbons that are "]


def test_topics_know_what_they_say_again() -> None:
    assert "average_mass" in get_topic("ion_mz").over  # 'how heavy is the ion'
    assert {over for topic in list_topics() for over in topic.over} <= set(CALCULATIONS)


def test_all_words_of_topics_are_listed() -> None:
    assert {"tpsa", "stereocentre"} <= list_topic_words()
    assert is_english("melting")
