"""From what the model found to the answers that are given: declined ones left out, failed ones behind."""

from __future__ import annotations

from collections.abc import Sequence

from anymol.errors import AnyMolError, RefusedError, UnreadableAnswerError
from anymol.inference.answers import Answer, Method
from anymol.inference.refusing import is_declined
from anymol.inference.scored import AnsweredRow, ScoredAnswer
from anymol.inference.wish import Wish
from anymol.tasks.correctness import judge_checks
from anymol.tasks.task import AnswerKind, Check, Task, TaskInput, Value

_CANONICAL = (AnswerKind.MOLECULE, AnswerKind.MIXTURE, AnswerKind.REACTION)
"""Kinds whose value is shown instead of what the model wrote."""


def choose_answers(
    task: Task, task_input: TaskInput, found: AnsweredRow, wish: Wish
) -> tuple[tuple[Answer, ...], tuple[str, ...]]:
    """Return the answers to give and what must be said about those left out.

    With verification every candidate is checked, and those that fail a check stand behind those that do not; within
    both, the most probable stands first. The round trip, which asks the model itself, comes later and moves nothing.

    Raises:
        UnreadableAnswerError: When no answer could be read.
        RefusedError: When every answer was declined.
    """
    if not found.answers:
        raise UnreadableAnswerError(
            f"the model gave no {task.answer.value} that can be read in {found.unreadable} attempts",
            value=found.written[0].text if found.written else None,
        )
    kept: Sequence[ScoredAnswer] = found.answers
    notes: tuple[str, ...] = ()
    if task.screened and task.answer is not AnswerKind.TEXT:
        kept = [one for one in found.answers if not is_declined(task, str(one.value))]
        if not kept:
            raise RefusedError("every answer found is a scheduled chemical weapon or a listed precursor")
        if declined := len(found.answers) - len(kept):
            notes = (f"{declined} answer{'s' if declined > 1 else ''} declined: scheduled chemicals or precursors",)
    checked = [(one, verify_answer(task, task_input, one.value) if wish.verify else ()) for one in kept]
    checked.sort(key=lambda pair: judge_checks(pair[1]) is False)
    answers = tuple(
        Answer(
            one.value,
            str(one.value) if task.answer in _CANONICAL else one.text,
            task.answer,
            Method.MODEL,
            task.unit,
            probability=one.probability,
            interval=one.interval,
            calibrated=one.calibrated and wish.augment == 1,
            checks=checks,
            log_prob=one.log_prob,
        )
        for one, checks in checked[: wish.top_k]
    )
    return answers, notes


def join_known(known: tuple[Answer, ...], guessed: tuple[Answer, ...], wish: Wish) -> tuple[Answer, ...]:
    """Return molecules read or known before the model's, but for those that fail a check; none twice."""
    values = {answer.value for answer in known}
    joined = [*known, *(answer for answer in guessed if answer.value not in values)]
    joined.sort(key=lambda answer: judge_checks(answer.checks) is False)
    return tuple(joined[: wish.top_k])


def verify_answer(task: Task, task_input: TaskInput, value: Value) -> tuple[Check, ...]:
    """Check an answer; a check that cannot be made says so instead of taking the answer with it."""
    try:
        return task.verify(task_input, value)
    except AnyMolError as error:
        return (Check("verifiable", None, f"the answer could not be checked: {error.message}"),)


def compare_round_trip(inverse: Task, task_input: TaskInput, back: AnsweredRow) -> Check:
    """Compare what the inverse task makes of an answer with the product that was asked about."""
    if not back.answers:
        return Check("round_trip", None, f"{inverse.name} gave no readable answer")
    product = str(back.answers[0].value)
    if product == task_input.products:
        return Check("round_trip", True, f"{inverse.name} gives the product back")
    return Check("round_trip", False, f"{inverse.name} gives {product} instead")
