"""How often readings that are as sure as this one are right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from anymol.recognition.recogniser import Reading


class ReadingConfidence(BaseModel):
    """A logistic curve over what is doubtful about a reading.

    Attributes:
        bias: Log-odds of a reading without doubts.
        doubt: Change of the log-odds with the logarithm of the doubt, which is 0.01 minus the log-probability.
        repair: Change of the log-odds with each repair that chemistry asked for, up to three.
        agreement: Change of the log-odds where readings at all sizes agree, against none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    bias: float
    doubt: float
    repair: float
    agreement: float

    def judge(self, reading: Reading) -> float:
        """Return the probability that the molecules of a reading are exactly those drawn; 0 where there are none."""
        if reading.assembled is None:
            return 0.0
        odds = self.bias + float(describe(reading) @ np.array([self.doubt, self.repair, self.agreement]))
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, odds))))


def describe(reading: Reading) -> NDArray[np.float64]:
    """Return what the curve looks at, shape (3,)."""
    repairs = reading.assembled.repairs if reading.assembled else 3
    return np.array([math.log(0.01 - reading.log_prob), min(repairs, 3), reading.agreement])


def fit_confidence(readings: Sequence[Reading], right: Sequence[bool]) -> ReadingConfidence:
    """Fit the curve by Newton's method, with a weak prior so that few readings do not make it certain.

    Args:
        readings: Readings of drawings that nothing was trained on; those without molecules are left out.
        right: Whether each gave exactly what was drawn.
    """
    kept = [(describe(reading), hit) for reading, hit in zip(readings, right, strict=True) if reading.assembled]
    rows = np.array([[1.0, *row] for row, _ in kept])
    hits = np.array([hit for _, hit in kept], np.float64)
    weights = np.zeros(rows.shape[1])
    for _ in range(50):
        expected = 1 / (1 + np.exp(-np.clip(rows @ weights, -50, 50)))
        slope = rows.T @ (hits - expected) - 0.1 * weights
        bend = (rows * (expected * (1 - expected))[:, None]).T @ rows + 0.1 * np.eye(len(weights))
        weights += np.linalg.solve(bend, slope)
    bias, doubt, repair, agreement = weights.tolist()
    return ReadingConfidence(bias=bias, doubt=doubt, repair=repair, agreement=agreement)
