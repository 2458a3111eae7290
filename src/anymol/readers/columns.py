"""Text files of number columns: what parts the columns, how numbers are written, and the lines above them.

Nothing of the lines above is searched for words here. They are handed on as fields (``key: value``), headings of
columns and other lines, for the readers to compare as wholes.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anymol.errors import InvalidFileError
from anymol.readers.numbers import COMMA, NumberStyle, find_style, is_numeric

MAX_ROWS = 1_000_000
"""Most rows of a table."""

_MAX_HEADS = 300
"""Most lines above the numbers that are kept."""

_SAMPLE = 2_000
"""So many lines, evenly spread, tell what parts the columns."""

_SHORT_RUN = 3
"""So many lines that look like rows may stand among the lines above the table."""

_COMMENT = re.compile(r"(?:#+|//|!|%%|;)\s*")
_FIELD = re.compile(r"\s*([^:=\t;,]{1,60}?)\s*[:=\t;,]\s*(.*\S)\s*")
_SEPARATORS: tuple[tuple[str, Callable[[str], list[str]]], ...] = (
    (";", lambda line: _split_quoted(line, ";")),
    ("tab", lambda line: _split_quoted(line, "\t")),
    (",", lambda line: _split_quoted(line, ",")),
    ("|", lambda line: _split_quoted(line.strip("|"), "|")),
    ("white space", lambda line: [word.strip('"') for word in line.split()]),
)


@dataclass(frozen=True)
class Heading:
    """A line above the numbers.

    Attributes:
        text: The line, without the sign of a comment.
        cells: The same, split as the rows are; empty where it has another number of cells.
    """

    text: str
    cells: tuple[str, ...]

    @property
    def field(self) -> tuple[str, str] | None:
        """Key and value of a line such as ``key: value``, ``key=value`` or ``"key","value"``; None of another line."""
        found = _FIELD.fullmatch(self.text.replace('"', ""))
        return (found[1], found[2]) if found else None


@dataclass(frozen=True)
class Columns:
    """A table of numbers, as it is written.

    Attributes:
        headings: The lines above the numbers, from top to bottom.
        rows: The cells of each row, as many in each.
        separator: What parts the columns.
    """

    headings: tuple[Heading, ...]
    rows: tuple[tuple[str, ...], ...]
    separator: str

    @property
    def width(self) -> int:
        """Columns of the first row, which every row has."""
        return len(self.rows[0])

    def find_style(self, limits: Sequence[float | None] = ()) -> NumberStyle:
        """Return how the numbers are written.

        Args:
            limits: Largest possible number of each column, as far as it is known.

        Raises:
            InvalidFileError: It cannot be told.
        """
        columns = [[cell for cell in column if is_numeric(cell)] for column in zip(*self.rows, strict=True)]
        # Where semicolons part the columns, commas part fractions: spreadsheets choose both by one setting.
        has_points = any("." in cell for column in columns for cell in column)
        return COMMA if self.separator == ";" and not has_points else find_style(columns, limits)

    def read_numbers(self, style: NumberStyle) -> NDArray[np.float64]:
        """Return the numbers, shape (R, C); NaN where a cell holds none.

        Raises:
            InvalidFileError: A cell of the first column is not a number in this style.
        """
        values = np.array([[_read(style.read(cell)) for cell in row] for row in self.rows], np.float64)
        if np.isnan(values[:, 0]).any():
            cell = self.rows[int(np.isnan(values[:, 0]).argmax())][0]
            raise InvalidFileError(f"'{cell[:40]}' is not a number in the way of the others", hint="check its signs")
        return values


def split_columns(lines: Iterable[str]) -> Columns:
    """Part the lines of a file into headings and a table of two columns or more.

    Columns are parted by semicolon, tab, comma, bar or white space: by what parts most lines into numbers. A line of a
    comment and an empty line may stand anywhere; after the numbers, text may follow.

    Raises:
        InvalidFileError: There is no table, something else stands inside of it, or a comma may part columns and
            fractions.
    """
    kept = _keep(lines)
    sample = kept[:: len(kept) // _SAMPLE + 1]
    separator, split = max(_SEPARATORS, key=lambda one: sum(_is_row(one[1](line)) for line in sample))
    rows = [split(line) for line in kept]
    first, last = _find_table(kept, rows)
    cells = [row for line, row in zip(kept[first:last], rows[first:last], strict=True) if not _is_comment(line)]
    width = max(map(len, cells))
    headings = tuple(_head(line, split, width) for line in kept[:first])[-_MAX_HEADS:]
    if separator == ",":
        _refuse_split_fractions(cells, headings)
    return Columns(headings, tuple((*row, *[""] * (width - len(row))) for row in cells), separator)


def _keep(lines: Iterable[str]) -> list[str]:
    """Return the lines that are not empty, without blanks at their ends, of which tabs are not."""
    kept: list[str] = []
    for line in lines:
        if line := line.strip():
            kept.append(line)
            if len(kept) > MAX_ROWS + 2 * _MAX_HEADS:
                raise InvalidFileError(f"the table has more than {MAX_ROWS:,} rows")
    return kept


def _split_quoted(line: str, separator: str) -> list[str]:
    cells = next(csv.reader([line], delimiter=separator, skipinitialspace=True), []) if '"' in line else None
    cells = [cell.strip() for cell in (line.split(separator) if cells is None else cells)]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _is_row(cells: Sequence[str]) -> bool:
    return len(cells) >= 2 and is_numeric(cells[0]) and is_numeric(cells[1]) and cells[0].lower() != "nan"


def _is_comment(line: str) -> bool:
    return line.startswith("#")


def _find_table(lines: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[int, int]:
    """Return where the numbers begin and end.

    Raises:
        InvalidFileError: There are none, or something else stands among them.
    """
    runs: list[list[int]] = []
    for place, (line, row) in enumerate(zip(lines, rows, strict=True)):
        if _is_row(row):
            if runs and all(_is_comment(one) for one in lines[runs[-1][1] : place]):
                runs[-1][1] = place + 1
            else:
                runs.append([place, place + 1])
        elif runs and _is_comment(line):
            continue
    while len(runs) > 1 and runs[0][1] - runs[0][0] < _SHORT_RUN < runs[1][1] - runs[1][0]:
        runs.pop(0)
    if not runs:
        raise InvalidFileError("the table has no line of two numbers", hint="give two columns of numbers")
    first, last = runs[0]
    above = rows[first - 1] if first else []
    if len(above) == len(rows[first]) and is_numeric(above[0]) and not _is_row(above):
        raise InvalidFileError("a line of the table is not a pair of numbers", value=lines[first - 1][:80])
    if len(runs) > 1 or (last < len(lines) and is_numeric((rows[last] or [""])[0])):
        raise InvalidFileError("a line below the first numbers is not a pair of numbers", value=lines[last][:80])
    return first, last


def _head(line: str, split: Callable[[str], list[str]], width: int) -> Heading:
    text = _COMMENT.sub("", line, count=1) if _COMMENT.match(line) else line
    ways = (split, lambda one: re.split(r"\t+|\s{2,}", one), _split_words)
    for way in ways:
        cells = way(text)
        if len(cells) == width:
            return Heading(text, tuple(cell.strip().strip('"').strip() for cell in cells))
    return Heading(text, ())


def _split_words(text: str) -> list[str]:
    """Split at blanks, but for those within brackets and before them: ``Wavenumber (cm-1) Transmittance (%)``."""
    return [word for word in re.split(r"\s+(?![(\[])(?![^(\[]*[)\]])", text) if word]


def _refuse_split_fractions(cells: Sequence[Sequence[str]], headings: Sequence[Heading]) -> None:
    """Refuse ``4000,12,0,95``: two numbers with fractions, or four without.

    Raises:
        InvalidFileError: Commas part the columns, no number has a point, and no heading names as many columns.
    """
    width = max(map(len, cells))
    if width == 2 or any("." in cell or "," in cell for row in cells for cell in row):
        return
    if min(map(len, cells)) < width or not any(heading.cells for heading in headings[-2:]):
        raise InvalidFileError(
            "a comma parts the columns here, or the fractions, or both: the file does not tell which",
            value=",".join(cells[0])[:80],
            hint="part the columns by semicolons or tabs, or name each of them in a heading",
        )


def _read(value: float | None) -> float:
    return np.nan if value is None else value
