"""The rows of a batch file (csv, tsv, smi, jsonl, sdf), one at a time, each with its columns or with what is wrong."""

from __future__ import annotations

import csv
import difflib
import json
import math
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any, Final, TextIO

from anymol.bounds import MAX_COLUMNS
from anymol.errors import AnyMolError, DataError, InvalidFileError, shorten
from anymol.readers.content import open_text
from anymol.readers.smi import split_smi
from anymol.unicode import is_unicode

SMILES: Final = "smiles"
TEXT: Final = "text"

_MAX_LINE: Final = 1 << 20
"""Longest line in characters; the rest of a longer one is passed over, so that no file needs more memory than that."""
_SEPARATOR: Final = re.compile(r'"?sep=[,;\t]"?\s*$', re.IGNORECASE)


class RowError(DataError):
    """A row of a batch file that cannot be read."""

    kind = "invalid_row"


class Format(Enum):
    """Formats of batch files, by the endings of their names."""

    CSV = (".csv", ".tsv", ".tab")
    SMI = (".smi", ".smiles", ".ism")
    JSONL = (".jsonl", ".ndjson")
    SDF = (".sdf", ".sd")


@dataclass(frozen=True)
class Columns:
    """Which columns hold what a task is asked about.

    Attributes:
        main: Column of the input.
        text: Column of the free part; None where the rows have none.
        text_required: Whether a row without it is wrong.
    """

    main: str = SMILES
    text: str | None = None
    text_required: bool = False


@dataclass(frozen=True)
class TableRow:
    """One row.

    Attributes:
        number: Place among the rows, counted from 0.
        columns: All its columns, passed through to the output.
        main: The input; None where there is an error.
        text: The free part.
        error: Why the row cannot be answered.
        notes: What its reader must say of it.
    """

    number: int
    columns: dict[str, Any] = field(default_factory=dict)
    main: str | None = None
    text: str | None = None
    error: AnyMolError | None = None
    notes: tuple[str, ...] = ()


def find_format(path: Path) -> Format:
    """Return the format that a file's name says; ``.gz`` may follow.

    Raises:
        InvalidFileError: The ending is unknown.
    """
    suffixes = [suffix.lower() for suffix in path.suffixes]
    ending = suffixes[-2] if len(suffixes) > 1 and suffixes[-1] == ".gz" else (suffixes or [""])[-1]
    for known in Format:
        if ending in known.value:
            return known
    endings = ", ".join(ending for known in Format for ending in known.value)
    raise InvalidFileError(f"the ending '{ending}' is not a format of rows", value=path, hint=f"known: {endings}")


def read_rows(path: Path, columns: Columns) -> Iterator[TableRow]:
    """Yield the rows of a file, in order and one at a time; a row that cannot be read is yielded with its error.

    Raises:
        InvalidFileError: The file's format is unknown, or it lacks the columns.
    """
    match find_format(path):
        case Format.CSV:
            return _read_csv(path, columns)
        case Format.SMI:
            return _read_smi(path, columns)
        case Format.JSONL:
            return _read_jsonl(path, columns)
        case Format.SDF:
            return _read_sdf(path, columns)


def list_columns(path: Path) -> list[str]:
    """Return the names of a file's columns: of its header, or of its first readable record.

    Raises:
        InvalidFileError: The file's format is unknown.
    """
    if find_format(path) is Format.CSV:
        return _read_header(path)[0]
    return next((list(row.columns) for row in read_rows(path, Columns()) if row.columns), [])


def rename_reserved(columns: Mapping[str, Any], reserved: Collection[str]) -> dict[str, Any]:
    """Return columns in their order; one that is called as one of the output's keeps its content under a longer name.

    >>> rename_reserved({"row": 7, "id": "a"}, ["row"])
    {'input_row': 7, 'id': 'a'}
    """
    taken = {*columns, *reserved}
    passed: dict[str, Any] = {}
    for name, value in columns.items():
        free = name
        while free in reserved or (free != name and free in taken):
            free = f"input_{free}"
        taken.add(free)
        passed[free] = value
    return passed


def count_rows(path: Path) -> int:
    """Estimate the number of rows without reading them: lines, or records of an sdf."""
    kind = find_format(path)
    with open_text(path) as stream:
        if kind is Format.SDF:
            return sum(line.startswith("$$$$") for line in _lines(stream))
        count = sum(not line.isspace() for line in _lines(stream))
        return max(0, count - 1) if kind is Format.CSV else count


def _lines(stream: TextIO) -> Iterator[str]:
    """Yield lines; of one longer than the limit only its beginning. Excel's first line, ``sep=;``, is not one."""
    first = True
    while line := stream.readline(_MAX_LINE):
        rest = line
        while not rest.endswith("\n") and len(rest) == _MAX_LINE:
            rest = stream.readline(_MAX_LINE)
        if not (first and _SEPARATOR.match(line)):
            yield line
        first = False


def _make_row(number: int, values: dict[str, Any], columns: Columns) -> TableRow:
    """Pick the input and the free part from a row's columns."""
    main, text = values.get(columns.main), None if columns.text is None else values.get(columns.text)
    for name, value, required in ((columns.main, main, True), (columns.text, text, columns.text_required)):
        if value is not None and not isinstance(value, str):
            wrong = RowError(
                f"'{name}' of row {number} is not a text", value=json.dumps(value), hint="write it in quotes"
            )
            return TableRow(number, values, error=wrong)
        if value is not None and not is_unicode(value):
            wrong = RowError(f"'{name}' of row {number} is not Unicode", value=value, hint="write it in UTF-8")
            return TableRow(number, values, error=wrong)
        if required and not (value or "").strip():
            return TableRow(number, values, error=RowError(f"row {number} has no '{name}'", hint="fill the cell"))
    return TableRow(number, values, main=str(main).strip(), text=(text or "").strip() or None)


# ---------------------------------------------------------------------------------------------------------- csv and tsv


def _read_csv(path: Path, columns: Columns) -> Iterator[TableRow]:
    header, delimiter = _read_header(path)
    for name in (columns.main, columns.text if columns.text_required else None):
        if name is not None and name not in header:
            raise InvalidFileError(f"{path} has no column '{name}'", value=path, hint=_suggest(name, header))
    return _csv_rows(path, columns, header, delimiter)


def _read_header(path: Path) -> tuple[list[str], str]:
    """Return the names of the columns and what parts them."""
    with open_text(path) as stream:
        first = next((line for line in _lines(stream) if line.strip()), "")
    delimiter = max("\t,;", key=first.count) if first.strip() else ","
    header = _unique(next(csv.reader([first], delimiter=delimiter), []))
    if len(header) > MAX_COLUMNS:
        raise InvalidFileError(
            f"the header has {len(header):,} columns", value=path, hint=f"at most {MAX_COLUMNS:,} are read"
        )
    return header, delimiter


def _csv_rows(path: Path, columns: Columns, header: list[str], delimiter: str) -> Iterator[TableRow]:
    with open_text(path) as stream:
        reader = csv.reader(_lines(stream), delimiter=delimiter)
        number = -1  # the header
        while True:
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield TableRow(
                    number, error=RowError(f"row {number} is not a csv: {error}", hint="check quotes and length")
                )
                number += 1
                continue
            if not fields:
                continue
            if number >= 0:
                yield _csv_row(number, fields, header, columns)
            number += 1


def _csv_row(number: int, fields: list[str], header: list[str], columns: Columns) -> TableRow:
    values = dict(zip(header, fields, strict=False))
    if len(fields) > len(header):
        message = f"row {number} has {len(fields)} fields, the header has {len(header)}"
        return TableRow(number, values, error=RowError(message, hint="put fields that hold the delimiter in quotes"))
    return _make_row(number, values, columns)


def _unique(names: Sequence[str]) -> list[str]:
    """Return the names of a header; a repeated one gets a number."""
    found: dict[str, None] = {}
    copies: Counter[str] = Counter()
    for name in (name.strip() for name in names):
        free = name
        while free in found:
            copies[name] += 1
            free = f"{name}.{copies[name]}"
        found[free] = None
    return list(found)


def _suggest(name: str, header: Sequence[str]) -> str:
    near = difflib.get_close_matches(name.lower(), [known.lower() for known in header], n=1, cutoff=0.6)
    close = [known for known in header if known.lower() in near]
    if close:
        return f"did you mean --column {close[0]}?"
    return (
        f"name it with --column; the columns are {shorten(', '.join(header), 400)}" if header else "the file is empty"
    )


# -------------------------------------------------------------------------------------------------- smi, jsonl and sdf


def _read_smi(path: Path, columns: Columns) -> Iterator[TableRow]:
    """Yield rows of ``SMILES name``; the name is passed through, and a header and comments are not rows."""
    with open_text(path) as stream:
        for number, line in enumerate(split_smi(_lines(stream))):
            values = {columns.main: line.written} | ({"name": line.name} if line.name else {})
            yield _make_row(number, values, columns)


def _read_jsonl(path: Path, columns: Columns) -> Iterator[TableRow]:
    """Yield rows of one JSON object per line; a bare string is the input alone."""
    number = 0
    with open_text(path) as stream:
        for line in _lines(stream):
            if line.isspace():
                continue
            try:
                values = json.loads(line, parse_constant=_refuse_number, parse_float=_read_float)
            except (ValueError, RecursionError) as error:
                yield TableRow(number, error=RowError(f"row {number} is not a JSON: {error}", value=line))
            else:
                if isinstance(values, str):
                    values = {columns.main: values}
                if isinstance(values, dict):
                    yield _make_row(number, values, columns)
                else:
                    wrong = RowError(f"row {number} is not a JSON object", value=line)
                    yield TableRow(number, error=wrong)
            number += 1


def _refuse_number(text: str) -> float:
    raise ValueError(f"{text} is not a number of JSON")


def _read_float(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse_number(text)


def _read_sdf(path: Path, columns: Columns) -> Iterator[TableRow]:
    from anymol.readers import read_molecules

    for number, record in enumerate(read_molecules(path)):
        values: dict[str, Any] = dict(record.properties)
        if record.name:
            values.setdefault("name", record.name)
        if record.smiles is None:
            yield TableRow(number, values, error=RowError(f"row {number}: {record.error}", value=record.name))
        else:
            row = _make_row(number, {**values, columns.main: record.smiles}, columns)
            yield replace(row, notes=record.notes)
