"""Answers as HTML, for notebooks: drawn structures over lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from anymol.chem.change_depiction import render_change_or_text
from anymol.chem.depiction import render_inline
from anymol.chem.names import find_names_of
from anymol.modalities.content import Role
from anymol.tasks.evidence import ReactionEvidence
from anymol.tasks.prompt import find_missing
from anymol.tasks.table import TASKS
from anymol.tasks.task import STRUCTURES, AnswerKind, Check, Slot, TaskInput, Value

_MARKS: Final = {True: "✓", False: "✗", None: "?"}


def render_page(heading: str, asked: str, notes: Sequence[str], answers: Sequence[str], model: str) -> str:
    """Return a prediction as HTML.

    Args:
        heading: Name of the task.
        asked: The question or input.
        notes: Remarks below it.
        answers: The answers, each as :func:`render_answer` gives it.
        model: Name of the model.
    """
    remarks = "".join(f"<br><small>{escape(note)}</small>" for note in notes)
    title = f"<p><b>{escape(heading)}</b> {escape(asked)}{remarks}</p>"
    return f"<div>{title}{''.join(answers)}<p><small>{escape(model)}</small></p></div>"


def render_answer(
    kind: AnswerKind,
    structure: str,
    lines: Sequence[str],
    checks: Sequence[Check],
    precedents: Sequence[ReactionEvidence] = (),
) -> str:
    """Return an answer as HTML.

    Args:
        kind: Kind of the answer.
        structure: What is drawn where that kind is drawn: SMILES, or the reaction that the answer completes.
        lines: The answer in words.
        checks: What was checked.
        precedents: Reactions that it rests on, drawn below.
    """
    written = [*lines, *(f"{_MARKS[check.passed]} {check.name}: {check.detail}" for check in checks)]
    drawn = "".join(map(render_precedent, precedents))
    if kind in STRUCTURES:
        return render_inline(structure, written) + drawn
    return f"<div>{'<br>'.join(map(escape, written))}</div>{drawn}"


def render_precedent(precedent: ReactionEvidence) -> str:
    """Return a precedent as HTML: the reaction, atoms that change highlighted, over its source."""
    reactants, _, products = precedent.reaction.split(">")
    drawn = render_change_or_text(reactants, products, list_helping(precedent))
    return f"<div>{drawn}<div><small>{escape(precedent.summary)}</small></div></div>"


def list_helping(precedent: ReactionEvidence) -> tuple[str, ...]:
    """Return what helped, each by a name where the dictionary has one."""
    pieces = dict.fromkeys(piece for piece in precedent.helping.split(".") if piece)
    return tuple(min(find_names_of(piece), key=len, default=piece) for piece in pieces)


def render_failure(heading: str, asked: str, error: str) -> str:
    """Return why there is no answer as HTML."""
    return f"<div><p><b>{escape(heading)}</b> {escape(asked)}<br>{escape(error)}</p></div>"


def write_reaction(task_name: str, asked: TaskInput, kind: AnswerKind, value: Value) -> str | None:
    """Return the reaction that an answer completes, with its arrow; None where it is not a part of one.

    Args:
        task_name: Task that was asked.
        asked: What it was asked about.
        kind: Kind of the answer.
        value: The answer.
    """
    if kind is AnswerKind.REACTION:
        return str(value)
    task = TASKS.get(task_name)
    if task is None or kind not in STRUCTURES:
        return None
    sides = {slot: asked.get(slot) or "" for slot in (Slot.REACTANTS, Slot.REAGENTS, Slot.PRODUCTS)}
    match task.answer_role:
        case _ if task.asks_missing:
            (slot,) = find_missing(asked)
        case Role.PRODUCT:
            slot = Slot.PRODUCTS
        case Role.REACTANT:
            slot = Slot.REACTANTS
        case Role.REAGENT | Role.SOLVENT | Role.CATALYST:
            slot = Slot.REAGENTS
        case _:
            return None
    sides[slot] = str(value)
    return ">".join(sides.values())
