"""A user's own rows: a table with a column per slot of a task and a column with the right answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from anymol.chem.parsing import canonicalize_smiles
from anymol.data.example import InstructionExample
from anymol.errors import AnyMolError, DataError, UnreadableAnswerError, shorten
from anymol.evaluation.plan import Rows
from anymol.evaluation.published_figures import PublishedFigure
from anymol.files import hash_file
from anymol.modalities.content import TextPart
from anymol.readers.tables import Columns, TableRow, read_rows
from anymol.tasks.prompt import ROLES, render_prompt
from anymol.tasks.task import Slot, Task, TaskInput

ANSWER: Final = "answer"
_ID: Final = "id"
_SPLIT: Final = "own rows"
_SHOWN_ERRORS: Final = 3


class OwnRows:
    """The rows of a user's file that can be asked. There is no training split, so no baseline is measured.

    Args:
        path: CSV, TSV or JSON lines. Columns are called as the task's slots (``molecule``, ``reactants``, ``text``) and
            ``answer``; ``smiles`` will do for ``molecule``. Of others only ``id`` is read.
        task: The task.

    Raises:
        InvalidFileError: The file is missing, of another format, or lacks its columns.
        DataError: No row can be asked, or two have the same id.
    """

    published: Sequence[PublishedFigure] = ()

    def __init__(self, path: str | Path, task: Task) -> None:
        self._path = Path(path)
        self._task = task
        self._sha256 = hash_file(self._path)
        self._examples, self.errors = _read_rows(self._path, task)
        self.name = self._path.name

    @property
    def tasks(self) -> Sequence[str]:
        """Names of the tasks whose rows these are: one."""
        return [self._task.name]

    @property
    def settings(self) -> Mapping[str, Any]:
        """Checksum of the file."""
        return {"data sha256": self._sha256}

    @property
    def notes(self) -> Sequence[str]:
        """How many rows could not be asked, and why the first of them."""
        if not self.errors:
            return ()
        shown = "; ".join(self.errors[:_SHOWN_ERRORS])
        more = len(self.errors) - _SHOWN_ERRORS
        return (f"{len(self.errors):,} rows left out: {shown}{f'; and {more:,} more' if more > 0 else ''}",)

    def draw(self, task: str, limit: int | None, seed: int, rows: Rows) -> Iterator[InstructionExample]:
        """Yield at most `limit` rows, drawn by the seed, in the order of the file."""
        kept = self._examples[rows.slice] if task == self._task.name else []
        if limit is not None and len(kept) > limit:
            places = np.sort(np.random.default_rng(seed).choice(len(kept), limit, replace=False))
            kept = [kept[place] for place in places]
        return iter(kept)

    def draw_training(self, task: str, limit: int, seed: int) -> None:
        """Return None: a user's file has no rows to learn from."""

    def name_part(self, example: InstructionExample) -> None:
        """Return None: a user's file is one part."""


def _read_rows(path: Path, task: Task) -> tuple[list[InstructionExample], tuple[str, ...]]:
    """Return the rows that can be asked, and what is wrong with the others, each with its row counted from 0."""
    examples: dict[str, InstructionExample] = {}
    errors = []
    for row in read_rows(path, Columns(ANSWER)):
        try:
            example = _read_row(path, row, task)
        except AnyMolError as error:
            errors.append(f"row {row.number}: {error}")
            continue
        if example.id in examples:
            raise DataError(f"two rows have the id '{example.id}' (the second is row {row.number})", value=path)
        examples[example.id] = example
    if not examples:
        wanted = ", ".join(f"'{slot.value}'" for slot in task.required)
        raise DataError(
            f"no row of this file can be asked as {task.name}" + (f"; {errors[0]}" if errors else ""),
            value=path,
            hint=f"it needs columns {wanted} and '{ANSWER}'",
        )
    return list(examples.values()), tuple(errors)


def _read_row(path: Path, row: TableRow, task: Task) -> InstructionExample:
    if row.error is not None:
        # A number is an answer too: the reader wants texts.
        answer = row.columns.get(ANSWER)
        if isinstance(answer, bool) or not isinstance(answer, int | float):
            raise row.error
        written = repr(answer)
    else:
        written = row.main or ""
    asked = TaskInput(**dict(_read_slots(row, task)))
    messages = render_prompt(task, asked)
    try:
        task.parse(written)
    except UnreadableAnswerError as error:
        raise DataError(f"the right answer cannot be read: {error.message}", value=written) from error
    name = str(row.columns.get(_ID) or f"row {row.number}")
    return InstructionExample(name, task.name, messages, (TextPart(written),), path.name, "", _SPLIT)


def _read_slots(row: TableRow, task: Task) -> Iterator[tuple[str, Any]]:
    """Yield what fills each slot; molecules canonical, so that a right answer is not known by its writing.

    Raises:
        InvalidSmilesError: A molecule does not parse.
        DataError: A slot is not a text.
    """
    for slot in (*task.required, *task.optional):
        given = row.columns.get(slot.value)
        if given is None and slot is Slot.MOLECULE:
            given = row.columns.get("smiles")
        if given is None or given == "":
            continue
        if not isinstance(given, str):
            raise DataError(f"'{slot.value}' is not a text", value=shorten(given), hint="write it in quotes")
        yield slot.value, canonicalize_smiles(given.strip()) if slot in ROLES else given.strip()
