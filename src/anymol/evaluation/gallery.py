"""The best and the worst rows of a task, drawn: what its figures look like."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape

from anymol.chem.depiction import render_inline
from anymol.evaluation.page import Block, Drawing, write_table
from anymol.evaluation.results import EvaluatedRow
from anymol.modalities.content import RecordPart
from anymol.tasks.table import get_task
from anymol.tasks.task import STRUCTURES, AnswerKind, Slot

_SHOWN = 3
"""Rows shown of either kind."""
_LONGEST = 300
"""Characters of a text that are shown."""


def rank_rows(task: str, rows: Sequence[EvaluatedRow]) -> tuple[list[EvaluatedRow], list[EvaluatedRow]]:
    """Return the best and the worst rows of a task, the best and the worst first.

    Of numbers those with the smallest and the largest error. Of others the right and the wrong ones that were stated to
    be most probable: a sure mistake is the worst. Rows without an answer are not among them: there is nothing to see.
    """
    answered = [row for row in rows if row.prediction is not None]
    if get_task(task).answer is AnswerKind.NUMBER:
        ordered = sorted(answered, key=lambda row: abs(float(row.prediction or 0.0) - float(row.reference)))
        best = ordered[:_SHOWN]
        return best, [row for row in reversed(ordered[-_SHOWN:]) if row not in best]
    ordered = sorted(answered, key=lambda row: -(row.found.answers[0].probability or 0.0))
    return [row for row in ordered if row.right][:_SHOWN], [row for row in ordered if not row.right][:_SHOWN]


def draw_rows(task: str, rows: Sequence[EvaluatedRow]) -> Iterator[Block]:
    """Yield the best and the worst rows of a task, drawn in HTML and written in Markdown."""
    number = get_task(task).answer is AnswerKind.NUMBER
    titles = ("Smallest errors", "Largest errors") if number else ("Surest right answers", "Surest wrong answers")
    for title, chosen in zip(titles, rank_rows(task, rows), strict=True):
        if not chosen:
            continue
        yield f"#### {title}"
        for row in chosen:
            yield Drawing(_draw_row(row))
        header = ("asked", "right", "answered", "probability")
        yield Drawing("", _list_rows(header, chosen))


def _list_rows(header: tuple[str, ...], rows: Sequence[EvaluatedRow]) -> str:
    lines = []
    for row in rows:
        cells = (_say_asked(row), _shorten(str(row.reference)), _shorten(str(row.prediction)))
        quoted = [f"`{one.replace('`', ' ').replace('|', chr(92) + '|')}`" if one else "" for one in cells]
        lines.append((*quoted, _say_probability(row)))
    return write_table(header, lines)


def _draw_row(row: EvaluatedRow) -> str:
    task = get_task(row.example.task)
    pieces = []
    if asked := _find_structure(row):
        pieces.append(render_inline(asked, ["asked", *_say_texts(row)]))
    else:
        lines = [*_say_texts(row), *_say_records(row)]
        pieces.append(_frame("asked", lines))
    said = _say_probability(row)
    answered = "answered" + (f", probability {said}" if said else "")
    if task.answer in STRUCTURES:
        pieces.append(render_inline(str(row.reference), ["right"]))
        pieces.append(render_inline(str(row.prediction), [answered]))
    else:
        pieces.append(_frame("right", [_shorten(str(row.reference))]))
        pieces.append(_frame(answered, [_shorten(str(row.prediction))]))
    return f'<div class="row">{"".join(pieces)}</div>'


def _frame(title: str, lines: Sequence[str]) -> str:
    text = "<br>".join(escape(line) for line in lines)
    return (
        '<div style="display:inline-block;vertical-align:top;max-width:24rem;margin:0 1em 1em 0">'
        f"<div>{escape(title)}</div><div>{text}</div></div>"
    )


def _find_structure(row: EvaluatedRow) -> str | None:
    """Return what is asked about as a molecule or reaction that can be drawn."""
    asked = row.asked
    if asked.molecule:
        return asked.molecule
    if asked.reactants or asked.products:
        return ">".join((asked.reactants or "", asked.reagents or "", asked.products or ""))
    return None


def _say_asked(row: EvaluatedRow) -> str:
    return " ".join(filter(None, (_find_structure(row), *_say_texts(row), *_say_records(row))))


def _say_texts(row: EvaluatedRow) -> list[str]:
    return [_shorten(one) for one in (row.asked.text, row.asked.formula) if one]


def _say_records(row: EvaluatedRow) -> list[str]:
    shown: Sequence[RecordPart] = row.asked.records.get(Slot.MOLECULE, ())
    return [f"[{part.modality}]" for part in shown]


def _say_probability(row: EvaluatedRow) -> str:
    stated = row.found.answers[0].probability
    return "" if stated is None or not math.isfinite(stated) else f"{stated:.2f}"


def _shorten(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
