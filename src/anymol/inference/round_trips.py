"""Whether the inverse task, asked about an answer, gives the question back.

The forward model is told the reagents of the nearest precedent. Without one it is asked without any: of 80 routes
recorded in val rows it then gave the product first for 38, which leaves more than half of the right ones: that it gives
another first says nothing unless it is sure of it (2 of the 80, and 30 of 324 other proposals). Reagents that the model
itself suggested for the route did not help (34 of 80).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from anymol.errors import AnyMolError
from anymol.inference.answers import Answer
from anymol.inference.options import PredictOptions
from anymol.inference.scored import AnsweredRow
from anymol.inference.sources.model import ModelSource
from anymol.inference.sources.source import Question
from anymol.tasks.evidence import ReactionEvidence
from anymol.tasks.table import get_task
from anymol.tasks.task import Check, ReagentsState, Task, TaskInput

LISTED: Final = 5
"""Answers of the inverse task among which the question is looked for."""

SURE: Final = 0.5
"""Calibrated probability from which another answer of the inverse task speaks against the route."""


def check_round_trips(
    model: ModelSource, asked: Sequence[tuple[Question, tuple[Answer, ...]]]
) -> list[tuple[Answer, ...]]:
    """Ask the inverse task about each answer, all questions at once, and add the check to the answers.

    Args:
        model: The model.
        asked: Questions of one task that has an inverse, with their answers.
    """
    checked = [list(answers) for _, answers in asked]
    jobs = []
    for row, (question, answers) in enumerate(asked):
        inverse = get_task(str(question.task.round_trip))
        # Only the source matters to the inverse: one spelling tells.
        options = PredictOptions(source=question.options.source, as_graph=question.options.as_graph, top_k=LISTED)
        for place, answer in enumerate(answers):
            precedent = next((one for one in answer.precedents if one.helping), None)
            inverted = Question(inverse, _ask_forward(question, answer, precedent), options)
            try:
                jobs.append((row, place, inverted, model.encode(inverted), precedent))
            except AnyMolError:
                continue  # an answer too long to ask about stays unchecked
    found = model.answer(jobs[0][2], [prompts for *_, prompts, _ in jobs]) if jobs else []
    for (row, place, inverted, _, precedent), back_row in zip(jobs, found, strict=True):
        told = None if precedent is None else f"the reagents of {precedent.id}"
        check = compare_round_trip(inverted.task, asked[row][0].task_input, back_row, told)
        answer = checked[row][place]
        checked[row][place] = replace(answer, checks=(*answer.checks, check))
    return [tuple(answers) for answers in checked]


def _ask_forward(question: Question, answer: Answer, precedent: ReactionEvidence | None) -> TaskInput:
    if precedent is None:
        return TaskInput(reactants=str(answer.value), reagents_state=question.task_input.reagents_state)
    return TaskInput(reactants=str(answer.value), reagents=precedent.helping, reagents_state=ReagentsState.SEPARATED)


def compare_round_trip(inverse: Task, task_input: TaskInput, back: AnsweredRow, told: str | None = None) -> Check:
    """Compare what the inverse task makes of an answer with the product that was asked about.

    Undecided where the product is listed behind another, or is not listed and nothing else is sure.

    Args:
        inverse: The task that was asked about the answer.
        task_input: What was asked first.
        back: What the inverse task gave.
        told: Which reagents it was told; None for none.
    """
    if not back.answers:
        return Check("round_trip", None, f"{inverse.name} gave no readable answer")
    products, first = [str(answer.value) for answer in back.answers[:LISTED]], back.answers[0]
    if products[0] == task_input.products:
        return Check("round_trip", True, f"{inverse.name}, told {told or 'no reagents'}, gives the product back")
    sure = first.calibrated and (first.probability or 0.0) >= SURE
    other = products[0] if first.probability is None else f"{products[0]} (probability {first.probability:.2f})"
    if sure and task_input.products not in products:
        return Check("round_trip", False, f"{inverse.name} gives {other} instead")
    place = "among its answers" if task_input.products in products else "not among its answers"
    said = f"{inverse.name}, told {told or 'no reagents'}, puts {other} first; the product is {place}"
    return Check("round_trip", None, said if told else f"not checkable without reagents: {said}")
