"""A user's own rows: a table with a column per slot of a task and a column with the right answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from anymol.chem.parsing import canonicalize_smiles
from anymol.data.example import InstructionExample
from anymol.errors import AnyMolError, DataError, InvalidFileError, UnreadableAnswerError, shorten
from anymol.files import hash_file
from anymol.modalities.content import TextPart
from anymol.readers.tables import Columns, Format, TableRow, find_format, read_rows
from anymol.tasks.prompt import ROLES, render_prompt
from anymol.tasks.task import Slot, Task, TaskInput

ANSWER: Final = "answer"
_ID: Final = "id"
_SPLIT: Final = "own rows"


@dataclass(frozen=True)
class OwnRows:
    """The rows of a user's file that can be asked, and what is wrong with the others.

    Attributes:
        path: The file.
        sha256: Its checksum.
        examples: The rows, in the order of the file; ids are those of a column ``id``, else ``row 0``, ``row 1``, ...
        errors: What is wrong with the others, each with its row counted from 0.
    """

    path: Path
    sha256: str
    examples: tuple[InstructionExample, ...]
    errors: tuple[str, ...]


def is_own_rows(suite: str) -> bool:
    """Whether a suite is the path of a table."""
    path = Path(suite)
    if not path.is_file():
        return False
    try:
        return find_format(path) in (Format.CSV, Format.JSONL)
    except InvalidFileError:
        return False


def read_own_rows(path: Path, task: Task) -> OwnRows:
    """Read a table of questions of one task with their right answers.

    Args:
        path: CSV, TSV or JSON lines. Columns are called as the task's slots (``molecule``, ``reactants``, ``text``, ...)
            and ``answer``; ``smiles`` will do for the only molecule of a task. Others are passed over.
        task: The task.

    Raises:
        InvalidFileError: The file is missing, of another format, or lacks its columns.
        DataError: No row can be asked, or two have the same id.
    """
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
    return OwnRows(path, hash_file(path), tuple(examples.values()), tuple(errors))


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
