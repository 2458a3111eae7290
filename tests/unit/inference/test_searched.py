"""The search as a source: verified answers settle a question, the impossible is refused, prose is left to the model."""

from __future__ import annotations

import pytest

from anymol.errors import InvalidTaskInputError
from anymol.inference.answers import Answer, Method
from anymol.inference.options import PredictOptions, SourceChoice
from anymol.inference.ranking import rank_answers
from anymol.inference.sources.searched import SearchedDesigns
from anymol.inference.sources.source import Found, Question
from anymol.inference.verified import VERIFIED, VerifiedShare, judge_verified
from anymol.tasks.table import TASKS
from anymol.tasks.task import Check, TaskInput


def search(task: str, asked: TaskInput, top_k: int = 1) -> Found | None:
    return SearchedDesigns().try_answer(Question(TASKS[task], asked, PredictOptions(top_k=top_k)))


EDIT = TaskInput(molecule="Brc1ccccc1", text="replace the bromine by a cyano group")


def test_a_verified_answer_settles_the_question() -> None:
    found = search("molecule_editing", EDIT)
    assert found is not None and found.settled
    answers, _ = rank_answers(Question(TASKS["molecule_editing"], EDIT, PredictOptions(top_k=1)), found.answers)
    (answer,) = answers
    assert (answer.value, answer.method) == ("N#Cc1ccccc1", Method.SEARCHED)
    assert answer.probability == VERIFIED["molecule_editing"].probability and answer.calibrated
    assert answer.to_json()["probability"] == round(VERIFIED["molecule_editing"].probability, 4)


def test_fewer_answers_than_are_wanted_leave_the_question_open() -> None:
    found = search("molecule_editing", EDIT, top_k=5)
    assert found is not None and len(found.answers) == 1 and not found.settled


@pytest.mark.parametrize(
    ("task", "asked", "reason"),
    [
        ("molecule_editing", TaskInput(molecule="CCO", text="remove the nitro group"), "no nitro group"),
        ("text_guided_design", TaskInput(text="formula C2H2, 5 rings"), "degrees of unsaturation"),
    ],
)
def test_the_impossible_is_refused(task: str, asked: TaskInput, reason: str) -> None:
    with pytest.raises(InvalidTaskInputError, match=reason):
        search(task, asked)


@pytest.mark.parametrize(
    ("task", "asked"),
    [
        ("molecule_editing", TaskInput(molecule="CCO", text="make it dance")),
        ("molecule_editing", TaskInput(text="add a chlorine")),
        ("text_guided_design", TaskInput(text="The molecule is a member of the class of benzoic acids.")),
        ("text_guided_design", TaskInput(text="a potent and selective inhibitor of kinases with 2 rings")),
    ],
)
def test_what_is_not_understood_is_left_to_the_model(task: str, asked: TaskInput) -> None:
    assert search(task, asked) is None


def test_a_condition_that_was_not_read_leaves_the_probability_open() -> None:
    asked = TaskInput(text="a rigid molecule with 2 rings")
    question = Question(TASKS["text_guided_design"], asked, PredictOptions(source=SourceChoice.TOOL))
    found = SearchedDesigns().try_answer(question)
    assert found is not None
    answers, _ = rank_answers(question, found.answers)
    assert answers[0].probability is None and answers[0].certainty == "see fit"
    assert any(check.passed is None and "rigid" in check.detail for check in answers[0].checks)


def test_shares_never_claim_certainty() -> None:
    assert VerifiedShare(8, 8).probability == pytest.approx(0.9)
    assert judge_verified("molecule_editing", (Check("parses", True, ""),)) is None
    assert judge_verified("molecule_editing", (Check("edit_done", None, ""),)) is None
    assert judge_verified("captioning", (Check("claims", True, ""),)) is None


def test_the_models_verified_answer_is_as_sure_as_a_searched_one() -> None:
    guess = Answer("N#Cc1ccccc1", "N#Cc1ccccc1", TASKS["molecule_editing"].answer, Method.MODEL, probability=0.2)
    ((answer,), _) = rank_answers(Question(TASKS["molecule_editing"], EDIT), [guess])
    assert answer.probability == VERIFIED["molecule_editing"].probability
