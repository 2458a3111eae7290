"""Whose volume a volume is: that of the stock, of the whole that is made, or of the solvent that is added."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import Final

from anymol.calculations.quantities import Quantity
from anymol.errors import InvalidTaskInputError


class Owner(Enum):
    """What a volume is of."""

    STOCK = auto()
    WHOLE = auto()
    SOLVENT = auto()


SOLVENT: Final = re.compile(
    r"\s*(?:of\s+)?(?:pure |distilled |deionised |deionized )?(?:water|solvent|buffer|diluent|medium|dmso|ethanol|"
    r"methanol|saline|pbs|thf|dmf)\b",
    re.IGNORECASE,
)
_NAME: Final = (
    r"(?:(?!(?:to|for|from|in|into|with|and|or|makes?|prepare|give|get|using|of|at|is|on|add|dilute|then|need|want|"
    r"what|how)\b)[A-Za-z(][\w()'\u00b7-]*)"
)
"""A word of a name, and no function word."""
_WORD: Final = rf"(?:{_NAME}\s+)"
_ARTICLE: Final = r"(?:(?:an?|the|my|our|this)\s+)?"
_AHEAD: Final = re.compile(
    rf"\s*(?:of\s+|at\s+)?{_ARTICLE}{_WORD}{{0,3}}(?:of\s+|at\s+)?{_ARTICLE}\(?\s*", re.IGNORECASE
)
"""Between a volume and the concentration that it is of: '10 mL of a 5 M', '10 mL NaOH solution at 5 M'."""
_BEHIND: Final = re.compile(rf"\s*(?:{_WORD}{{0,2}}{_NAME})?[\s(,:.]*", re.IGNORECASE)
"""Between a concentration and the volume of it: '5 M NaOH (10 mL)'."""
_ASKED_OF: Final = re.compile(
    r"(?:\bhow much|(?:\bhow many\s+|\bvolume\s+(?:in\s+)?|\b(?:what|which) (?:volume|amount)\s*|\bin\s+)?"
    r"(?<!\u00a4)\b(?:volume|amount|[mµu]?[lL]|mls|(?:milli|micro)?lit(?:er|re)s?))\s+"
    rf"(?:(?:do|would|will|should|must)\s+\w+\s+\w+\s+)?(?:of\s+)?{_ARTICLE}{_WORD}{{0,3}}$",
    re.IGNORECASE,
)
"""Before the concentration whose volume is asked for: 'how many mL of 12 M'."""
_WHOLE_BEFORE: Final = re.compile(
    r"\b(?:to|into|in|for|make|makes|making|prepare|preparing|give|gives|want|get|total(?: volume)?(?: of| is|:)?|"
    r"(?:final |end )volume(?: of| is|:)?)\s*(?:an?\s+|the\s+|about\s+|total (?:volume )?of\s+)*$",
    re.IGNORECASE,
)
_WHOLE_AFTER: Final = re.compile(
    r"\s*\(?(?:final|total|altogether|in total)\b",
    re.IGNORECASE,
)
_STOCK_BEFORE: Final = re.compile(
    r"\b(?:dilut(?:e|ed|ing)|take|taking|starting (?:with|from)|out of)\s*(?:an?\s+|the\s+|my\s+)?$", re.I
)
_PUT_TO: Final = re.compile(
    r"\b(?:add(?:ed|ing)?|pipett(?:e|ed|ing)|pour(?:ed|ing)?|spik(?:e|ed|ing))\b"
    r"(?:(?!\b(?:water|solvent|buffer|medium|up|and|until)\b).){0,60}?\b(?:in)?to\s*(?:an?\s+|the\s+)?$",
    re.IGNORECASE,
)
"""Before what a stock is added to, which is the solvent: 'add to 250 mL'. Water is added to the stock itself."""
_ADDED: Final = re.compile(r"\b(?:adding|add|with|plus)\s*$", re.IGNORECASE)
_SOURCE_BEFORE: Final = re.compile(
    rf"\b(?:from|using|with|dilut(?:e|ed|ing)|out of)\s+(?:\u00a4\s*(?:of\s+)?)?{_ARTICLE}{_WORD}{{0,2}}$",
    re.IGNORECASE,
)
_MADE: Final = re.compile(
    r"\b(?:for|(?:to|i|we|can|could) (?:make|prepare|get|reach|need|want)|making|preparing)\s+(?:an?\s+|the\s+)?$",
    re.IGNORECASE,
)
_OTHER: Final = rf"\b.*\b(?:with|and|plus)\s+(?:\u00a4\s*(?:of\s+)?)?{_ARTICLE}$"
_DILUTED_WITH: Final = re.compile(rf"\b(?:dilut\w+|mix\w*|combin\w+|add\w*){_OTHER}", re.IGNORECASE)
_MIXED_WITH: Final = re.compile(rf"\b(?:mix\w*|combin\w+){_OTHER}", re.IGNORECASE)
_STOCK_AFTER: Final = re.compile(rf"\s*{_WORD}{{0,2}}stock\b", re.IGNORECASE)


def find_owner(volume: Quantity, stock: Quantity, target: Quantity, text: str) -> Owner:
    """Return what the only volume of a dilution is of.

    Args:
        volume: The volume.
        stock: The stronger concentration.
        target: The weaker one.
        text: The question.

    Raises:
        InvalidTaskInputError: The question does not say it, or wants the stronger one made of the weaker.
    """
    _require_downwards(volume, stock, target, text)
    before, after = text[: volume.start], text[volume.end :]
    claims = _find_ahead(volume, stock, target, text)
    if not claims and (_PUT_TO.search(before) or (SOLVENT.match(after) and _ADDED.search(before))):
        return Owner.SOLVENT
    # What is asked for is not what is given: 'how many mL of 12 M' leaves the volume to the other one.
    asked = ((stock, Owner.WHOLE), (target, Owner.STOCK))
    claims |= {owner for one, owner in asked if _ASKED_OF.search(_hide(text, volume)[: one.start])}
    if not claims:
        is_whole = _WHOLE_BEFORE.search(before) is not None or _WHOLE_AFTER.match(after) is not None
        claims = {Owner.WHOLE} if is_whole else set()
        claims |= {Owner.STOCK} if _STOCK_BEFORE.search(before) else set()
    claims = claims or _find_behind(volume, stock, target, text)
    if len(claims) != 1:
        raise InvalidTaskInputError(
            f"it is not clear whether {volume.written} is taken of {stock.written} or made of {target.written}",
            value=text,
            hint=f"write {volume.written} of {stock.written}, or {volume.written} of {target.written}",
        )
    return claims.pop()


def _find_ahead(volume: Quantity, stock: Quantity, target: Quantity, text: str) -> set[Owner]:
    """Return the owner whose concentration stands right behind the volume: '10 mL of 5 M'."""
    return {
        owner
        for one, owner in ((stock, Owner.STOCK), (target, Owner.WHOLE))
        if _is_next(volume, one, stock, target) and _AHEAD.fullmatch(text[volume.end : one.start])
    }


def _find_behind(volume: Quantity, stock: Quantity, target: Quantity, text: str) -> set[Owner]:
    """Return the owner whose concentration stands right before the volume: '5 M NaOH (10 mL)'.

    '0.5 M from 12 M, 250 mL' does not say whose they are.
    """
    found = set()
    for one, owner in ((stock, Owner.STOCK), (target, Owner.WHOLE)):
        between = text[one.end : volume.start]
        is_loose = owner is Owner.STOCK and re.search(r"[,:.]", between) is not None
        if _is_next(one, volume, stock, target) and _BEHIND.fullmatch(between) and not is_loose:
            found.add(owner)
    return found


def is_linked(volume: Quantity, strength: Quantity, text: str) -> bool:
    """Whether a volume is said to be of a concentration: '10 mL of 5 M', '5 M NaOH (10 mL)'."""
    if volume.end <= strength.start:
        return _AHEAD.fullmatch(text[volume.end : strength.start]) is not None
    return _BEHIND.fullmatch(text[strength.end : volume.start]) is not None


def _is_next(first: Quantity, second: Quantity, *strengths: Quantity) -> bool:
    """Whether no concentration stands between two quantities."""
    return first.end <= second.start and not any(first.end <= one.start < second.start for one in strengths)


def _hide(text: str, quantity: Quantity) -> str:
    return text[: quantity.start] + "\u00a4" * (quantity.end - quantity.start) + text[quantity.end :]


def _require_downwards(volume: Quantity, stock: Quantity, target: Quantity, text: str) -> None:
    """Refuse to make the stronger solution of the weaker one, and to mix the two.

    Raises:
        InvalidTaskInputError: The question asks for that.
    """
    before_target, before_stock = (
        re.sub("\u00a4+", "\u00a4", _hide(text, volume)[: one.start]) for one in (target, stock)
    )
    from_target = _SOURCE_BEFORE.search(before_target) is not None or _STOCK_AFTER.match(text[target.end :]) is not None
    from_stock = _SOURCE_BEFORE.search(before_stock) is not None or _STOCK_AFTER.match(text[stock.end :]) is not None
    makes_stock = is_linked(volume, stock, text) and volume.end <= stock.start and _MADE.search(text[: volume.start])
    is_mixed = _DILUTED_WITH.search(before_target) or _MIXED_WITH.search(before_stock)
    if (from_target and not from_stock) or makes_stock or is_mixed:
        raise InvalidTaskInputError(
            f"{stock.written} cannot be made of {target.written} by dilution",
            value=text,
            hint="the stock is the stronger one, and what is added is the bare solvent",
        )
