"""Numbers as people write them: with a decimal point or a decimal comma, which is decided once for a whole table.

``121,028`` is 121.028 to one half of the world and 121028 to the other, so that one number alone often tells nothing.
All numbers of a table together mostly do: ``0,95`` cannot be grouped by thousands, and two marks in one number can be
read in one way only. What stays open is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from anymol.errors import InvalidFileError

_NUMERIC = re.compile(r"[-+]?[\d.,]*\d[\d.,]*(?:[eE][-+]?\d{1,4})?|nan", re.IGNORECASE)
_PLAIN = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,4})?|nan", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"[-+]?(?:\d*,)?\d+(?:[eE][-+]?\d{1,4})?|nan", re.IGNORECASE)
_HINT = "write decimal points, or decimal commas, throughout, and no signs between thousands"


@dataclass(frozen=True)
class NumberStyle:
    """How the numbers of a table are written.

    Attributes:
        decimal: The sign before the fraction, ``.`` or ``,``.
        grouping: The sign between thousands; empty where there is none.
    """

    decimal: str = "."
    grouping: str = ""

    def read(self, word: str) -> float | None:
        """Return a number; None where the word is none in this style. ``nan`` is one.

        >>> NumberStyle(",").read("121,0284"), NumberStyle(",").read("121.0284")
        (121.0284, None)
        """
        if self.grouping:
            word = word.replace(self.grouping, "")
        if self.decimal == ",":
            if not _DECIMAL_COMMA.fullmatch(word):
                return None
            word = word.replace(",", ".")
        return float(word) if _PLAIN.fullmatch(word) else None


POINT = NumberStyle()
"""Decimal points, no grouping: what programs write."""

COMMA = NumberStyle(",")
"""Decimal commas, no grouping."""


def is_numeric(word: str) -> bool:
    """Whether a word is a number in some style."""
    return _NUMERIC.fullmatch(word) is not None


def find_style(columns: Sequence[Iterable[str]], limits: Sequence[float | None] = ()) -> NumberStyle:
    """Return how the numbers of a table are written.

    Args:
        columns: The words of each column, numbers in some style.
        limits: Largest possible number of each column, as far as it is known: a reading beyond it is excluded.

    Raises:
        InvalidFileError: Commas and points contradict each other, or a comma may part thousands as well as fractions.

    >>> find_style([["4000,0", "3998,0"], ["0,02", "0,95"]])
    NumberStyle(decimal=',', grouping='')
    """
    for mark, other in ((",", "."), (".", ",")):
        marked = [[word for word in column if mark in word] for column in columns]
        words = [word for column in marked for word in column]
        if not words:
            continue
        both = [word for word in words if other in word]
        if both or any(word.count(mark) > 1 for word in words):
            return _find_grouped(mark, other, columns, (both or words)[0])
        if mark == "," and not any("." in word for column in columns for word in column):
            return _find_comma(marked, limits)
        if mark == ",":
            pointed = next(word for column in columns for word in column if "." in word)
            raise InvalidFileError(
                "the numbers have both commas and points", value=f"{words[0]} and {pointed}", hint=_HINT
            )
    return POINT


def read_lone_number(text: str, style: NumberStyle | None = None) -> float | None:
    """Return a number that stands by itself, as in ``PEPMASS=181,0495``; None where it is none.

    Args:
        text: The number.
        style: That of the numbers around it; where it is None, or they have no fractions, the number alone decides.

    Raises:
        InvalidFileError: Its comma may part thousands as well as fractions.
    """
    word = text.strip()
    if not is_numeric(word):
        return None
    if style is not None and (value := style.read(word)) is not None and (style.decimal == "," or "," not in word):
        return value
    return find_style([[word]]).read(word)


def _find_comma(marked: Sequence[Sequence[str]], limits: Sequence[float | None]) -> NumberStyle:
    """Decide what commas are, where no number has a point: fractions, unless every one of them may part thousands."""
    grouped = _pattern_grouped(",", ".")
    for place, words in enumerate(marked):
        limit = limits[place] if place < len(limits) else None
        for word in words:
            beyond = limit is not None and float(word.replace(",", "")) > limit if grouped.fullmatch(word) else True
            if beyond:
                return COMMA
    word = next(word for words in marked for word in words)
    raise InvalidFileError(
        f"'{word}' may be {word.replace(',', '')} or {word.replace(',', '.')}: the file does not tell which",
        hint=_HINT,
    )


def _find_grouped(grouping: str, decimal: str, columns: Sequence[Iterable[str]], shown: str) -> NumberStyle:
    """Return the style of numbers whose thousands are parted, where all of them agree.

    `grouping` is the sign that comes first in the word `shown`, or comes twice.
    """
    if shown.find(decimal) >= 0 and shown.find(decimal) < shown.find(grouping):
        grouping, decimal = decimal, grouping
    grouped = _pattern_grouped(grouping, decimal)
    for column in columns:
        for word in column:
            if grouping in word and not grouped.fullmatch(word):
                raise InvalidFileError(
                    "commas and points contradict each other", value=f"{shown} and {word}", hint=_HINT
                )
    return NumberStyle(decimal, grouping)


def _pattern_grouped(grouping: str, decimal: str) -> re.Pattern[str]:
    return re.compile(rf"[-+]?[1-9]\d{{0,2}}(?:{re.escape(grouping)}\d{{3}})+(?:{re.escape(decimal)}\d*)?")
