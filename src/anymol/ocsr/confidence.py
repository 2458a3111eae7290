"""How often readings that are as sure as this one are right."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from anymol.metrics.logistic import apply_logistic
from anymol.ocsr.reading import Reading


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
        return float(apply_logistic(self.bias + describe(reading) @ [self.doubt, self.repair, self.agreement]))


def describe(reading: Reading) -> NDArray[np.float64]:
    """Return what the curve looks at, shape (3,)."""
    repairs = reading.assembled.repairs if reading.assembled else 3
    return np.array([math.log(0.01 - reading.log_prob), min(repairs, 3), reading.agreement])
