"""Tables of JCAMP-DX: ``(X++(Y..Y))``, plain (AFFN) or compressed (ASDF), and ``(XY..XY)``, with their checks.

The compressed forms follow McDonald and Wilks, Appl. Spectrosc. 42 (1988) 151: PAC parts values by their signs, SQZ
writes a value with its first digit and sign as one letter, DIF the difference to the value before, DUP how often an
item stands in all. A line of differences ends at a value that the next line repeats as a check. Each line begins with
the abscissa of its first value, which is a check too: an axis from ``FIRSTX`` to ``LASTX`` that the lines contradict is
refused.

Two things stand in files that the standard does not know: exponents without a sign (``1.5E2``, by the standard the
values 1.5 and 52) and decimal commas (by the standard a comma parts values). A table that may hold them is read in each
way, and the one way that agrees with ``NPOINTS`` and the abscissae is taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anymol.errors import InvalidFileError
from anymol.readers.infrared import MAX_POINTS
from anymol.readers.numbers import read_lone_number

_SQZ = {letter: str(value) for value, letter in enumerate("@ABCDEFGHI")} | {
    letter: f"-{value}" for value, letter in enumerate("abcdefghi", 1)
}
_DIF = {letter: str(value) for value, letter in enumerate("%JKLMNOPQR")} | {
    letter: f"-{value}" for value, letter in enumerate("jklmnopqr", 1)
}
_DUP = {letter: str(value) for value, letter in enumerate("STUVWXYZs", 1)}
_ASDF = r"[@A-Ia-i%J-Rj-rS-Zs]\d*\.?\d*"
_ITEM = re.compile(rf"{_ASDF}|[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]\d{{1,4}})?|\?")
_ITEM_LOOSE = re.compile(rf"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{{1,4}})?|{_ASDF}|\?")
_LOOSE_EXPONENT = re.compile(r"[\d.][eE]\d")
_COMPRESSED = re.compile(r"[@A-DF-Ia-df-i%J-Rj-rS-Zs]")
"""Signs of a compressed table, in which E is a digit."""
_DECIMAL_COMMA = re.compile(r"\d,\d")

_CHECK_TOLERANCE = 0.5
"""How far the check value of a line of differences may be from the value reached."""

_STEPS_OFF, _SHARE_OFF = 1.5, 1e-3
"""How far the abscissa of a line may be from where the axis is: steps of the axis, or a share of its length.

Abscissae are rounded, and some programs count them up by a rounded step."""

_STEP_TOLERANCE = 0.05
"""By what share ``DELTAX`` may differ from the step of the axis; it is rounded too."""

Curve = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Axis and values, shape (P,) each."""


@dataclass(frozen=True)
class TableLine:
    """A line of an ``(X++(Y..Y))`` table.

    Attributes:
        x: The abscissa as it is written; NaN where the line has none.
        values: The values.
        differs: Whether the last of them was written as a difference.
    """

    x: float
    values: list[float]
    differs: bool


def read_even_table(labels: Mapping[str, str], lines: Sequence[str]) -> Curve:
    """Return axis and values of an ``(X++(Y..Y))`` table; the axis runs evenly from ``FIRSTX`` to ``LASTX``.

    Args:
        labels: Values of the block's labels; their names in capitals, without blanks, hyphens and underscores.
        lines: Its lines, without comments.

    Raises:
        InvalidFileError: A check fails: the number of points, a check value, an abscissa, the step or the first value.
    """
    ways: list[Callable[[str], TableLine]] = [decode_line]
    if any(_LOOSE_EXPONENT.search(line) for line in lines) and not any(_COMPRESSED.search(line) for line in lines):
        ways.append(lambda line: decode_line(line, _ITEM_LOOSE))
    if _may_hold_decimal_commas(lines):
        ways.append(lambda line: decode_line(line.replace(",", ".")))
    return _choose([lambda way=way: _read_even(labels, [way(line) for line in lines]) for way in ways], lines)  # type: ignore[misc]


def read_pair_table(labels: Mapping[str, str], lines: Sequence[str]) -> Curve:
    """Return axis and values of an ``(XY..XY)`` table.

    Raises:
        InvalidFileError: As :func:`read_even_table`.
    """
    ways = [lambda line: line]
    if _may_hold_decimal_commas(lines):
        ways.append(lambda line: line.replace(",", "."))
    return _choose([lambda way=way: _read_pairs(labels, [way(line) for line in lines]) for way in ways], lines)  # type: ignore[misc]


def read_number(labels: Mapping[str, str], name: str, default: float | None = None) -> float | None:
    """Return the number of a label; the default where the block has none.

    Raises:
        InvalidFileError: It is not a number.
    """
    words = labels.get(name, "").split()
    if not words:
        return default
    value = read_lone_number(words[0])
    if value is None or not np.isfinite(value):
        raise InvalidFileError(f"the label ##{name}= is not a number", value=labels[name])
    return value


def decode_line(line: str, item: re.Pattern[str] = _ITEM) -> TableLine:
    """Return what a table line holds.

    Args:
        line: The line.
        item: What one item of it looks like.

    Raises:
        InvalidFileError: The line holds signs of no form, or a repetition of nothing.

    >>> decode_line("1000 A0JT")
    TableLine(x=1000.0, values=[10.0, 11.0, 12.0], differs=True)
    """
    items = item.findall(line)
    if re.sub(r"[\s,;]", "", item.sub("", line)):
        raise InvalidFileError("the table holds signs of no JCAMP-DX form", value=line[:80])
    if items and items[0][0] not in "+-.0123456789":
        raise InvalidFileError("a line of the table does not begin with an abscissa", value=line[:80])
    values: list[float] = []
    step: float | None = None
    for found in items[1:]:
        head, rest = found[0], found[1:]
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
            values.append(_read_item(found))
    return TableLine(float(items[0]) if items else np.nan, values, step is not None)


def _read_item(item: str) -> float:
    return np.nan if item == "?" else float(_SQZ[item[0]] + item[1:] if item[0] in _SQZ else item)


def _may_hold_decimal_commas(lines: Sequence[str]) -> bool:
    return any(_DECIMAL_COMMA.search(line) for line in lines) and not any("." in line for line in lines)


def _choose(ways: Sequence[Callable[[], Curve]], lines: Sequence[str]) -> Curve:
    """Return what the one way of reading gives that passes the checks.

    Raises:
        InvalidFileError: None does, or several do and differ.
    """
    read: list[Curve] = []
    refused: list[InvalidFileError] = []
    for way in ways:
        try:
            read.append(way())
        except InvalidFileError as error:
            refused.append(error)
    if not read:
        if len(ways) == 1:
            raise refused[0]
        raise InvalidFileError(
            f"the table cannot be read: {refused[0].message}",
            value=lines[0][:80],
            hint="write decimal points, and exponents with their sign, as 1.5E+02",
        )
    if any(not np.array_equal(one, read[0], equal_nan=True) for one in read[1:]):
        raise InvalidFileError(
            "the table can be read in two ways", value=lines[0][:80],
            hint="write decimal points, and exponents with their sign, as 1.5E+02",
        )  # fmt: skip
    return read[0]


def _read_even(labels: Mapping[str, str], table: Sequence[TableLine]) -> Curve:
    values: list[float] = []
    starts: list[tuple[int, float]] = []
    differed = False
    for line in table:
        row = line.values
        if not row:
            continue
        if differed:
            if abs(row[0] - values[-1]) > _CHECK_TOLERANCE:
                raise InvalidFileError(f"a check value is {row[0]:g} where {values[-1]:g} was reached")
            row = row[1:]
        starts.append((len(values) - differed, line.x))
        values += row
        differed = line.differs
        if len(values) > MAX_POINTS:
            raise InvalidFileError(f"the table has more than {MAX_POINTS:,} points")
    _require_count(labels, len(values))
    axis = _find_axis(labels, starts, len(values))
    _check_abscissae(labels, starts, axis)
    return axis, _scale(labels, np.array(values, np.float64))


def _read_pairs(labels: Mapping[str, str], lines: Sequence[str]) -> Curve:
    try:
        numbers = [float(word) for line in lines for word in re.split(r"[\s,;]+", line) if word]
    except ValueError as error:
        raise InvalidFileError(f"the table holds something other than numbers: {error}") from None
    if len(numbers) % 2:
        raise InvalidFileError("the table of pairs has an odd number of values")
    x = np.array(numbers[::2], np.float64) * (read_number(labels, "XFACTOR", 1.0) or 1.0)
    _require_count(labels, len(x))
    steps = np.diff(x)
    if min(int((steps > 0).sum()), int((steps < 0).sum())) > max(1, len(steps) // 10):
        raise InvalidFileError("the abscissae of the table rise and fall")
    for name, place in (("FIRSTX", 0), ("LASTX", -1)):
        stated = read_number(labels, name)
        if stated is not None and len(x) > 1 and abs(stated - x[place]) > _allow(np.abs(steps).max(), x, stated):
            raise InvalidFileError(
                f"##{name}= is {stated:g} where the table has {x[place]:g}", hint="correct the label or the table"
            )
    return x, _scale(labels, np.array(numbers[1::2], np.float64))


def _require_count(labels: Mapping[str, str], found: int) -> None:
    """Refuse a table of another number of points than is announced.

    Raises:
        InvalidFileError: It is one, or has fewer than two points.
    """
    announced = read_number(labels, "NPOINTS")
    if announced is not None and found != announced:
        raise InvalidFileError(f"##NPOINTS= announces {announced:g} points and the table has {found:,}")
    if found < 2:
        raise InvalidFileError(f"the table has {found} points")


def _find_axis(labels: Mapping[str, str], starts: Sequence[tuple[int, float]], count: int) -> NDArray[np.float64]:
    """Return the axis that the labels state; what they leave out is taken from the lines.

    Raises:
        InvalidFileError: Neither tells.
    """
    factor = read_number(labels, "XFACTOR", 1.0) or 1.0
    first, last, step = (read_number(labels, name) for name in ("FIRSTX", "LASTX", "DELTAX"))
    if first is None:
        first = starts[0][1] * factor
    if last is None and step is None and len(starts) > 1:
        (begin, x), (end, other) = starts[0], starts[-1]
        step = (other - x) * factor / (end - begin) if end > begin else None
    if last is None and step is not None:
        last = first + step * (count - 1)
    if last is None or not (np.isfinite(first) and np.isfinite(last)):
        raise InvalidFileError("the labels ##FIRSTX= and ##LASTX= are missing")
    stated = read_number(labels, "DELTAX")
    actual = abs(last - first) / (count - 1)
    if stated is not None and abs(abs(stated) - actual) > _STEP_TOLERANCE * actual:
        raise InvalidFileError(
            f"##DELTAX= is {stated:g}, and from ##FIRSTX= to ##LASTX= the step is {actual:g}", hint="correct the labels"
        )
    return np.linspace(first, last, count)


def _check_abscissae(labels: Mapping[str, str], starts: Sequence[tuple[int, float]], axis: NDArray[np.float64]) -> None:
    """Refuse an axis that the lines contradict. Some programs write abscissae that ``XFACTOR`` is counted in already.

    Raises:
        InvalidFileError: They do.
    """
    factor = read_number(labels, "XFACTOR", 1.0) or 1.0
    off: list[tuple[float, float, float]] = []
    for scale in {factor, 1.0}:
        worst = max(
            (
                (abs(x * scale - axis[place]) - _allow(axis[1] - axis[0], axis, x), x, axis[place])
                for place, x in starts
            ),
            default=(0.0, 0.0, 0.0),
        )
        off.append(worst)
    worst = min(off)
    if not worst[0] <= 0:
        raise InvalidFileError(
            f"a line of the table begins at {worst[1]:g} where ##FIRSTX= and ##LASTX= put it at {worst[2]:g}",
            hint="correct the labels or the table",
        )


def _allow(step: float, axis: NDArray[np.float64], written: float) -> float:
    """Return how far an abscissa may be off: the steps or the share of the axis that are allowed, and rounding."""
    rounding = 0.5 if written == int(written) else 0.0
    return max(_STEPS_OFF * abs(float(step)) + rounding, _SHARE_OFF * abs(float(axis[-1] - axis[0])))


def _scale(labels: Mapping[str, str], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values times ``YFACTOR``, checked against ``FIRSTY``, which some programs write unscaled.

    Raises:
        InvalidFileError: The first value is another than is stated.
    """
    factor = read_number(labels, "YFACTOR", 1.0) or 1.0
    scaled, stated = values * factor, read_number(labels, "FIRSTY")
    if stated and not np.isnan(values[0]):  # 0 stands where a program did not fill it in
        allowed = 0.01 * abs(stated) + 2 * abs(factor)
        if abs(stated - scaled[0]) > allowed and abs(stated - values[0]) > 0.01 * abs(stated):
            raise InvalidFileError(
                f"##FIRSTY= is {stated:g} and the first value {scaled[0]:g}", hint="correct ##FIRSTY= or ##YFACTOR="
            )
    return scaled
