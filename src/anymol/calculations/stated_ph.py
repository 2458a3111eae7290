"""The pH that a question states."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from anymol.errors import InvalidTaskInputError

_NAMED: Final = {"physiological": 7.4, "neutral": 7.0}
_AMOUNT: Final = r"\s*(?:[mnuµ]?(?:M|mol|g|L)|%)(?!\w)"
_PH: Final = re.compile(
    rf"\b(?P<named>{'|'.join(_NAMED)}) pH\b(?!\s*(?:of|=)?\s*\d)|"
    r"\bpH(?:[- ]value)?\s*(?:of|=|:|is|at)?\s*(?P<number>-?\d+(?:[.,]\d+)?)"
    rf"(?![\d.,]*(?:\d|{_AMOUNT}))"
    rf"(?!\s*(?:to|and|or|[-\u2013])\s*\d[\d.,]*(?!\d|[.,]\d|{_AMOUNT}))",
    re.IGNORECASE,
)
"""A pH, and neither an amount, as in 'pH of 0.1 M', nor the beginning of a range."""
_MENTION: Final = re.compile(r"\bpH\b", re.IGNORECASE)
_LEAST, _MOST = 0.0, 14.0


@dataclass(frozen=True)
class StatedPh:
    """A pH in a text.

    Attributes:
        value: The pH.
        written: How it is written.
        start: Where that begins.
        end: Behind its last character.
    """

    value: float
    written: str
    start: int
    end: int


def find_ph(text: str) -> Sequence[StatedPh]:
    """Return the pH values that a text states, in its order.

    >>> [one.value for one in find_ph("at pH 7.4, at physiological pH, the pH of 0.1 M HCl, pH 2 to 9")]
    [7.4, 7.4]
    """
    return tuple(
        StatedPh(
            _NAMED[one["named"].lower()] if one["named"] else float(one["number"].replace(",", ".")),
            one.group(),
            *one.span(),
        )
        for one in _PH.finditer(text)
    )


def read_ph(text: str, hint: str) -> float:
    """Return the one pH of a question.

    Args:
        text: The question.
        hint: How one is asked.

    Raises:
        InvalidTaskInputError: It states none, several, or one that water hardly has.
    """
    found = find_ph(text)
    if len(found) != 1 or len(_MENTION.findall(text)) != 1:
        raise InvalidTaskInputError(
            "one pH is needed, with a number" + (", and several are named" if len(found) > 1 else ""),
            value=text,
            hint=hint,
        )
    (stated,) = found
    if not _LEAST <= stated.value <= _MOST:
        raise InvalidTaskInputError(
            f"a pH lies between {_LEAST:g} and {_MOST:g} here", value=stated.written, hint="ask for another pH"
        )
    return stated.value
