"""Answers that another program wrote into a file, by the ids of the rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from anymol.errors import DataError
from anymol.evaluation.results import EvaluatedRow
from anymol.evaluation.subjects.reading import read_texts
from anymol.evaluation.subjects.subject import Answered, AskedRow
from anymol.evaluation.subjects.writing import write_plain
from anymol.files import hash_file
from anymol.readers.tables import Columns, Format, TableRow, find_format, read_rows
from anymol.tasks.task import Task

ID: Final = "id"
ANSWER: Final = "answer"
ANSWERS: Final = "answers"

_FORM: Final = 'write {"id": "...", "answer": "..."} or {"id": "...", "answers": ["...", "..."]}, the best first'

Texts = tuple[tuple[str, float | None], ...]
"""The answers to one row, the best first, each with its stated probability."""


class MissingPredictionError(DataError):
    """A row that a file of predictions does not answer."""

    kind = "missing_prediction"


class PredictionsSubject:
    """A file of predictions: what it does not answer is wrong, and counted in the coverage.

    Args:
        path: CSV, TSV or JSON lines with columns ``id`` and ``answer``; JSON lines may have a list ``answers`` instead,
            the best first, of texts or of objects with ``text`` and ``probability``.

    Raises:
        InvalidFileError: The file is missing, of another format, or lacks its columns.
        DataError: A row cannot be read, or two rows have the same id.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._sha256 = hash_file(self._path)
        self._texts = _read_file(self._path)

    @property
    def name(self) -> str:
        """Name of the file."""
        return self._path.name

    @property
    def settings(self) -> Mapping[str, Any]:
        """The file and its checksum."""
        return {
            "subject": "predictions",
            "predictions": str(self._path),
            "predictions sha256": self._sha256,
            "template": "not known",
        }

    def answer(self, task: Task, rows: Sequence[AskedRow], *, seed: int) -> list[Answered]:
        """Look rows up by their ids; `seed` changes nothing."""
        found: list[Answered] = []
        for row in rows:
            texts = self._texts.get(row.example.id)
            if texts is None:
                found.append(MissingPredictionError("the file has no row of this id", value=row.example.id))
            else:
                found.append(read_texts(task, texts))
        return found

    def write_question(self, row: AskedRow) -> str:
        """Return the question in plain text."""
        return write_plain(row)

    def list_notes(self, rows: Sequence[EvaluatedRow]) -> Sequence[str]:
        """Return how many rows have no prediction, and how many predictions no row."""
        notes = [
            "how the predictions were made is not known here: neither template nor decoding, nor what they had seen"
        ]
        asked = {row.example.id for row in rows}
        if missing := len(asked - self._texts.keys()):
            notes.append(f"{missing:,} of {len(asked):,} rows have no prediction and count as wrong")
        if unused := len(self._texts.keys() - asked):
            notes.append(f"{unused:,} predictions have ids that were not asked")
        return notes


def _read_file(path: Path) -> dict[str, Texts]:
    found: dict[str, Texts] = {}
    for row in read_rows(path, Columns(ID)):
        if row.error is not None:
            raise DataError(f"a prediction cannot be read: {row.error.message}", value=path, hint=_FORM)
        name = row.columns[ID].strip()
        if name in found:
            raise DataError(f"two predictions have the id '{name}' (the second is row {row.number})", value=path)
        found[name] = _read_answers(path, row)
    if not found:
        raise DataError("the file holds no prediction", value=path, hint=_FORM)
    return found


def _read_answers(path: Path, row: TableRow) -> Texts:
    given = [name for name in (ANSWERS, ANSWER) if row.columns.get(name) is not None]
    if ANSWERS in given and find_format(path) is Format.JSONL:
        listed = row.columns[ANSWERS]
        if not isinstance(listed, list):
            raise _refuse(path, row, listed)
        return tuple(_read_answer(path, row, one) for one in listed)
    if ANSWER in row.columns:
        answer = row.columns[ANSWER]
        return () if answer in (None, "") else (_read_answer(path, row, answer),)
    raise DataError(f"row {row.number} has neither '{ANSWER}' nor a list '{ANSWERS}'", value=path, hint=_FORM)


def _read_answer(path: Path, row: TableRow, given: Any) -> tuple[str, float | None]:
    match given:
        case str():
            return given, None
        case bool():
            raise _refuse(path, row, given)
        case int() | float():
            return repr(given), None
        case {"text": str(text), **rest}:
            probability = rest.get("probability")
            if probability is None:
                return text, None
            if isinstance(probability, bool) or not isinstance(probability, int | float) or not 0 <= probability <= 1:
                raise _refuse(path, row, probability, "a probability from 0 to 1")
            return text, float(probability)
        case _:
            raise _refuse(path, row, given)


def _refuse(path: Path, row: TableRow, given: Any, wanted: str = "an answer") -> DataError:
    return DataError(f"row {row.number} of {path.name}: {json.dumps(given)} is not {wanted}", value=path, hint=_FORM)
