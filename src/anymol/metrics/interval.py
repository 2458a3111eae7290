"""Confidence intervals: of rows by the bootstrap, of repeated runs by Student's t. Nothing here needs RDKit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from anymol.metrics.metric import Metric


class ConfidenceInterval(NamedTuple):
    """A figure with the interval that holds it.

    Attributes:
        estimate: The figure over all rows.
        low: Lower end.
        high: Upper end.
        level: Share of intervals of this kind that hold the true figure, for example 0.95.
        n: Number of rows.
    """

    estimate: float
    low: float
    high: float
    level: float
    n: int

    def __str__(self) -> str:
        return f"{self.estimate:.4g} [{self.low:.4g}, {self.high:.4g}], n={self.n}"


def bootstrap_mean(
    values: ArrayLike, *, level: float = 0.95, resamples: int = 1000, seed: int = 0
) -> ConfidenceInterval:
    """Percentile bootstrap interval (Efron 1979) of a mean of per-row values.

    Args:
        values: Per-row values, shape (n,).
        level: Confidence level, between 0 and 1.
        resamples: How often the rows are drawn with replacement.
        seed: Seed of the draws; the same seed gives the same interval.

    Raises:
        ValueError: When there are no rows or `level` is not a share.
    """
    rows = np.asarray(values, dtype=np.float64)
    rng = _start(len(rows), level, seed)
    means = np.array([rows[rng.integers(0, len(rows), len(rows))].mean() for _ in range(resamples)])
    return _close(float(rows.mean()), means, level, len(rows))


def bootstrap_metric(
    metric: Metric | Callable[[Sequence[Any], Sequence[Any]], float],
    predictions: Sequence[Any],
    references: Sequence[Any],
    *,
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> ConfidenceInterval:
    """Percentile bootstrap interval of a corpus figure, recomputed on rows drawn with replacement.

    Resamples on which the figure is not defined (R2 of equal references) are left out.

    Args:
        metric: A metric, or its function.
        predictions: Predictions; None where unreadable.
        references: References.
        level: Confidence level, between 0 and 1.
        resamples: How often the rows are drawn with replacement.
        seed: Seed of the draws.

    Raises:
        ValueError: When there are no rows, lengths differ, or `level` is not a share.
    """
    if len(predictions) != len(references):
        raise ValueError(f"{len(predictions)} predictions for {len(references)} references")
    score = metric.score if isinstance(metric, Metric) else metric
    n = len(references)
    rng = _start(n, level, seed)
    figures = []
    for _ in range(resamples):
        drawn = rng.integers(0, n, n)
        figures.append(score([predictions[i] for i in drawn], [references[i] for i in drawn]))
    return _close(score(predictions, references), np.array(figures), level, n)


def interval_of_runs(values: Sequence[float], *, level: float = 0.95) -> ConfidenceInterval:
    """Interval of the mean over repeated runs, such as seeds, which are few: Student's t (1908).

    ``mean +- t(n - 1) s / sqrt(n)`` with the standard deviation s of the runs. Of one run it is not known: nan.

    Args:
        values: What each run gave.
        level: Confidence level, between 0 and 1.

    Raises:
        ValueError: When there are no runs.
    """
    if not len(values):
        raise ValueError("no runs to average")
    mean, n = float(np.mean(values)), len(values)
    if n < 2:
        return ConfidenceInterval(mean, float("nan"), float("nan"), level, n)
    from scipy.special import stdtrit  # only now: rows are bootstrapped without it

    half = float(stdtrit(n - 1, (1.0 + level) / 2.0)) * float(np.std(values, ddof=1)) / float(np.sqrt(n))
    return ConfidenceInterval(mean, mean - half, mean + half, level, n)


def _start(n: int, level: float, seed: int) -> np.random.Generator:
    if n == 0:
        raise ValueError("no rows to score")
    if not 0.0 < level < 1.0:
        raise ValueError(f"the confidence level is a share between 0 and 1, not {level}")
    return np.random.default_rng(seed)


def _close(estimate: float, figures: np.ndarray, level: float, n: int) -> ConfidenceInterval:
    defined = figures[np.isfinite(figures)]
    if defined.size == 0:
        return ConfidenceInterval(estimate, float("nan"), float("nan"), level, n)
    low, high = np.quantile(defined, [(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    return ConfidenceInterval(estimate, float(low), float(high), level, n)
