"""Figures of one task: every metric with its interval, baselines beside it, and how far the stated certainty holds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from anymol.evaluation.baselines import BaselineAnswers
from anymol.metrics.calibration import expected_calibration_error, interval_coverage
from anymol.metrics.interval import ConfidenceInterval, bootstrap_mean, bootstrap_metric
from anymol.metrics.metric import Metric
from anymol.tasks.task import Baseline, Value

RESAMPLES: Final = 1000
_COSTLY_RESAMPLES: Final = 200
"""For figures of a whole corpus, such as BLEU, that no sum over rows gives."""

LEVEL: Final = 0.95


def replace_nan(figures: dict[str, Any]) -> dict[str, Any]:
    """Return figures with nan, which JSON does not know, as null."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in figures.items()
    }


@dataclass(frozen=True)
class Figure:
    """One metric of one system.

    Attributes:
        metric: Name of the metric.
        higher_is_better: Its direction.
        interval: Estimate with its 95 % bootstrap interval and n.
    """

    metric: str
    higher_is_better: bool
    interval: ConfidenceInterval

    def to_json(self) -> dict[str, Any]:
        """Return the metric beside its interval, as in ``figures.json``; NaN, which JSON lacks, is null."""
        one = self.interval
        return {"metric": self.metric, "higher_is_better": self.higher_is_better, **replace_nan(one._asdict())}


@dataclass(frozen=True)
class Comparison:
    """The model against one baseline on the headline metric, row by row.

    Attributes:
        baseline: Name of the baseline.
        trivial: Whether it counts as trivial.
        figure: The baseline's own figure.
        gain: Model less baseline, in the direction of better, with the interval of the paired bootstrap.
    """

    baseline: str
    trivial: bool
    figure: Figure
    gain: ConfidenceInterval

    @property
    def beaten(self) -> bool:
        """Whether the model is better by more than chance: the interval of the gain lies above zero."""
        return self.gain.low > 0

    def to_json(self) -> dict[str, Any]:
        """Return both figures and whether the baseline is beaten, as in ``figures.json``; NaN is null."""
        return {
            "baseline": self.baseline,
            "trivial": self.trivial,
            "beaten": self.beaten,
            "figure": self.figure.to_json(),
            "gain": replace_nan(self.gain._asdict()),
        }


@dataclass(frozen=True)
class TaskFigures:
    """All figures of one task.

    Attributes:
        task: Name of the task.
        n: Rows.
        figures: The model's figures, the headline first.
        comparisons: The model against each baseline.
        ece: Calibration error of the stated probabilities over 15 bins; None for numbers.
        coverage: Share of references inside the stated 90 % interval; None where there is none.
        seconds: Wall time of the model for all rows.
        published: Figures of the same answers by the rules of published tables, where these were asked for.
        readable: Share of rows whose first answer could be read, 0 to 1: what was answered at all.
        unmeasured: Baselines that had no training rows to learn from, or nothing to copy: no figure is theirs.
    """

    task: str
    n: int
    figures: tuple[Figure, ...]
    comparisons: tuple[Comparison, ...]
    ece: float | None
    coverage: float | None
    seconds: float
    published: tuple[Figure, ...] = ()
    readable: float = 1.0
    unmeasured: tuple[Baseline, ...] = ()

    @property
    def headline(self) -> Figure:
        """The task's first metric."""
        return self.figures[0]

    @property
    def beats_trivial(self) -> bool | None:
        """Whether each trivial baseline is beaten by more than chance; None where one that might not be is unmeasured.

        Of a task without any baseline nothing is known either.
        """
        trivial = [one.beaten for one in self.comparisons if one.trivial]
        if not all(trivial):
            return False
        return True if trivial and not any(one.trivial for one in self.unmeasured) else None

    @property
    def best_trivial(self) -> Comparison | None:
        """The trivial baseline that is hardest to beat."""
        return min((one for one in self.comparisons if one.trivial), key=lambda one: one.gain.estimate, default=None)

    def to_json(self) -> dict[str, Any]:
        """Return the entry of the task in ``figures.json``, times in seconds."""
        return {
            "task": self.task,
            "n": self.n,
            "readable": self.readable,
            "beats_trivial_baselines": self.beats_trivial,
            "figures": [figure.to_json() for figure in self.figures],
            "published_protocol": [figure.to_json() for figure in self.published],
            "baselines": [
                *(comparison.to_json() for comparison in self.comparisons),
                *(
                    {"baseline": one.value, "trivial": one.trivial, "beaten": None, "figure": None, "gain": None}
                    for one in self.unmeasured
                ),
            ],
            "ece": self.ece,
            "interval_coverage": self.coverage,
            "seconds": round(self.seconds, 3),
        }


def measure(metric: Metric, predictions: Sequence[Value | None], references: Sequence[Value], *, seed: int) -> Figure:
    """Return a metric with its bootstrap interval.

    Most metrics are means over rows: their rows are scored once and then resampled. The others are recomputed on each
    resample, on fewer of them.
    """
    rows = _score_rows(metric, predictions, references)
    if rows is not None:
        interval = bootstrap_mean(rows, level=LEVEL, resamples=RESAMPLES, seed=seed)
    else:
        interval = bootstrap_metric(
            metric, predictions, references, level=LEVEL, resamples=_COSTLY_RESAMPLES, seed=seed
        )
    return Figure(metric.name, metric.higher_is_better, interval)


def measure_share(name: str, hits: Sequence[bool], *, seed: int) -> Figure:
    """Return a share of rows with its bootstrap interval."""
    return Figure(name, True, bootstrap_mean([float(hit) for hit in hits], level=LEVEL, seed=seed))


def compare(
    metric: Metric,
    predictions: Sequence[Value | None],
    baseline: BaselineAnswers,
    references: Sequence[Value],
    *,
    seed: int,
) -> Comparison:
    """Compare the model with a baseline on the same rows, by a paired bootstrap of the difference."""
    gain = measure_gain(metric, predictions, baseline.answers, references, seed=seed)
    figure = measure(metric, baseline.answers, references, seed=seed)
    return Comparison(baseline.baseline.value, baseline.baseline.trivial, figure, gain)


def measure_gain(
    metric: Metric,
    predictions: Sequence[Value | None],
    others: Sequence[Value | None],
    references: Sequence[Value],
    *,
    seed: int,
) -> ConfidenceInterval:
    """Return how much better `predictions` are than `others`, with the interval of the paired bootstrap.

    The difference is that of the figures, in the direction of better; the same rows are drawn for both.
    """
    sign = 1.0 if metric.higher_is_better else -1.0
    mine = _score_rows(metric, predictions, references)
    theirs = _score_rows(metric, others, references)
    if mine is not None and theirs is not None:
        return bootstrap_mean(sign * (mine - theirs), level=LEVEL, resamples=RESAMPLES, seed=seed)
    pairs = list(zip(predictions, others, strict=True))

    def difference(both: Sequence[tuple[Value | None, Value | None]], right: Sequence[Value]) -> float:
        ours = metric.score([one for one, _ in both], right)
        return sign * (ours - metric.score([other for _, other in both], right))

    return bootstrap_metric(difference, pairs, references, level=LEVEL, resamples=_COSTLY_RESAMPLES, seed=seed)


def judge_certainty(
    probabilities: Sequence[float | None],
    hits: Sequence[bool],
    intervals: Sequence[tuple[float, float] | None],
    references: Sequence[Value],
) -> tuple[float | None, float | None]:
    """Return the calibration error of probabilities and the coverage of intervals; None where there are none."""
    stated = [(one, hit) for one, hit in zip(probabilities, hits, strict=True) if one is not None]
    ece = expected_calibration_error([p for p, _ in stated], [h for _, h in stated]) if stated else None
    coverage = None
    if any(one is not None for one in intervals):
        coverage = interval_coverage(intervals, [float(reference) for reference in references])
    return ece, coverage


def _score_rows(metric: Metric, predictions: Sequence[Any], references: Sequence[Any]) -> np.ndarray | None:
    """Return the score of each row, shape (n,), or None where the metric is not a mean of them."""
    rows = np.array([metric.score([p], [r]) for p, r in zip(predictions, references, strict=True)])
    whole = metric.score(predictions, references)
    if np.isfinite(rows).all() and math.isclose(float(rows.mean()), whole, rel_tol=1e-9, abs_tol=1e-9):
        return rows
    return None
