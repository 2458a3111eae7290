"""What is told of a pair of inputs: whether they are of one molecule, how surely, and by what."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

SURE: Final = 0.9
"""Probability from which on inputs are said to disagree; up to one less this, nothing is said to speak for it."""


class Verdict(StrEnum):
    """What is said of two inputs.

    Only identity proves that they are of one molecule: isomers may have the same spectrum.
    """

    DISAGREE = "disagree"
    AGREE = "agree"
    CONSISTENT = "nothing speaks against it"
    OPEN = "cannot be told"
    NOT_COMPARED = "not compared"


@dataclass(frozen=True)
class Judgement:
    """What is told of a pair of inputs.

    Attributes:
        between: Names of the two inputs.
        titles: What they are called in a sentence, ``the drawing``.
        probability: Probability that they are of two molecules, where such pairs disagree as often as not; None where
            they were not compared.
        decided: Whether identity decides: no statistic was needed.
        said: What was found, or why nothing was compared.
    """

    between: tuple[str, str]
    titles: tuple[str, str]
    probability: float | None
    decided: bool
    said: str

    @property
    def verdict(self) -> Verdict:
        """What is said of them."""
        match self.probability:
            case None:
                return Verdict.NOT_COMPARED
            case high if high >= SURE:
                return Verdict.DISAGREE
            case low if low <= 1 - SURE:
                return Verdict.AGREE if self.decided else Verdict.CONSISTENT
            case _:
                return Verdict.OPEN

    def __str__(self) -> str:
        sure = (
            "" if self.decided or self.probability is None else f" (probability of disagreement {self.probability:.2f})"
        )
        return f"{self.titles[0]} and {self.titles[1]}: {self.verdict}{sure}; {self.said}"

    def to_json(self) -> dict[str, Any]:
        """Return the form that ``--json`` prints."""
        return {
            "between": list(self.between),
            "verdict": self.verdict.value,
            "probability": None if self.probability is None else round(self.probability, 4),
            "decided": self.decided,
            "said": self.said,
        }
