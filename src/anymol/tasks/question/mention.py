"""Molecules that a question writes, and the signs that stand for them while its words are judged."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from anymol.tasks.cues import HERE

NOTATION_SIGN: Final = "\ue001"
REACTION_SIGN: Final = "\ue002"
NAME_SIGN: Final = "\ue003"
FORMULA_SIGN: Final = "\ue004"
STRANGE_SIGN: Final = "\ue005"
POINT_SIGN: Final = "\ue006"
"""Stands for words that point at a molecule given beside the question; the others for one that it writes."""
AMOUNT_SIGN: Final = "#"
"""Stands for a number with a unit."""
CONCENTRATION_SIGN: Final = "\u00a7"
"""Stands for a number with a unit of concentration."""
ADDUCT_SIGN: Final = "\u2021"
"""Stands for an adduct."""
TOPIC_SIGN: Final = "\u2020"
"""Stands for each letter of the words for what is asked for."""
_TO_HERE: Final = dict.fromkeys(range(0xE001, 0xE007), HERE)


def show_signs(text: str) -> str:
    """Return a masked text in which one sign stands for every molecule; no place changes."""
    return text.translate(_TO_HERE)


class MentionKind(StrEnum):
    """How a question writes a molecule."""

    NOTATION = "notation"
    REACTION = "reaction"
    NAME = "name"
    FORMULA = "formula"
    STRANGE = "strange"
    """A word where a name would stand, that nothing knows."""

    @property
    def sign(self) -> str:
        """What stands for such a molecule in a masked question."""
        return {
            MentionKind.NOTATION: NOTATION_SIGN,
            MentionKind.REACTION: REACTION_SIGN,
            MentionKind.NAME: NAME_SIGN,
            MentionKind.FORMULA: FORMULA_SIGN,
            MentionKind.STRANGE: STRANGE_SIGN,
        }[self]


@dataclass(frozen=True)
class Mention:
    """A molecule, or a reaction, that a question writes.

    Attributes:
        kind: How it is written.
        text: As it is written, without tags.
    """

    kind: MentionKind
    text: str


@dataclass(frozen=True)
class Span:
    """Something that was found in a text.

    Attributes:
        start: Where it begins.
        end: Where it ends.
        sign: What stands for it in the masked text.
        mention: The molecule that it writes; None for an amount or an adduct.
    """

    start: int
    end: int
    sign: str
    mention: Mention | None = None

    def meets(self, other: Span) -> bool:
        """Whether the two share a character."""
        return self.start < other.end and other.start < self.end


def make_span(start: int, kind: MentionKind, text: str, end: int | None = None) -> Span:
    """Return where a molecule is written; without `end` it is as long as its text."""
    return Span(start, start + len(text) if end is None else end, kind.sign, Mention(kind, text))
