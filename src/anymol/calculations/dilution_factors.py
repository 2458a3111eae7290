"""By what factor a text dilutes: ratios, folds, one part and several parts, and steps that follow one another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Final

from anymol.calculations.quantities import Quantity, read_number, write_digits
from anymol.calculations.stated_masses import STATED_MASS
from anymol.calculations.stated_ph import StatedPh, find_ph
from anymol.errors import InvalidTaskInputError

_COUNTS: Final = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
}  # fmt: skip
_FOLDS: Final = {**_COUNTS, "twenty": 20, "fifty": 50, "hundred": 100, "hundredfold": 100, "thousand": 1000}
_ORDINALS: Final = {
    "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
}  # fmt: skip
_MOST_STEPS: Final = 20

_NUMBER: Final = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+(?:\.\d+)?)"
_STEP: Final = re.compile(
    rf"(?<![\w.,:/+])1\s*(?::|/|\bin\b)\s*(?P<ratio>{_NUMBER})(?![\w:/]|\.\d|\s*(?:[mµu]?[Lgl]|[mµun]?M|[mµ]?mol)\b)|"
    r"(?<![\w.,:/+])1\s*\+\s*(?P<added>\d+)(?![\w.:/+])|"
    rf"(?<![\w.,:/])(?P<fold>{_NUMBER})\s*-?\s*fold\b|"
    rf"\b(?P<worded>{'|'.join(_FOLDS)})[\s-]*fold\b|"
    rf"(?<![\w.,:/])(?P<multiple>{_NUMBER})\s?[x×](?![\w]|\s*1\s*:|\s*10\s*\^?\s*-?\d)",
    re.IGNORECASE,
)
"""One dilution: 1:10, 1+9, 10-fold; a multiple, 10x, may be a strength too."""
_TIMES: Final = re.compile(rf"(?<![\w.,:/])(?P<times>{_NUMBER}|{'|'.join(_COUNTS)})\s*-?times\b", re.IGNORECASE)
_THEN: Final = re.compile(
    r"\b(?:then|followed by|again|further|subsequent\w*|next|after(?:wards)?|another|second(?:ly)?|finally)\b",
    re.IGNORECASE,
)
_SERIAL: Final = re.compile(
    r"\b(?:serial\w*|series|successive\w*|consecutive\w*|sequential\w*|repeat\w*|in a row|rounds?|steps?)\b",
    re.IGNORECASE,
)
_VESSEL: Final = re.compile(r"\b(?:tubes?|wells?|vials?|flasks?|plates?)\b", re.IGNORECASE)
_DOWN_TO: Final = re.compile(r"\b(?:to|from|into|down|using|with)\b|->|\u2192", re.IGNORECASE)
_COUNT: Final = re.compile(
    rf"\b(?P<adverb>twice|thrice)\b|\b(?P<ordinal>{'|'.join(_ORDINALS)})\b(?=\s+(?:\u00a4|(?:serial\s+)?(?:step|dilution|round)))|"
    rf"(?<![\w.,:/])(?P<count>\d{{1,2}}|{'|'.join(_COUNTS)})(?=[\s-]*(?:times|steps?|rounds?|(?:serial|successive|consecutive|"
    r"sequential|repeated|further|more|such|separate)\b|dilutions?|in a row|\u00a4))|"
    r"\u00a4\s*[x×]\s*(?P<behind>\d{1,2})(?![\w.])",
    re.IGNORECASE,
)
"""How often a step is made; the sign stands for the step."""
_BARE: Final = re.compile(
    rf"(?<![\w.,:/+-])(?:\d+|{'|'.join(_COUNTS)}|twice|thrice)(?![\w:/+]|[-.,]\d|-[a-z])", re.IGNORECASE
)


@dataclass(frozen=True)
class Factor:
    """By what a text dilutes.

    Attributes:
        value: The whole factor.
        steps: The factor of each step, in their order.
        is_ratio: Whether it is written 1:10, which some read as one part and ten parts.
    """

    value: float
    steps: tuple[float, ...]
    is_ratio: bool = False

    @property
    def notes(self) -> tuple[str, ...]:
        """How the ratio was read, and how the steps multiply."""
        first = f"{self.steps[0]:g}"
        reading = f"1:{first} is read as one part in {first} parts of the whole, not one part and {first} parts"
        said = (reading,) if self.is_ratio else ()
        if len(self.steps) == 1:
            return said
        return (*said, f"{' x '.join(f'{one:g}' for one in self.steps)} = {write_digits(self.value, 6)} altogether")


def read_factor(text: str, quantities: Sequence[Quantity]) -> Factor | None:
    """Return by what factor a text dilutes; None where it states none.

    Steps that are said to follow one another multiply, and a step that is said to be repeated counts as often.

    Args:
        text: The question.
        quantities: The amounts in it, whose numbers are no factors.

    Raises:
        InvalidTaskInputError: It is not clear how the factors go together, or how often a step is made.

    >>> [read_factor(text, ()).value for text in ("1:10, then 1:5", "three successive 1:10 dilutions", "10x to 1x")]
    [50.0, 1000.0, 10.0]
    """
    plain = _blank(text, quantities)
    matches = list(_STEP.finditer(plain))
    if not matches:
        (times, *others) = [*_TIMES.finditer(plain), None]
        if times is None or others != [None] or "dilut" not in text.lower():
            return None
        if re.match(rf"\s*by\s+(?:a factor of\s+)?{_NUMBER}", plain[times.end() :]):
            raise InvalidTaskInputError(
                f"whether '{times.group()}' counts the steps or is the factor is not clear",
                value=text,
                hint="write it as 'three successive 1:10 dilutions'",
            )
        number = times["times"].lower()
        value = float(_COUNTS[number]) if number in _COUNTS else read_number(number)
        return Factor(value, (value,))
    steps = [_read_step(one) for one in matches]
    multiples = [one for one in matches if one["multiple"] is not None]
    if multiples and len(matches) > 1 and not (_THEN.search(plain) and len(multiples) == len(matches)):
        if len(matches) != 2 or len(multiples) != 2 or steps[0] == steps[1] or not _DOWN_TO.search(plain):
            raise _refuse(text)
        return Factor(max(steps) / min(steps), (max(steps) / min(steps),))
    signed = _STEP.sub("\u00a4", plain)
    counts = [_read_count(one) for one in _COUNT.finditer(signed)]
    if len(steps) > 1:
        if not (_THEN.search(plain) or _SERIAL.search(plain)) or any(one != 2 for one in counts):
            raise _refuse(text)
    elif counts:
        if len(counts) > 1 or not 1 <= counts[0] <= _MOST_STEPS:
            raise _refuse(text)
        steps *= counts[0]
    elif _SERIAL.search(plain) or _BARE.search(_COUNT.sub(" ", signed)):
        raise _refuse(text)
    if _VESSEL.search(plain) and len(steps) > 1:
        raise _refuse(text)
    return Factor(prod(steps), tuple(steps), any(one["ratio"] is not None for one in matches))


def require_no_loose_number(text: str, quantities: Sequence[Quantity]) -> None:
    """Refuse a number without a unit: an answer would leave it out of account.

    Raises:
        InvalidTaskInputError: There is one.
    """
    loose = _BARE.search(STATED_MASS.sub(" ", _blank(text, (*quantities, *find_ph(text)))))
    if loose is not None:
        raise InvalidTaskInputError(
            f"it is not clear what {loose.group()} is of", value=text, hint="write numbers with their units"
        )


def _blank(text: str, quantities: Sequence[Quantity | StatedPh]) -> str:
    letters = list(text)
    for one in quantities:
        letters[one.start : one.end] = " " * (one.end - one.start)
    return "".join(letters)


def _read_step(match: re.Match[str]) -> float:
    if match["added"] is not None:
        return float(match["added"]) + 1.0
    if match["worded"] is not None:
        return float(_FOLDS[match["worded"].lower()])
    return read_number(match["ratio"] or match["fold"] or match["multiple"])


def _read_count(match: re.Match[str]) -> int:
    if match["adverb"] is not None:
        return {"twice": 2, "thrice": 3}[match["adverb"].lower()]
    if match["ordinal"] is not None:
        return _ORDINALS[match["ordinal"].lower()]
    count = (match["count"] or match["behind"]).lower()
    return _COUNTS[count] if count in _COUNTS else int(count)


def _refuse(text: str) -> InvalidTaskInputError:
    return InvalidTaskInputError(
        "how these dilutions follow one another is not clear",
        value=text,
        hint="write each step, as in 1:10, then 1:5, or how often: three 1:10 dilutions",
    )
