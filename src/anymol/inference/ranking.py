"""From what the sources found to the answers that are given: each once, declined ones left out, failed ones last."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from anymol.errors import AnyMolError, RefusedError
from anymol.inference.answers import Answer, Method
from anymol.inference.screening import is_declined
from anymol.inference.sources.source import Question
from anymol.tasks.correctness import judge_checks
from anymol.tasks.task import AnswerKind, Check, Task, TaskInput, Value


def rank_answers(question: Question, found: Iterable[Answer]) -> tuple[tuple[Answer, ...], tuple[str, ...]]:
    """Return the answers to give and what must be said about those left out.

    With verification every candidate is checked, and those that fail a check stand behind those that do not; within
    both, earlier sources stand before later ones, and a source's own order is kept. The round trip, which asks the
    model, comes later and moves nothing.

    Args:
        question: The question.
        found: What all sources found, in their order.

    Raises:
        RefusedError: When every answer was declined.
    """
    task = question.task
    pooled = _merge(found)
    kept = [one for one in pooled if not is_declined(task, question.task_input, str(one.value))]
    if pooled and not kept:
        raise RefusedError("every answer found is a scheduled chemical weapon or a listed precursor")
    notes: tuple[str, ...] = ()
    if declined := len(pooled) - len(kept):
        notes = (f"{declined} answer{'s' if declined > 1 else ''} declined: scheduled chemicals or precursors",)
    if question.options.verify:
        kept = [
            replace(one, checks=(*one.checks, *verify_answer(task, question.task_input, one.value)))
            if _can_be_wrong(one)
            else one
            for one in kept
        ]
    kept = [replace(one, doubts=(*one.doubts, *_list_contradictions(one))) for one in kept]
    kept.sort(key=lambda one: judge_checks(one.checks) is False)
    return tuple(kept[: question.options.top_k]), notes


_OF_WHAT_IS_GIVEN: Final = frozenset({"formula_agrees", "precursor_agrees", "atoms_agree"})
"""Checks of an answer against what was given of the molecule: where one fails, one of the two is wrong."""


def _list_contradictions(answer: Answer) -> tuple[str, ...]:
    return tuple(check.detail for check in answer.checks if check.passed is False and check.name in _OF_WHAT_IS_GIVEN)


def verify_answer(task: Task, task_input: TaskInput, value: Value) -> tuple[Check, ...]:
    """Check an answer; a check that cannot be made says so instead of taking the answer with it."""
    try:
        return task.verify(task_input, value)
    except AnyMolError as error:
        return (Check("verifiable", None, f"the answer could not be checked: {error.message}"),)


def _merge(found: Iterable[Answer]) -> list[Answer]:
    """Return each value once: as the first source gave it, with the evidence of all that did."""
    merged: dict[Value, Answer] = {}
    for answer in found:
        first = merged.get(answer.value)
        if first is None:
            merged[answer.value] = answer
        else:
            merged[answer.value] = replace(first, evidence=(*first.evidence, *answer.evidence))
    return list(merged.values())


def _can_be_wrong(answer: Answer) -> bool:
    """Whether there is anything to check: a program's own number is what others are compared with."""
    return not (answer.method is Method.COMPUTED and answer.kind is AnswerKind.NUMBER)
