"""What a question says of an edit."""

from __future__ import annotations

import pytest

from anymol.tasks.edit_mentions import find_edit, mention_edit
from anymol.tasks.mentions import Mentions, Wording
from anymol.tasks.question.reading import read_question


def word(question: str, *, given: bool = False) -> Wording:
    return Wording(read_question(question, given=given), None, given)


@pytest.mark.parametrize(
    ("question", "edit", "molecules"),
    [
        (
            "Replace the bromine in Brc1ccccc1 by a cyano group.",
            "Replace the bromine by a cyano group",
            ("Brc1ccccc1",),
        ),
        ("Add a chlorine to benzene", "Add a chlorine", ("benzene",)),
        (
            "Please remove the nitro group from Nc1ccccc1[N+](=O)[O-], thanks",
            "remove the nitro group",
            ("Nc1ccccc1[N+](=O)[O-]",),
        ),
    ],
)
def test_the_edit_and_what_it_changes(question: str, edit: str, molecules: tuple[str, ...]) -> None:
    found = mention_edit(word(question))
    assert (found.text or "").lower() == edit.lower()
    assert found.molecules == molecules


def test_names_in_an_edit_of_what_is_given_belong_to_the_edit() -> None:
    found = mention_edit(word("replace the phenyl ring by pyridine", given=True))
    assert found == Mentions("replace the phenyl ring by pyridine", ())


@pytest.mark.parametrize(
    ("question", "edit"),
    [
        ("take the Cl off", "take the Cl off"),
        ("Give me an analogue with an additional methoxy group", "an additional methoxy group"),
        ("I'd like a nitrile in place of the bromine.", "a nitrile in place of the bromine"),
    ],
)
def test_an_edit_without_a_usual_verb_is_found_whole(question: str, edit: str) -> None:
    assert edit.lower() in (find_edit(question) or "").lower()
