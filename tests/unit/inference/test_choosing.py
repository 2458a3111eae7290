"""Which answers are given, in which order, and what is said of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from anymol.errors import InvalidTaskInputError, RefusedError, UnreadableAnswerError
from anymol.inference.choosing import choose_answers, verify_answer
from anymol.inference.scored import AnsweredRow, ScoredAnswer
from anymol.inference.wish import Wish
from anymol.tasks.table import get_task
from anymol.tasks.task import Check, Task, TaskInput, Value

EDIT = TaskInput(molecule="Brc1ccccc1", text="replace the bromine by a chlorine")
SARIN = "CC(C)OP(C)(=O)F"


def make_row(*values: str) -> AnsweredRow:
    """Return answers, the most probable first."""
    scored = [ScoredAnswer(one, f"<mol>{one}</mol>", -float(rank), 0.5 / (rank + 1)) for rank, one in enumerate(values)]
    return AnsweredRow(tuple(scored), (), 0)


def choose(values: Sequence[str], wish: Wish, task: Task | None = None) -> list[Value]:
    answers, _ = choose_answers(task or get_task("molecule_editing"), EDIT, make_row(*values), wish)
    return [answer.value for answer in answers]


def test_an_answer_that_fails_a_check_stands_behind_one_that_does_not() -> None:
    wrong, right = "Fc1ccccc1", "Clc1ccccc1"
    assert choose([wrong, right], Wish(top_k=2)) == [right, wrong]
    assert choose([wrong, right], Wish(top_k=1)) == [right]
    assert choose([wrong, right], Wish(top_k=2, verify=False)) == [wrong, right]


def test_the_more_probable_stands_first_where_checks_decide_nothing() -> None:
    outcome = {"C": False, "CC": None, "CCC": True, "CCCC": False}

    def verify(asked: TaskInput, value: Value) -> tuple[Check, ...]:
        return (Check("made_up", outcome[str(value)], ""),)

    task = replace(get_task("molecule_editing"), verify=verify)
    assert choose(list(outcome), Wish(top_k=4), task) == ["CC", "CCC", "C", "CCCC"]


def test_a_check_that_cannot_be_made_keeps_the_answer_in_its_place() -> None:
    def verify(asked: TaskInput, value: Value) -> tuple[Check, ...]:
        raise InvalidTaskInputError("this request cannot be checked")

    task = replace(get_task("molecule_editing"), verify=verify)
    assert choose(["CC", "CCC"], Wish(top_k=2), task) == ["CC", "CCC"]
    (check,) = verify_answer(task, EDIT, "CC")
    assert check.passed is None and "cannot be checked" in check.detail


def test_scheduled_chemicals_are_left_out_and_counted() -> None:
    task = get_task("text_guided_design")
    asked = TaskInput(text="a small molecule")
    answers, notes = choose_answers(task, asked, make_row(SARIN, "CCO"), Wish(top_k=2))
    assert [answer.value for answer in answers] == ["CCO"]
    assert notes == ("1 answer declined: scheduled chemicals or precursors",)
    with pytest.raises(RefusedError):
        choose_answers(task, asked, make_row(SARIN), Wish())


def test_no_readable_answer_is_an_error() -> None:
    with pytest.raises(UnreadableAnswerError, match="3 attempts"):
        choose_answers(get_task("molecule_editing"), EDIT, AnsweredRow((), (), 3), Wish())
