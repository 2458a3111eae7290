"""Yields from what could form and what did, in percent and back, where no substance need be known."""

from __future__ import annotations

import re
from typing import Final

from anymol.calculations.calculation import Result, make_number
from anymol.calculations.quantities import (
    Dimension,
    Quantity,
    find_quantities,
    find_unit,
    require_above_zero,
    scale,
    write_digits,
)
from anymol.errors import InvalidTaskInputError

_THEORETICAL: Final = r"(?:theoretical(?:ly)?|maximum|expected|calculated|possible)"
_ACTUAL: Final = r"(?:actual(?:ly)?|obtained|isolated|got|collected|recovered|experimental|real)"
_OF: Final = r"(?:\s+(?:yield|mass|amount|value|product|is|was|of|be|would)|\s*[:=(,]|\s+i|\s+only)*\s*$"
_BEHIND: Final = r"^\s*(?:,?\s*(?:is|was|were|are)\s+|,\s*|\()?(?:the\s+)?"
_ASKS_PERCENT: Final = re.compile(
    r"\b(?:percent\w*|%)\s*yield\b|\byield in (?:%|percent)|\byield\s*\?|\bwhat(?:'s| is| was) (?:the |my )?yield\b",
    re.IGNORECASE,
)
_ASKS_THEORETICAL: Final = re.compile(
    rf"\b(?:what|how (?:much|many)|calculate|find)\b[^.?]*\b{_THEORETICAL}\b|\b{_THEORETICAL} yield\s*\?", re.IGNORECASE
)
_ASKS_ACTUAL: Final = re.compile(
    r"\b(?:how (?:much|many)|what (?:mass|amount)|what (?:is|was) the (?:actual|isolated|obtained))\b", re.IGNORECASE
)
_HINT: Final = "for example: theoretical yield 12.4 g, 78 %: how many g did I get?"


def find_yield(text: str) -> Result | None:
    """Return the third of what could form, what did and the percentage; None where that is not asked.

    >>> find_yield("yield was 78%, theoretical 12.4 g. how many g did I get").text
    '9.672'
    """
    if re.search(r"\byield", text, re.IGNORECASE) is None:
        return None
    quantities = find_quantities(text)
    shares = [one for one in quantities if one.dimension is Dimension.PERCENT]
    masses = [one for one in quantities if one.dimension in (Dimension.MASS, Dimension.AMOUNT)]
    if len(shares) + len(masses) != len(quantities) or (len(shares), len(masses)) not in ((1, 1), (0, 2)):
        return None
    theoretical = [one for one in masses if _is_called(one, _THEORETICAL, text)]
    actual = [one for one in masses if one not in theoretical and _is_called(one, _ACTUAL, text)]
    require_above_zero(theoretical, text)
    if len(masses) == 2:
        return _tell_percent(theoretical, [one for one in masses if one not in theoretical], text)
    share = shares[0].value / 100.0
    if not 0.0 < share <= 1.0:
        raise InvalidTaskInputError("a yield is above 0 and at most 100 %", value=shares[0].written, hint=_HINT)
    (mass,) = masses
    if theoretical and _ASKS_ACTUAL.search(text) and not _ASKS_THEORETICAL.search(text):
        digits, unit = scale(mass.value * share, mass.dimension, find_unit(text, mass.dimension))
        return make_number(digits, unit, f"{shares[0].written} of {mass.written} is {digits} {unit}.")
    if actual and _ASKS_THEORETICAL.search(text):
        digits, unit = scale(mass.value / share, mass.dimension, find_unit(text, mass.dimension))
        return make_number(digits, unit, f"{mass.written} is {shares[0].written} of {digits} {unit}.")
    return None


def _tell_percent(theoretical: list[Quantity], others: list[Quantity], text: str) -> Result | None:
    if len(theoretical) != 1 or theoretical[0].dimension is not others[0].dimension or not _ASKS_PERCENT.search(text):
        return None
    (could,), (did,) = theoretical, others
    digits = write_digits(100.0 * did.value / could.value)
    notes = (
        () if did.value <= could.value else ("more than can form: the product is wet or impure, or an amount is wrong",)
    )
    return make_number(digits, "%", f"{did.written} of {could.written} is {digits} %.", notes)


def _is_called(quantity: Quantity, words: str, text: str) -> bool:
    """Whether a mass is said to be what could form, or what did."""
    before, after = text[: quantity.start], text[quantity.end :]
    return bool(re.search(rf"\b{words}{_OF}", before, re.I) or re.search(rf"{_BEHIND}{words}\b", after, re.I))
