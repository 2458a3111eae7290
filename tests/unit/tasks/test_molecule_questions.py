"""Questions about molecules, free and with answers to choose from."""

from __future__ import annotations

import pytest

from anymol.errors import UnreadableAnswerError
from anymol.tasks.molecule_questions import MOLECULE_QA, MOLECULE_QA_CHOICE, write_options
from anymol.tasks.parsing import parse_label
from anymol.tasks.task import TaskInput


def test_answers_may_be_figures_but_something_must_be_said() -> None:
    assert [MOLECULE_QA.parse(text) for text in ("1.54", " 3\n", "Yes", "It has both.")] == [
        "1.54",
        "3",
        "Yes",
        "It has both.",
    ]
    with pytest.raises(UnreadableAnswerError):
        MOLECULE_QA.parse("...")


def test_options_are_lettered_and_only_those_offered_pass() -> None:
    text = write_options("Which?", ["one", "two", "three"])
    assert text == "Which? A: one; B: two; C: three"
    (check,) = MOLECULE_QA_CHOICE.verify(TaskInput(molecule="C", text=text), "C")
    assert check.passed
    (check,) = MOLECULE_QA_CHOICE.verify(TaskInput(molecule="C", text=text), "D")
    assert check.passed is False


@pytest.mark.parametrize(
    ("written", "label"),
    [("B", "B"), ("b)", "B"), ("(C)", "C"), ("D. the last", "D"), ("A: one", "A"), ("<end>B", "B")],
)
def test_letters_are_read_however_they_are_written(written: str, label: str) -> None:
    assert parse_label("A", "B", "C", "D")(written) == label


@pytest.mark.parametrize("written", ["", "A benzene ring", "E", "none", "AB", "Benzene"])
def test_words_that_begin_with_a_letter_are_not_that_letter(written: str) -> None:
    with pytest.raises(UnreadableAnswerError):
        parse_label("A", "B", "C", "D")(written)


@pytest.mark.parametrize(("written", "label"), [("yes", "Yes"), ("No.", "No"), ("Yes, it does", "Yes"), ("NO", "No")])
def test_yes_and_no(written: str, label: str) -> None:
    assert parse_label("Yes", "No")(written) == label


@pytest.mark.parametrize("written", ["no idea", "yesterday", "not known", "maybe"])
def test_neither_yes_nor_no(written: str) -> None:
    with pytest.raises(UnreadableAnswerError):
        parse_label("Yes", "No")(written)
