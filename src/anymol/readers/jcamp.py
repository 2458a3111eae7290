"""JCAMP-DX 4.24 and 5: labelled records and ``(X++(Y..Y))`` or ``(XY..XY)`` tables, plain or compressed.

The compressed forms (ASDF) follow McDonald and Wilks, Appl. Spectrosc. 42 (1988) 151: SQZ writes a value with its first
digit and sign as one letter, DIF the difference to the value before, DUP how often an item stands in all. A line of
differences ends at a value that the next line repeats as a check.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TextIO

import numpy as np

from anymol.errors import InvalidFileError
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.readers.infrared import MAX_POINTS, build_infrared, recognise_axis, recognise_ordinate
from anymol.readers.lines import read_lines
from anymol.readers.rows import RecordRow

_SQZ = {letter: str(value) for value, letter in enumerate("@ABCDEFGHI")} | {
    letter: f"-{value}" for value, letter in enumerate("abcdefghi", 1)
}
_DIF = {letter: str(value) for value, letter in enumerate("%JKLMNOPQR")} | {
    letter: f"-{value}" for value, letter in enumerate("jklmnopqr", 1)
}
_DUP = {letter: str(value) for value, letter in enumerate("STUVWXYZs", 1)}
_ITEM = re.compile(r"[@A-Ia-i%J-Rj-rS-Zs]\d*\.?\d*|[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]\d{1,3})?|\?")
_LABEL = re.compile(r"##([^=]{0,60})=(.*)")
_CHECK_TOLERANCE = 0.5
_MAX_LINES = 2_000_000


def read_jcamp(stream: TextIO) -> Iterator[RecordRow[InfraredSpectrum]]:
    """Yield one row per block that holds a table; a link block alone gives none."""
    index, in_table = 0, False
    labels: dict[str, str] = {}
    lines: list[str] = []
    for line in read_lines(stream):
        found = _LABEL.match(line)
        if not found:
            if in_table and line and len(lines) < _MAX_LINES:
                lines.append(line.partition("$$")[0])
            continue
        name, value = re.sub(r"[\s\-_/]", "", found[1]).upper(), found[2].partition("$$")[0].strip()[:1000]
        in_table = name in ("XYDATA", "XYPOINTS", "PEAKTABLE")
        if name == "TITLE" and "TITLE" in labels and not _has_table(labels):
            labels = {}
        if name == "END" or (name == "TITLE" and _has_table(labels)):
            if _has_table(labels):
                yield _read_block(index, labels, lines)
                index += 1
            labels, lines = {}, []
        if name != "END":
            labels.setdefault(name, value)
    if _has_table(labels):
        yield _read_block(index, labels, lines)


def _has_table(labels: dict[str, str]) -> bool:
    return any(name in labels for name in ("XYDATA", "XYPOINTS", "PEAKTABLE"))


def _read_block(index: int, labels: dict[str, str], lines: list[str]) -> RecordRow[InfraredSpectrum]:
    title = labels.get("TITLE", "")
    try:
        kind = labels.get("DATATYPE", "").upper()
        if kind and "INFRARED" not in kind and "RAMAN" not in kind and "IR" not in kind.split():
            raise InvalidFileError(f"the block is '{kind[:40]}', no infrared spectrum")
        if "XYDATA" in labels and "++" in labels["XYDATA"]:
            x, y = _read_even(labels, lines)
        else:
            x, y = _read_pairs(labels, lines)
        axis, ordinate = recognise_axis(labels.get("XUNITS", "")), recognise_ordinate(labels.get("YUNITS", ""))
        return RecordRow(index, title or None, build_infrared(x, y, axis, ordinate, title), properties=labels)
    except InvalidFileError as error:
        return RecordRow(index, title or None, None, str(error), labels)


def _get_number(labels: dict[str, str], name: str, default: float | None = None) -> float:
    text = labels.get(name, "")
    try:
        value = float(text.split()[0]) if text.split() else default
    except ValueError:
        value = None
    if value is None or not np.isfinite(value):
        raise InvalidFileError(f"the record ##{name}= is missing or no number")
    return value


def _read_even(labels: dict[str, str], lines: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return axis and values of an ``(X++(Y..Y))`` table; the axis comes from FIRSTX, LASTX and NPOINTS."""
    first, last = _get_number(labels, "FIRSTX"), _get_number(labels, "LASTX")
    count = _get_number(labels, "NPOINTS")
    values: list[float] = []
    ended_in_difference = False
    for line in lines:
        row, differs = decode_line(line)
        if not row:
            continue
        if ended_in_difference and values:
            if abs(row[0] - values[-1]) > _CHECK_TOLERANCE:
                raise InvalidFileError(f"a check value is {row[0]:g} where {values[-1]:g} was reached", value=line)
            row = row[1:]
        values += row
        ended_in_difference = differs
        if len(values) > MAX_POINTS:
            raise InvalidFileError(f"the table has more than {MAX_POINTS:,} points")
    if len(values) != count:
        raise InvalidFileError(f"##NPOINTS= announces {count:g} points and the table has {len(values):,}")
    return np.linspace(first, last, len(values)), np.array(values, np.float64) * _get_number(labels, "YFACTOR", 1.0)


def decode_line(line: str) -> tuple[list[float], bool]:
    """Return the values of one table line, its abscissa left out, and whether the line ends in a difference.

    Raises:
        InvalidFileError: The line holds signs of no form, or a repetition of nothing.

    >>> decode_line("1000 A0JT")
    ([10.0, 11.0, 12.0], True)
    """
    items = _ITEM.findall(line)
    if re.sub(r"[\s,;]", "", _ITEM.sub("", line)):
        raise InvalidFileError("the table holds signs of no JCAMP-DX form", value=line[:80])
    values: list[float] = []
    step: float | None = None
    for item in items[1:]:
        head, rest = item[0], item[1:]
        if head in _DUP:
            times = int(_DUP[head] + rest) - 1 if "." not in rest and len(rest) < 8 else MAX_POINTS + 1
            if not values or len(values) + times > MAX_POINTS:
                raise InvalidFileError("the table repeats nothing, or too often", value=line[:80])
            values += [values[-1] + (step or 0.0) * (n + 1) for n in range(times)]
        elif head in _DIF:
            if not values:
                raise InvalidFileError("the table has a difference to nothing", value=line[:80])
            step = float(_DIF[head] + rest)
            values.append(values[-1] + step)
        else:
            step = None
            values.append(np.nan if item == "?" else float(_SQZ[head] + rest if head in _SQZ else item))
    return values, step is not None


def _read_pairs(labels: dict[str, str], lines: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return axis and values of an ``(XY..XY)`` table."""
    try:
        numbers = [float(word) for line in lines for word in re.split(r"[\s,;]+", line) if word]
    except ValueError as error:
        raise InvalidFileError(f"the table holds something other than numbers: {error}") from None
    if len(numbers) % 2:
        raise InvalidFileError("the table of pairs has an odd number of values")
    x, y = np.array(numbers[::2], np.float64), np.array(numbers[1::2], np.float64)
    return x * _get_number(labels, "XFACTOR", 1.0), y * _get_number(labels, "YFACTOR", 1.0)
