"""Bootstrap intervals."""

from __future__ import annotations

import math

import numpy as np
import pytest

from anymol.metrics.interval import bootstrap_mean, bootstrap_metric, interval_of_runs
from anymol.metrics.regression import REGRESSION_METRICS, mean_absolute_error


def test_interval_of_a_mean_is_near_the_normal_one() -> None:
    values = [0.0, 1.0] * 200
    interval = bootstrap_mean(values, seed=1)
    assert interval.estimate == 0.5
    assert interval.n == 400
    half = 1.96 * 0.5 / math.sqrt(400)
    assert interval.low == pytest.approx(0.5 - half, abs=0.01)
    assert interval.high == pytest.approx(0.5 + half, abs=0.01)


def test_the_same_seed_repeats() -> None:
    values = np.random.default_rng(0).normal(size=50)
    assert bootstrap_mean(values, seed=3) == bootstrap_mean(values, seed=3)
    assert bootstrap_mean(values, seed=3) != bootstrap_mean(values, seed=4)


def test_constant_rows_have_no_width() -> None:
    interval = bootstrap_mean([2.0] * 10)
    assert (interval.low, interval.high) == (2.0, 2.0)


def test_of_a_corpus_figure() -> None:
    references = list(range(30))
    predictions = [value + 1.0 for value in references]
    interval = bootstrap_metric(mean_absolute_error, predictions, references, resamples=50)
    assert (interval.estimate, interval.low, interval.high) == (1.0, 1.0, 1.0)
    metric = next(metric for metric in REGRESSION_METRICS if metric.name == "r2")
    interval = bootstrap_metric(metric, predictions, references, resamples=50)
    assert interval.low <= interval.estimate <= interval.high


def test_a_wider_level_gives_a_wider_interval() -> None:
    values = np.random.default_rng(0).normal(size=100)
    narrow, wide = bootstrap_mean(values, level=0.5), bootstrap_mean(values, level=0.99)
    assert wide.low < narrow.low < narrow.high < wide.high


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="no rows"):
        bootstrap_mean([])
    with pytest.raises(ValueError, match="share between 0 and 1"):
        bootstrap_mean([1.0], level=95)
    with pytest.raises(ValueError, match="2 predictions for 1"):
        bootstrap_metric(mean_absolute_error, [1.0, 2.0], [1.0])


def test_interval_of_runs_is_students() -> None:
    """Of 1, 2 and 3 the mean is 2 and s is 1; t of two degrees of freedom is 4.303 (tables): 4.303 / sqrt(3)."""
    found = interval_of_runs([1.0, 2.0, 3.0])
    assert found.estimate == 2.0 and found.n == 3
    assert found.high - 2.0 == pytest.approx(4.3027 / math.sqrt(3), rel=1e-4) == 2.0 - found.low
    assert math.isnan(interval_of_runs([5.0]).low)
    with pytest.raises(ValueError, match="no runs"):
        interval_of_runs([])
