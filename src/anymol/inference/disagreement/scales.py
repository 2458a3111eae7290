"""From the figures of a pair to the probability that its two inputs are not of one molecule.

One logistic curve per kind of pair, fitted by ``scripts/fit_disagreement.py`` on constructed conflicts, half of the
pairs being conflicts: where conflicts are rarer, the same evidence means less.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from anymol.errors import DataError
from anymol.inference.disagreement.comparison import PairKind
from anymol.metrics.logistic import apply_logistic
from anymol.shipped import read_shipped

PLACE: Final = "inference/disagreement/disagreement_scales.json"
"""File of the scales that ship, relative to the package."""


class Scale(BaseModel):
    """A logistic curve: ``sigmoid(bias + sum of weight x figure)``.

    Attributes:
        bias: Log-odds of a disagreement where every figure is 0.
        weights: Name of a figure -> change of the log-odds with it.
        n: Pairs it was fitted on.
        conflicts: How many of them were conflicts.
        ece: Calibration error over 15 bins, each pair judged by a fit that had not seen its molecule.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    bias: float
    weights: Mapping[str, float]
    n: int
    conflicts: int
    ece: float

    def judge(self, figures: Mapping[str, float]) -> float:
        """Return the probability of a disagreement, 0 to 1.

        Raises:
            KeyError: A figure is missing.
        """
        return float(apply_logistic(self.bias + sum(weight * figures[name] for name, weight in self.weights.items())))


@cache
def load_scales() -> Mapping[PairKind, Scale]:
    """Return the scales that ship.

    Raises:
        InstallationError: The file is missing or changed.
        DataError: It holds something else.
    """
    try:
        found: dict[str, Any] = json.loads(read_shipped(PLACE))["scales"]
        return {PairKind(kind): Scale(**fields) for kind, fields in found.items()}
    except (ValueError, TypeError, KeyError, ValidationError) as error:
        raise DataError(f"the scales of disagreement cannot be read: {error}", value=PLACE) from error


def discount_reading(stated: float, reading: float, *, decided: bool) -> float:
    """Return the probability that a drawing and another input disagree, by that of what the drawing was read as.

    A wrong reading tells nothing of a spectrum, so that the odds stay even: ``p stated + (1 - p) / 2``. Where identity
    decides, a reading that is the other molecule is no accident; one that is not may be a wrong one of it, so that by
    Bayes' rule from even odds the probability is ``1 / (2 - p)``.

    Args:
        stated: Probability that the molecule read and the other input disagree, 0 to 1.
        reading: Probability p that the reading is right.
        decided: Whether identity decides, so that `stated` is 0 or 1.
    """
    if decided:
        return 1 / (2 - reading) if stated else 0.0
    return reading * stated + (1 - reading) / 2
