"""What a converter of a public set offers, and how its rows are told from one another."""

from __future__ import annotations

import csv
import io
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from anymol.errors import AnyMolError, DataError
from anymol.readers.unpacking import open_unpacked
from anymol.tasks.task import TaskInput


class PublishedRowError(DataError):
    """A row of a published file that cannot be used; the message names its file and line."""

    kind = "published_row"


class PublishedRow(NamedTuple):
    """One row as it stands in its file.

    Attributes:
        file: Name of the file.
        line: Its line, or its place in a list of JSON; both count from 1.
        split: ``train``, ``val`` or ``test``, as published.
        fields: Its values by name.
    """

    file: str
    line: int
    split: str
    fields: Mapping[str, str]


class Question(NamedTuple):
    """What is asked of a row.

    Attributes:
        task: Name of the task.
        asked: What it is asked about, molecules canonical.
        answer: The answer.
        licence: The licence of this row, where rows differ; None for that of the set.
    """

    task: str
    asked: TaskInput
    answer: str
    licence: str | None = None


@dataclass(frozen=True)
class PublishedSet:
    """A public set and its converter.

    Attributes:
        name: Its name in recipes.
        licence: The licence that its publishers state.
        weights_allowed: Whether weights trained on it may be shipped; not where parts of it have unknown terms.
        has_val: Whether its publishers give a validation split; else one in fifty training rows serves as one.
        files: Patterns of the names of its files, below the folder that it was unpacked into.
        read: Reads the rows of one file; cheap, without chemistry.
        convert: Makes the questions of a row.
        window: Rows that are held and shuffled at a time, where a row is too large for all of them to be held; None
            shuffles the whole split.
    """

    name: str
    licence: str
    weights_allowed: bool
    has_val: bool
    files: tuple[str, ...]
    read: Callable[[Path], Iterator[PublishedRow]]
    convert: Callable[[PublishedRow], Sequence[Question]]
    window: int | None = None

    def read_rows(self, path: Path) -> Iterator[PublishedRow]:
        """Yield the rows of one file, or of all files of the set below a folder.

        Raises:
            DataError: No file of the set is there, or one is not in its format.
        """
        files = [path] if path.is_file() else sorted({one for name in self.files for one in path.rglob(name)})
        if not files:
            raise DataError(f"no file of {self.name} is there", value=path, hint=f"it has {', '.join(self.files)}")
        for file in files:
            try:
                yield from self.read(file)
            except (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error) as error:
                raise DataError(f"{file.name} cannot be read: {error}", value=file) from error

    def ask(self, row: PublishedRow) -> Sequence[Question]:
        """Return the questions of a row.

        Raises:
            PublishedRowError: It cannot be used; where it stands, and why.
        """
        try:
            return self.convert(row)
        except AnyMolError as error:
            raise PublishedRowError(
                f"{row.file}, line {row.line}: {error.message}", value=error.input, hint=error.hint
            ) from error


class _Tabs(csv.excel_tab):
    """Tables with tabs, in which a quote is a quote."""

    quoting = csv.QUOTE_NONE


@contextmanager
def _long_cells() -> Iterator[None]:
    """Allow cells of 64 MiB, as spectra need, while the scope lasts: the limit is one for the whole process."""
    before = csv.field_size_limit(1 << 26)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _next_row(table: csv.DictReader[str]) -> dict[str, str] | None:
    with _long_cells():
        return next(table, None)


def read_table(path: Path, split: str, columns: Sequence[str], *, delimiter: str = ",") -> Iterator[PublishedRow]:
    """Yield the rows of a table with a header, packed by gzip or not; the line is the last one of the row.

    Raises:
        DataError: A column is missing, or a row has more or fewer cells than the header; which.
    """
    with open_unpacked(path) as packed, io.TextIOWrapper(packed, encoding="utf-8-sig", newline="") as stream:
        dialect = _Tabs if delimiter == "\t" else csv.excel
        table = csv.DictReader(stream, dialect=dialect, delimiter=delimiter)
        with _long_cells():
            missing = [name for name in columns if name not in (table.fieldnames or ())]
        if missing:
            raise DataError(
                f"{path.name} has no column {', '.join(missing)}",
                value=", ".join(table.fieldnames or ()),
                hint=f"the published file has {', '.join(columns)}",
            )
        while (fields := _next_row(table)) is not None:
            if None in fields or None in fields.values():
                raise DataError(f"{path.name}, line {table.line_num}: the row has not as many cells as the header")
            yield PublishedRow(path.name, table.line_num, split, fields)
