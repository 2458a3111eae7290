"""Figures for predicted numbers. Pure numpy; nothing here needs RDKit.

Every figure is over *all* rows. A row whose answer was unreadable (None) is given the worst number that the references
allow: the end of their range that lies farther from its own reference. Abstaining is so never cheaper than answering
within the range, and :func:`coverage`, reported beside every figure, says how many rows this concerns.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from anymol.metrics.metric import Metric, require_rows

Numbers = Sequence[float | None]
"""Predicted numbers; None where the answer was unreadable."""


def fill_unreadable(predictions: Numbers, references: Sequence[float]) -> NDArray[np.float64]:
    """Return predictions, shape (n,), with the farther end of the references' range where there is none.

    Raises:
        ValueError: When the lengths differ or there are no rows.
    """
    require_rows(predictions, references)
    low, high = min(references), max(references)
    return np.array(
        [
            prediction
            if prediction is not None and math.isfinite(prediction)
            else (low if reference - low > high - reference else high)
            for prediction, reference in zip(predictions, references, strict=True)
        ],
        dtype=np.float64,
    )


def coverage(predictions: Sequence[object | None], references: Sequence[object]) -> float:
    """Share of rows, 0 to 1, whose answer was readable."""
    require_rows(predictions, references)
    return sum(prediction is not None for prediction in predictions) / len(predictions)


def mean_absolute_error(predictions: Numbers, references: Sequence[float]) -> float:
    """Mean of |prediction - reference|, in the references' unit."""
    return float(np.mean(np.abs(fill_unreadable(predictions, references) - np.asarray(references, dtype=np.float64))))


def root_mean_squared_error(predictions: Numbers, references: Sequence[float]) -> float:
    """Square root of the mean of (prediction - reference)^2, in the references' unit."""
    errors = fill_unreadable(predictions, references) - np.asarray(references, dtype=np.float64)
    return float(np.sqrt(np.mean(errors**2)))


def r_squared(predictions: Numbers, references: Sequence[float]) -> float:
    """Coefficient of determination, 1 - residual / total sum of squares; negative when worse than the mean.

    nan where all references are equal and the predictions are not.
    """
    truth = np.asarray(references, dtype=np.float64)
    residual = float(np.sum((fill_unreadable(predictions, references) - truth) ** 2))
    total = float(np.sum((truth - truth.mean()) ** 2))
    if total == 0.0:
        return 1.0 if residual == 0.0 else math.nan
    return 1.0 - residual / total


def pearson(predictions: Numbers, references: Sequence[float]) -> float:
    """Pearson's linear correlation; nan where either side is constant."""
    filled = fill_unreadable(predictions, references)
    truth = np.asarray(references, dtype=np.float64)
    left, right = filled - filled.mean(), truth - truth.mean()
    norm = float(np.sqrt(np.sum(left**2) * np.sum(right**2)))
    return math.nan if norm == 0.0 else float(np.sum(left * right) / norm)


REGRESSION_METRICS: Final = (
    Metric("mae", mean_absolute_error, higher_is_better=False),
    Metric("rmse", root_mean_squared_error, higher_is_better=False),
    Metric("r2", r_squared, higher_is_better=True),
    Metric("pearson", pearson, higher_is_better=True),
    Metric("coverage", coverage, higher_is_better=True),
)
"""How predicted numbers are scored; the mean absolute error is the headline."""
