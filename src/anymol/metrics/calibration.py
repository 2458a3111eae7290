"""Whether stated probabilities and intervals can be believed. Pure numpy; nothing here needs RDKit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

BINS = 15
"""Number of bins in which the project states its calibration error."""


class ReliabilityBin(NamedTuple):
    """Answers of about the same stated probability.

    Attributes:
        low: Lower end of the bin, exclusive except in the first.
        high: Upper end, inclusive.
        n: Number of answers.
        confidence: Their mean stated probability; nan where there are none.
        accuracy: The share of them that is right; nan where there are none.
    """

    low: float
    high: float
    n: int
    confidence: float
    accuracy: float


def list_reliability(probabilities: ArrayLike, correct: ArrayLike, *, bins: int = BINS) -> list[ReliabilityBin]:
    """Sort answers into bins of equal width.

    Args:
        probabilities: Stated probabilities, shape (n,), 0 to 1.
        correct: Whether each answer was right, shape (n,).
        bins: Number of bins.

    Raises:
        ValueError: When there are no rows, the shapes differ or a probability is none.
    """
    stated, right = _check(probabilities, correct)
    place = np.clip(np.ceil(stated * bins).astype(int) - 1, 0, bins - 1)
    table = []
    for index in range(bins):
        inside = place == index
        count = int(inside.sum())
        confidence = float(stated[inside].mean()) if count else float("nan")
        accuracy = float(right[inside].mean()) if count else float("nan")
        table.append(ReliabilityBin(index / bins, (index + 1) / bins, count, confidence, accuracy))
    return table


def expected_calibration_error(probabilities: ArrayLike, correct: ArrayLike, *, bins: int = BINS) -> float:
    """ECE (Naeini et al. 2015): the mean of |accuracy - confidence| over bins, weighted by their answers, 0 to 1."""
    table = [row for row in list_reliability(probabilities, correct, bins=bins) if row.n]
    return sum(row.n * abs(row.accuracy - row.confidence) for row in table) / sum(row.n for row in table)


def interval_coverage(intervals: Sequence[tuple[float, float] | None], references: Sequence[float]) -> float:
    """Share of rows, 0 to 1, whose reference lies in the stated interval; a missing interval holds nothing."""
    if len(intervals) != len(references):
        raise ValueError(f"{len(intervals)} intervals for {len(references)} references")
    if not references:
        raise ValueError("no rows to score")
    held = [
        interval is not None and interval[0] <= reference <= interval[1]
        for interval, reference in zip(intervals, references, strict=True)
    ]
    return sum(held) / len(held)


def _check(probabilities: ArrayLike, correct: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    stated, right = np.asarray(probabilities, dtype=np.float64), np.asarray(correct, dtype=np.float64)
    if stated.shape != right.shape or stated.ndim != 1:
        raise ValueError(f"probabilities of shape {stated.shape} for outcomes of shape {right.shape}")
    if stated.size == 0:
        raise ValueError("no rows to score")
    if not ((stated >= 0.0) & (stated <= 1.0)).all():
        raise ValueError("a probability lies between 0 and 1")
    return stated, right
