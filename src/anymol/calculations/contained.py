"""How much of an element, a free base or water a substance holds, and how much of it holds so much."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from anymol.calculations.amounts import FORM, Portion
from anymol.calculations.calculation import Subject
from anymol.calculations.elements import TABLE
from anymol.calculations.particles import read_element
from anymol.calculations.quantities import Dimension
from anymol.calculations.substances import Substance, find_substance, from_subject
from anymol.calculations.weighed_forms import count_pieces
from anymol.errors import InvalidTaskInputError

_ASKED: Final = (
    r"\b(?:how (?:many|much)|what(?: is the)?|calculate(?: the)?|find(?: the)?|the)?\s*"
    r"(?:(?:(?:milli|micro|kilo)?(?:gram(?:me)?s?|moles?)|[mk\u00b5u]?g|[m\u00b5u]?mols?|mass|amount|weight)\s+)?(?:of\s+)?"
    r"(?:the\s+|an?\s+|pure\s+)?(?P<wanted>[A-Za-z(\[][^?,;]*?)\s+"
)
_HOLDS: Final = re.compile(
    rf"{_ASKED}(?:(?:is|are|there|contained|present|found|do i have|would be|content)\s+)*"
    r"(?:in|within|inside)\s+(?:the\s+|my\s+)?(?=[\d.])",
    re.IGNORECASE,
)
_HELD: Final = re.compile(
    rf"{_ASKED}(?:(?:is|are|do i (?:need|have to weigh)|must i weigh|would be)\s+)*"
    r"(?:corresponds? to|equivalent to|equals?|contains?|holds?|gives?|provides?|delivers?|needed for|for)\s+(?=[\d.])",
    re.IGNORECASE,
)
_FREE: Final = re.compile(r"free[\s-]+(?:acid|base)", re.IGNORECASE)
"""A form that is asked for without a name, which is that of what is given."""
_UNREAD: Final = re.compile(
    r"how much\s+(?!(?:is|are|substance|material|compound|product|drug|reagent|it|there|moles?|mmol|mol|mass)\b)"
    r"[\w-]+\s+(?:is|are)\b",
    re.IGNORECASE,
)
"""What asks for one thing by a word, which is its name."""
_SALT: Final = re.compile(rf"\b(?:{FORM}|salt)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Contained:
    """What one substance holds of another.

    Attributes:
        wanted: The substance, or the element, that is asked for.
        number: How many of what is asked for come of one of what is given.
    """

    wanted: Substance
    number: float


def asks_what_is_in(text: str) -> bool:
    """Whether a question asks how much of something is in an amount.

    >>> asks_what_is_in("what mass of sodium is in 9 mL of 1 M NaCl"), asks_what_is_in("how much NaCl for 1 L of 1 M")
    (True, False)
    """
    return _HOLDS.search(text) is not None


def find_contained(text: str, portion: Portion, subjects: Sequence[Subject] = ()) -> Contained | None:
    """Return what of a portion, or for it, a question asks for; None where it asks for nothing of the kind.

    Args:
        text: The question.
        portion: The only amount in it.
        subjects: Molecules given beside it.

    Raises:
        InvalidTaskInputError: The one does not hold the other.
    """
    given = portion.substance
    for pattern, holds in ((_HOLDS, True), (_HELD, False)):
        match = next((one for one in pattern.finditer(text) if one.end() == portion.place), None)
        if match is None:
            continue
        is_free = holds and _FREE.fullmatch(match["wanted"]) is not None
        name = f"{given.name} {match['wanted']}" if is_free else match["wanted"]
        wanted = _read_wanted(name, subjects, of_element=holds)
        if is_free and wanted is None:
            raise InvalidTaskInputError(
                f"the {match['wanted']} of {given.name} is not known", value=text, hint="write its name"
            )
        if wanted is None and holds and _UNREAD.match(match.group()):
            raise InvalidTaskInputError(
                f"it is not known what {match['wanted']} is", value=text, hint="write its name or formula"
            )
        if wanted is None or (not holds and _SALT.search(wanted.name) is None):
            return None
        if wanted.counts == given.counts:
            return None
        number = _count(given, wanted) if holds else _count(wanted, given)
        if holds and _is_dissolved(portion) and set(wanted.counts) <= {"H", "O"}:
            raise InvalidTaskInputError(
                f"what a solution holds of {wanted.name} is its solvent's too",
                value=text,
                hint="ask of the substance by itself",
            )
        if not number:
            whole, part = (given, wanted) if holds else (wanted, given)
            raise InvalidTaskInputError(
                f"{whole.name} holds no {part.name} as such",
                value=text,
                hint="give the equation where it forms in a reaction",
            )
        return Contained(wanted, number if holds else 1 / number)
    return None


def _is_dissolved(portion: Portion) -> bool:
    return portion.get(Dimension.VOLUME) is not None and any(
        portion.get(kind) is not None for kind in (Dimension.MOLARITY, Dimension.PERCENT)
    )


def _read_wanted(name: str, subjects: Sequence[Subject], *, of_element: bool) -> Substance | None:
    plain = re.sub(r"^(?:moles?|grams?|m?g|m?mol|mass|amount)\s+of\s+", "", " ".join(name.split()), flags=re.IGNORECASE)
    symbol = read_element(re.sub(r"\s+(?:ions?|content)$", "", plain)) if of_element else None
    if symbol is not None:
        return Substance(plain, symbol, float(TABLE.GetAtomicWeight(symbol)), Counter({symbol: 1}))
    for subject in subjects:
        if subject.name and subject.name.lower() == plain.lower():
            return from_subject(subject)
    return find_substance(plain)


def _count(whole: Substance, part: Substance) -> int:
    if not part.smiles and len(part.counts) == 1 and part.counts.total() == 1:
        return whole.counts[next(iter(part.counts))]
    return count_pieces(whole, part)
