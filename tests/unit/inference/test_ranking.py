"""Which answers are given, in which order, and what is said of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from anymol.errors import InvalidTaskInputError, RefusedError
from anymol.inference.answers import Answer, Method
from anymol.inference.options import PredictOptions
from anymol.inference.ranking import rank_answers, verify_answer
from anymol.inference.sources.source import Question
from anymol.tasks.evidence import ModelEvidence, PrecedentEvidence
from anymol.tasks.table import get_task
from anymol.tasks.task import AnswerKind, Check, Task, TaskInput, Value

EDIT = TaskInput(molecule="Brc1ccccc1", text="replace the bromine by a chlorine")
SARIN = "CC(C)OP(C)(=O)F"


def make_answers(*values: str, method: Method = Method.MODEL) -> list[Answer]:
    """Return answers of one source, the most probable first."""
    return [Answer(one, one, AnswerKind.MOLECULE, method, evidence=(ModelEvidence("made up"),)) for one in values]


def choose(values: Sequence[str], options: PredictOptions, task: Task | None = None) -> list[Value]:
    question = Question(task or get_task("molecule_editing"), EDIT, options)
    answers, _ = rank_answers(question, make_answers(*values))
    return [answer.value for answer in answers]


def test_an_answer_that_fails_a_check_stands_behind_one_that_does_not() -> None:
    wrong, right = "Fc1ccccc1", "Clc1ccccc1"
    assert choose([wrong, right], PredictOptions(top_k=2)) == [right, wrong]
    assert choose([wrong, right], PredictOptions(top_k=1)) == [right]
    assert choose([wrong, right], PredictOptions(top_k=2, verify=False)) == [wrong, right]


def test_the_more_probable_stands_first_where_checks_decide_nothing() -> None:
    outcome = {"C": False, "CC": None, "CCC": True, "CCCC": False}

    def verify(asked: TaskInput, value: Value) -> tuple[Check, ...]:
        return (Check("made_up", outcome[str(value)], ""),)

    task = replace(get_task("molecule_editing"), verify=verify)
    assert choose(list(outcome), PredictOptions(top_k=4), task) == ["CC", "CCC", "C", "CCCC"]


def test_a_check_that_cannot_be_made_keeps_the_answer_in_its_place() -> None:
    def verify(asked: TaskInput, value: Value) -> tuple[Check, ...]:
        raise InvalidTaskInputError("this request cannot be checked")

    task = replace(get_task("molecule_editing"), verify=verify)
    assert choose(["CC", "CCC"], PredictOptions(top_k=2), task) == ["CC", "CCC"]
    (check,) = verify_answer(task, EDIT, "CC")
    assert check.passed is None and "cannot be checked" in check.detail


def test_scheduled_chemicals_are_left_out_and_counted() -> None:
    task = get_task("text_guided_design")
    question = Question(task, TaskInput(text="a small molecule"), PredictOptions(top_k=2))
    answers, notes = rank_answers(question, make_answers(SARIN, "CCO"))
    assert [answer.value for answer in answers] == ["CCO"]
    assert notes == ("1 answer declined: scheduled chemicals or precursors",)
    with pytest.raises(RefusedError):
        rank_answers(question, make_answers(SARIN))


def test_an_answer_that_two_sources_give_is_given_once_with_the_evidence_of_both() -> None:
    fits = PrecedentEvidence("anisole", 0.8, "chebi")
    known = Answer("COc1ccccc1", "anisole", AnswerKind.MOLECULE, Method.SEARCHED, evidence=(fits,))
    question = Question(get_task("molecule_recognition"), TaskInput(), PredictOptions(top_k=3))
    answers, _ = rank_answers(question, [known, *make_answers("CCO", "COc1ccccc1")])
    assert [(one.value, one.method) for one in answers] == [("COc1ccccc1", Method.SEARCHED), ("CCO", Method.MODEL)]
    assert answers[0].evidence == (fits, ModelEvidence("made up"))
    assert [one["kind"] for one in answers[0].to_json()["evidence"]] == ["precedent", "model"]


def test_a_computed_number_is_not_compared_with_itself() -> None:
    number = Answer(1.0, "1.00", AnswerKind.NUMBER, Method.COMPUTED)
    ((answer,), _) = rank_answers(Question(get_task("logp"), TaskInput(molecule="CCO")), [number])
    assert answer.checks == ()
