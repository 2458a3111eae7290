"""Courtesy, and words that point at what is given beside a question."""

from __future__ import annotations

import pytest

from anymol.tasks.question.referring import find_introductions, find_referents, points_at, strip_courtesy


@pytest.mark.parametrize(
    ("question", "bare"),
    [
        ("Hi, could you please tell me the logP?", "tell me the logP?"),
        ("Please draw it", "draw it"),
        ("What is it?", "What is it?"),
    ],
)
def test_courtesy_is_dropped(question: str, bare: str) -> None:
    assert strip_courtesy(question) == bare


@pytest.mark.parametrize(
    "text",
    [
        "What is its logP?", "the mass of this compound", "Describe it.", "compare these two molecules", "this?",
        "name of the following structure", "how are they made, and does that matter? Draw that.", "dieses Molekül",
    ],
)  # fmt: skip
def test_words_that_point_are_found(text: str) -> None:
    assert points_at(text)


@pytest.mark.parametrize(
    "text",
    [
        "a molecule that has two rings", "the molecule with two rings", "is it possible to draw aspirin", "aspirin",
        "the compound called aspirin", "is it true", "which molecule",
    ],
)  # fmt: skip
def test_words_that_do_not_point_are_left(text: str) -> None:
    assert not points_at(text)


def test_where_they_stand_is_told() -> None:
    text = "the logP of this compound and its mass"
    assert [text[start:end] for start, end in find_referents(text)] == ["this compound", "its"]


def test_an_introduction_of_a_molecule_points_at_nothing_else() -> None:
    text = "mass of the compound \ue001?"
    assert [text[start:end] for start, end in find_introductions(text)] == ["the compound "]
    assert find_referents(text) == []
