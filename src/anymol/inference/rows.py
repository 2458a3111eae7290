"""Rows on their way from what was given to what is answered: understood, put to the sources, ranked, checked."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any, Final

from anymol.errors import AnyMolError
from anymol.inference.answers import Answer, FailedPrediction, Prediction
from anymol.inference.disagreement.judging import ComparedForms, compare_forms
from anymol.inference.drawings import write_drawn
from anymol.inference.explaining import LEAST_ANSWERS, explain
from anymol.inference.following import Followed, find_stating, find_supporting, say_disagreements
from anymol.inference.forms import Forms, list_forms
from anymol.inference.given import show_input
from anymol.inference.inputs import ParsedInput, read_input
from anymol.inference.molecule_reader import MoleculeReader, mark_doubtful
from anymol.inference.options import PredictOptions, SourceChoice
from anymol.inference.ranking import rank_answers
from anymol.inference.residues import require_no_open_residue
from anymol.inference.round_trips import check_round_trips
from anymol.inference.screening import require_harmless
from anymol.inference.sources.model import ModelSource
from anymol.inference.sources.order import consult
from anymol.inference.sources.source import AnswerSource, Question
from anymol.modalities.image import MoleculeImage
from anymol.tasks.task import AnswerKind, Task, TaskInput

_CHUNK: Final = 128
"""Rows of a stream that are answered together: enough to fill length buckets, few enough to show progress."""

_PIXELS: Final = 64_000_000
"""Pixels of pictures that rows answered together may hold; 128 photographs would fill a laptop's memory."""


@dataclass
class PredictionRow:
    """A row on its way to its answers.

    Attributes:
        given: What was given.
        parsed: What it was understood as; None until it is read.
        question: What the sources are asked; None until then, and where the row is wrong.
        answers: The answers.
        notes: What must be said of them.
        error: Why there are none.
        forms: The forms in which the molecule is given, before any of them is read.
        compared: The same, and what is told of each pair; None until then, and where it is given in one form.
        followed: Which of them the first answer followed.
    """

    given: Any
    parsed: ParsedInput | None = None
    question: Question | None = None
    answers: tuple[Answer, ...] = ()
    notes: tuple[str, ...] = ()
    error: AnyMolError | None = None
    forms: Forms | None = None
    compared: ComparedForms | None = None
    followed: Followed | None = None

    @property
    def n_pixels(self) -> int:
        """How many pixels the pictures have that it holds."""
        held = self.given if isinstance(self.given, TaskInput) else self.parsed and self.parsed.task_input
        records = [part.record for parts in held.records.values() for part in parts] if held else []
        return sum(record.width * record.height for record in records if isinstance(record, MoleculeImage))


class RowAnswerer:
    """Takes rows through all stages, a chunk at a time.

    Args:
        model: The model, which checks round trips too.
        sources: Who is asked, in order.
        molecules: Reads molecules.
    """

    def __init__(self, model: ModelSource, sources: Sequence[AnswerSource], molecules: MoleculeReader) -> None:
        self._model = model
        self.sources = tuple(sources)
        self._molecules = molecules

    def answer(
        self, task: Task, stream: Iterable[PredictionRow], options: PredictOptions
    ) -> Iterator[Prediction | FailedPrediction]:
        """Yield one result per row of a stream of any length, in order."""
        rows = iter(stream)
        while first := list(islice(rows, 1)):
            yield from self._answer_chunk(task, chain(first, rows), options)

    def _answer_chunk(
        self, task: Task, stream: Iterable[PredictionRow], options: PredictOptions
    ) -> Iterator[Prediction | FailedPrediction]:
        """Take the next rows of a stream through all stages together and yield their results in order."""
        started = time.perf_counter() - self._model.seconds_loading
        rows: list[PredictionRow] = []
        for row in stream:
            self._parse(task, row, options)
            rows.append(row)
            if len(rows) == _CHUNK or sum(one.n_pixels for one in rows) >= _PIXELS:
                break
        self._consult([row for row in rows if row.question is not None])
        if task.round_trip is not None and options.verify and options.source is not SourceChoice.TOOL:
            self._check_round_trips([row for row in rows if row.answers])
        # Loading the model meanwhile is not a part of answering.
        seconds = (time.perf_counter() - started - self._model.seconds_loading) / len(rows)
        for row in rows:
            found = self._finish(task, row, seconds)
            yield self._explain(task, row, found, options) if options.explain else found

    def _parse(self, task: Task, row: PredictionRow, options: PredictOptions) -> None:
        """Understand a row; an error stays in the row."""
        try:
            guess, files = options.source is SourceChoice.MODEL, options.may_read_files
            resolve = self._molecules.resolve_as(options.molecule_type, options.charge, guess=guess, files=files)
            parsed = row.parsed or read_input(task, row.given, options.text, resolve, options.charge, files=files)
            row.forms = None if task.answer is AnswerKind.REACTION else list_forms(parsed.task_input)
            if options.source is not SourceChoice.MODEL:
                parsed = write_drawn(task, parsed)
                require_no_open_residue(task, parsed.task_input)
            row.parsed, row.notes = parsed, parsed.notes
            require_harmless(task, parsed.task_input)
            row.question = Question(task, parsed.task_input, options, show_input(row.given))
        except AnyMolError as error:
            row.error = error

    def _consult(self, rows: Sequence[PredictionRow]) -> None:
        """Ask the sources and rank what they found; errors stay in the rows."""
        consulted = consult(self.sources, [row.question for row in rows if row.question is not None])
        for row, one in zip(rows, consulted, strict=True):
            row.error = one.error
            row.notes += one.notes
            try:
                row.answers, notes = rank_answers(one.question, one.answers)
                if row.parsed is not None and row.parsed.is_perceived:
                    row.answers = tuple(replace(answer, is_perceived=True) for answer in row.answers)
                row.notes += _compare(row, one.question.task)
                row.answers = mark_doubtful(row.answers, row.notes)
                row.notes += notes
            except AnyMolError as error:
                row.error = error

    def _check_round_trips(self, rows: Sequence[PredictionRow]) -> None:
        asked = [(row.question, row.answers) for row in rows if row.question is not None]
        for row, answers in zip(rows, check_round_trips(self._model, asked), strict=True):
            row.answers = answers

    def _finish(self, task: Task, row: PredictionRow, seconds: float) -> Prediction | FailedPrediction:
        shown = show_input(row.given)
        if row.error is not None:
            return FailedPrediction(task.name, shown, row.error)
        assert row.parsed is not None
        return Prediction(
            task.name,
            shown,
            row.answers,
            self._model.name,
            row.parsed.task_input,
            seconds,
            row.notes,
            agreement=() if row.compared is None else row.compared.judgements,
        )

    def _explain(
        self, task: Task, row: PredictionRow, found: Prediction | FailedPrediction, options: PredictOptions
    ) -> Prediction | FailedPrediction:
        """Return a prediction with what each form contributed, where there are several."""
        if isinstance(found, FailedPrediction) or row.compared is None or row.followed is None or not found.answers:
            return found
        # What is asked again has been read: its molecules are SMILES, its geometries have their bonds.
        again = replace(options, explain=False, mol_type=None, charge=None, top_k=max(options.top_k, LEAST_ANSWERS))

        def ask(questions: Sequence[TaskInput]) -> Sequence[Prediction | FailedPrediction]:
            return list(self.answer(task, map(PredictionRow, questions), again))

        return replace(found, explanation=explain(found, row.compared, row.followed, ask))


def _compare(row: PredictionRow, task: Task) -> tuple[str, ...]:
    """Compare the forms of a row's molecule, and return what must be said of those that disagree."""
    row.compared = None if row.forms is None else compare_forms(row.forms)
    if row.compared is None or not row.answers or row.parsed is None:
        return ()
    if task.recognises:
        row.followed = find_supporting(row.compared, row.answers[0])
    else:
        row.followed = find_stating(row.compared, row.parsed.task_input.get(row.compared.forms.slot))
    return say_disagreements(row.compared.judgements, row.followed)
