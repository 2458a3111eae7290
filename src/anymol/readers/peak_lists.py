"""Lists of peaks as text: pairs of m/z and intensity, however they are parted and their fractions are written.

A line holds one pair and what is said of it (``121.0284 1000 "C7H5O2+"``), or several pairs (``43 999; 120 850``,
``121.0284:1000 139.0390:500``). A comma may part a pair, or the fraction of a number, or thousands; all lines of a
record together tell which, or the record is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from anymol.errors import InvalidFileError
from anymol.readers.numbers import POINT, NumberStyle, find_style, is_numeric

MAX_PEAKS = 200_000
"""Most peaks of one spectrum; a longer list is a damaged file, or a profile that was never centroided."""

MAX_MZ = 20_000.0
"""m/z (Da) beyond which no ion of a molecule stands: a number beyond it has a comma that parts its fraction."""

_HINT = "write each peak on a line, 'mz intensity', with decimal points"
_REMARK = re.compile(r"\"[^\"]*\"?|'[^']*'")
_PLAIN_LINE = re.compile(r"\s*(\d+\.?\d*)\s+(\d+\.?\d*(?:[eE][-+]?\d{1,4})?)(?:\s+\d[+-])?\s*")
_EMBEDDED = re.compile(r"\d,\d")


@dataclass(frozen=True)
class PeakList:
    """Peaks of a record.

    Attributes:
        peaks: m/z (Da) and intensity, in the order of the file.
        style: How its numbers are written.
    """

    peaks: tuple[tuple[float, float], ...]
    style: NumberStyle


def read_peak_list(lines: Sequence[str], announced: int | None = None) -> PeakList:
    """Read the peaks of a record.

    Args:
        lines: The lines that hold them.
        announced: How many peaks the record says that it has; None where it does not say.

    Raises:
        InvalidFileError: A line is not a peak, other than the announced number are there, or commas can be read in
            several ways.

    >>> read_peak_list(["121,0284 1000,0", "139,0390 500,0"]).peaks
    ((121.0284, 1000.0), (139.039, 500.0))
    """
    plain = [_PLAIN_LINE.fullmatch(line) for line in lines]
    if all(plain) and announced in (None, len(lines)):  # as most records are, and read in a third of the time
        return PeakList(tuple((float(one[1]), float(one[2])) for one in plain if one), POINT)
    groups = [group for line in lines for group in _split_line(line)]
    if any(_EMBEDDED.search(word) for group in groups for word in group[:2]):
        groups, style = _settle_commas(groups, announced)
    else:
        style = POINT
    peaks = _pair(groups, style, announced)
    if announced is not None and len(peaks) != announced:
        raise InvalidFileError(f"the record announces {announced} peaks and has {len(peaks)}")
    return PeakList(tuple(peaks), style)


def _split_line(line: str) -> list[list[str]]:
    """Return the words of each pair of a line; commas within words are left."""
    plain = re.sub(r",(?=\s|$)|(?<=\s),", " ", _REMARK.sub(" ", line))
    plain = re.sub(r"(?<=\d)\s*:\s*(?=\d)", ":", plain)
    groups = [group.split() for group in re.split(r"[;()]", plain)]
    paired = [
        pair
        for group in groups
        for pair in ([word.split(":") for word in group] if group and ":" in group[0] else [group])
    ]
    return [group for group in paired if group]


def _settle_commas(groups: Sequence[list[str]], announced: int | None) -> tuple[list[list[str]], NumberStyle]:
    """Return the words of each pair, commas that part a pair taken out, and the style of the numbers.

    Raises:
        InvalidFileError: The commas can be read in several ways, or in none.
    """
    has_points = any("." in word for group in groups for word in group[:2] if is_numeric(word))
    alone = all(len(group) == 1 or not is_numeric(group[1]) for group in groups)
    parted = [group[0].split(",") + group[1:] for group in groups]
    if not alone:
        numbers = [[group[place] for group in groups if len(group) > place] for place in (0, 1)]
        return list(groups), find_style([list(filter(is_numeric, column)) for column in numbers], [MAX_MZ])
    if has_points:
        if all(len(group) > 1 and all(map(_is_plain, group[:2])) for group in parted):
            return parted, POINT
    elif len(groups) == announced and all(len(group) == 2 for group in parted):
        return parted, POINT
    elif announced is not None and len(groups) == 2 * announced:  # "43,0184; 999": semicolons part the numbers
        columns = [group[0] for group in groups[::2]], [group[0] for group in groups[1::2]]
        if all(map(is_numeric, columns[0] + columns[1])):
            return [list(pair) for pair in zip(*columns, strict=True)], find_style(columns, [MAX_MZ])
    shown = next(word for group in groups for word in group[:2] if _EMBEDDED.search(word))
    raise InvalidFileError(
        f"the comma of '{shown[:40]}' may part numbers, fractions or thousands: the record does not tell which",
        hint=_HINT,
    )


def _is_plain(word: str) -> bool:
    return POINT.read(word) is not None


def _pair(groups: Sequence[list[str]], style: NumberStyle, announced: int | None) -> list[tuple[float, float]]:
    """Return one peak per group of words, or several where only that agrees with the number announced.

    Raises:
        InvalidFileError: A group is not a pair of numbers.
    """
    numbers = [[value for word in group[:2] if (value := style.read(word)) is not None] for group in groups]
    if announced is not None and len(groups) != announced and all(len(group) % 2 == 0 for group in groups):
        flat = [style.read(word) for group in groups for word in group]
        whole = [value for value in flat if value is not None]
        if len(whole) == len(flat) == 2 * announced:
            return list(zip(whole[::2], whole[1::2], strict=True))
    for group, pair in zip(groups, numbers, strict=True):
        if len(pair) < 2:
            raise InvalidFileError(f"a peak reads 'mz intensity', not '{' '.join(group)[:60]}'", hint=_HINT)
    return [(pair[0], pair[1]) for pair in numbers]
