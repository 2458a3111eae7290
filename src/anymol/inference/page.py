"""Predictions as HTML, for notebooks: drawn structures with their certainty, checks and evidence."""

from __future__ import annotations

from html import escape
from typing import Final

from anymol.chem.depiction import render_inline
from anymol.inference.answers import Answer, FailedPrediction, Prediction
from anymol.modalities.content import Role
from anymol.tasks.prompt import find_missing
from anymol.tasks.table import TASKS
from anymol.tasks.task import STRUCTURES, AnswerKind, Slot

_MARKS: Final = {True: "✓", False: "✗", None: "?"}


def render_prediction(prediction: Prediction) -> str:
    """Return a prediction as HTML."""
    asked = prediction.question or prediction.input
    heading = f"<b>{escape(prediction.task)}</b> {escape(str(asked))}"
    notes = "".join(f"<br><small>{escape(note)}</small>" for note in prediction.notes)
    answers = "".join(_render(answer, write_reaction(prediction, answer)) for answer in prediction.answers)
    return f"<div><p>{heading}{notes}</p>{answers}<p><small>{escape(prediction.model)}</small></p></div>"


def render_answer(answer: Answer) -> str:
    """Return an answer as HTML."""
    return _render(answer, None)


def render_failure(failure: FailedPrediction) -> str:
    """Return why there is no answer as HTML."""
    return (
        f"<div><p><b>{escape(failure.task)}</b> {escape(str(failure.input))}<br>{escape(str(failure.error))}</p></div>"
    )


def write_reaction(prediction: Prediction, answer: Answer) -> str | None:
    """Return the reaction that an answer completes, with its arrow; None where it is no part of one.

    Args:
        prediction: What was asked.
        answer: One of its answers.
    """
    if answer.kind is AnswerKind.REACTION:
        return str(answer.value)
    task, asked = TASKS.get(prediction.task), prediction.asked
    if task is None or answer.kind not in STRUCTURES:
        return None
    sides = {slot: asked.get(slot) or "" for slot in (Slot.REACTANTS, Slot.REAGENTS, Slot.PRODUCTS)}
    match task.answer_role:
        case _ if task.asks_missing:
            (slot,) = find_missing(asked)
        case Role.PRODUCT:
            slot = Slot.PRODUCTS
        case Role.REACTANT:
            slot = Slot.REACTANTS
        case Role.REAGENT:
            slot = Slot.REAGENTS
        case _:
            return None
    sides[slot] = str(answer.value)
    return ">".join(sides.values())


def _render(answer: Answer, reaction: str | None) -> str:
    said = answer.shown if answer.result is None else answer.result.statement
    lines = [said, f"{answer.certainty}; {answer.origin}"]
    lines += answer.result.notes if answer.result is not None else ()
    lines += [f"{_MARKS[check.passed]} {check.name}: {check.detail}" for check in answer.checks]
    if answer.kind in STRUCTURES:
        return render_inline(reaction or str(answer.value), lines)
    return f"<div>{'<br>'.join(map(escape, lines))}</div>"
