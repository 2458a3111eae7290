"""Rows as a sheet of questions for people, with nothing on it that tells an answer, and the key that scores it.

A folder holds

* ``sheet.html``: the questions in an order drawn by the seed, tasks mixed, molecules and records drawn; no script, no
  outside request, printable;
* ``answers.csv``: ``id,question,answer`` with the answers left empty, to be filled in;
* ``key``: the same rows as shards, under the numbers of the sheet. It is kept from whoever answers.

Any subject can be measured on the key: the filled form by ``--predictions``, a model or the whole assistant beside it.
"""

from __future__ import annotations

import base64
import csv
import io
import random
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Final

from anymol.chem.depiction import render_inline
from anymol.data.example import InstructionExample
from anymol.data.shards import write_shards
from anymol.errors import AnyMolError, DataError, InvalidTaskInputError, UnreadableAnswerError
from anymol.evaluation.page import Block, Drawing, write_html
from anymol.evaluation.plan import EvaluationPlan
from anymol.evaluation.questions import read_reference, recover_input
from anymol.evaluation.row_sets import RowSet
from anymol.evaluation.subjects.subject import AskedRow
from anymol.evaluation.subjects.writing import write_plain
from anymol.files import write_atomically
from anymol.modalities.content import MoleculePart, RecordPart
from anymol.modalities.graph import MolecularGraph
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.modalities.modality import Modality
from anymol.pictures import plot
from anymol.tasks.table import get_task
from anymol.tasks.task import AnswerKind, Task

SPLIT: Final = "val"
"""The split of the key, which is the one that an evaluation of shards asks."""

_FORMS: Final[Mapping[AnswerKind, str]] = {
    AnswerKind.MOLECULE: "one molecule, as SMILES",
    AnswerKind.MIXTURE: "all molecules, as SMILES joined by dots",
    AnswerKind.REACTION: "one reaction, as SMILES: reactants>reagents>products",
    AnswerKind.NUMBER: "one number",
    AnswerKind.TEXT: "a text",
    AnswerKind.CLASS: "one of: {labels}",
}


@dataclass(frozen=True)
class QuestionSheet:
    """What was written.

    Attributes:
        counts: Task -> its questions.
        left_out: Why rows cannot be asked of people -> how many.
    """

    counts: Mapping[str, int]
    left_out: Mapping[str, int]


def write_question_sheet(sets: Sequence[RowSet], plan: EvaluationPlan, folder: Path) -> QuestionSheet:
    """Write rows as a sheet for people, with its key.

    Args:
        sets: Where the rows come from.
        plan: Which rows: its limit counts for each task of each set, its seed draws them and their order.
        folder: Where to; missing folders are made.

    Returns:
        What was written.

    Raises:
        DataError: A sheet stands there already, which may be filled in, or there is no row that people can be asked.
        MissingDependencyError: A record must be drawn, and matplotlib is not installed.
    """
    if (folder / "answers.csv").exists():
        raise DataError("there is a sheet already, which may be filled in", value=folder, hint="give another folder")
    left_out: Counter[str] = Counter()
    asked = [row for rows in sets for row in _draw_rows(rows, plan, left_out)]
    if not asked:
        why = "; ".join(f"{count:,} rows: {reason}" for reason, count in left_out.items())
        raise DataError("there is no row that people can be asked", hint=why or None)
    random.Random(plan.seed).shuffle(asked)
    digits = len(str(len(asked)))
    numbered = [
        AskedRow(replace(row.example, id=f"q{number:0{digits}}", split=SPLIT), row.about)
        for number, row in enumerate(asked, 1)
    ]
    write_shards([row.example for row in numbered], folder / "key", name=f"{folder.name}, key")
    write_atomically(folder / "sheet.html", write_html("Questions", _write_page(numbered)).encode())
    write_atomically(folder / "answers.csv", _write_form(numbered).encode())
    return QuestionSheet(dict(Counter(row.example.task for row in numbered)), dict(left_out))


def _draw_rows(rows: RowSet, plan: EvaluationPlan, left_out: Counter[str]) -> Iterator[AskedRow]:
    """Yield the rows of a set that people can be asked, and count the others."""
    for name in rows.tasks:
        task = get_task(name)
        for example in rows.draw(name, plan.limit, plan.seed, plan.rows):
            try:
                read_reference(task, example)
                row = AskedRow(example, recover_input(task, example))
                _require_shown(task, example)
                yield row
            except UnreadableAnswerError:
                left_out["their own reference cannot be read"] += 1
            except AnyMolError as error:
                left_out[error.generalise()] += 1


def _require_shown(task: Task, example: InstructionExample) -> None:
    """Raise InvalidTaskInputError where a drawing of what a question shows would be its answer."""
    if task.recognises and any(
        isinstance(part, RecordPart) and part.modality is Modality.GRAPH
        for message in example.messages
        for part in message.parts
    ):
        raise InvalidTaskInputError("a drawing of the graph would be the answer")


def _write_page(rows: Sequence[AskedRow]) -> Iterator[Block]:
    yield (
        "Please answer from your own knowledge, without software that predicts or searches. Write each answer into "
        "answers.csv, in the row of its number, and leave open what you do not know: open answers count as wrong, and "
        "the share of rows that were answered stands beside."
    )
    for row in rows:
        task = get_task(row.example.task)
        form = _FORMS[task.answer].format(labels=", ".join(task.labels))
        yield f"### {row.example.id}"
        yield write_plain(row)
        if drawn := "".join(_draw_parts(row)):
            yield Drawing(f'<div class="row">{drawn}</div>')
        yield f"Answer: {form}."


def _draw_parts(row: AskedRow) -> Iterator[str]:
    """Yield what a question shows, as HTML: molecules that are written, and records."""
    for message in row.example.messages:
        for part in message.parts:
            match part:
                case MoleculePart():
                    yield render_inline(part.smiles, [part.smiles])
                case RecordPart(modality=Modality.GRAPH, smiles=str(smiles)):
                    yield render_inline(smiles, [smiles])
                case RecordPart():
                    yield _draw_record(part)


def _draw_record(part: RecordPart) -> str:
    record = part.record
    if record is None or isinstance(record, MolecularGraph):
        raise ValueError(f"a part of modality {part.modality} has no record to draw")
    if isinstance(record, MassSpectrum | InfraredSpectrum):
        # Titles of measured spectra name the molecule.
        record = replace(record, title="")
    with tempfile.TemporaryDirectory() as folder:
        drawn = plot(record, Path(folder) / "record.png").read_bytes()
    data = base64.b64encode(drawn).decode("ascii")
    return f'<figure><img src="data:image/png;base64,{data}" alt="{escape(str(part.modality))}" width="700"></figure>'


def _write_form(rows: Sequence[AskedRow]) -> str:
    text = io.StringIO()
    form = csv.writer(text, lineterminator="\n")
    form.writerow(("id", "question", "answer"))
    form.writerows((row.example.id, write_plain(row), "") for row in rows)
    return text.getvalue()
