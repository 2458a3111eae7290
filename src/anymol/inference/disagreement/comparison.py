"""What comparing two inputs gives: figures that a calibrated scale reads, a decision, or why there is neither."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class PairKind(StrEnum):
    """Kinds of pairs that a scale is fitted for; the words are those of its file."""

    STRUCTURE_MS2 = "structure, ms2"
    STRUCTURE_IR = "structure, ir"
    FORMULA_MS2 = "formula, ms2"
    MS2_MS2 = "ms2, ms2"


@dataclass(frozen=True)
class Measured:
    """Figures of a pair that a scale turns into a probability.

    Attributes:
        kind: Which scale reads them.
        figures: Name -> figure.
        said: What was found, in a sentence.
    """

    kind: PairKind
    figures: Mapping[str, float]
    said: str


@dataclass(frozen=True)
class Decided:
    """What identity decides: two structures, or a structure and a formula, are of one molecule or are not.

    Attributes:
        disagree: Whether they are of two molecules.
        said: What was found, in a sentence.
    """

    disagree: bool
    said: str


@dataclass(frozen=True)
class NotCompared:
    """Why nothing was found.

    Attributes:
        said: The reason, in a sentence.
    """

    said: str


Comparison = Measured | Decided | NotCompared
