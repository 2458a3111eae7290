"""Figures for numbers, worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from anymol.metrics.regression import (
    REGRESSION_METRICS,
    coverage,
    fill_unreadable,
    mean_absolute_error,
    pearson,
    r_squared,
    root_mean_squared_error,
)

TRUE = [1.0, 2.0, 3.0, 4.0]
SAID = [1.0, 3.0, 3.0, 2.0]  # errors 0, 1, 0, -2


def test_by_hand() -> None:
    assert mean_absolute_error(SAID, TRUE) == pytest.approx(3 / 4)
    assert root_mean_squared_error(SAID, TRUE) == pytest.approx(math.sqrt(5 / 4))
    # residual 5, total 2.25 + 0.25 + 0.25 + 2.25 = 5
    assert r_squared(SAID, TRUE) == pytest.approx(0.0)
    # deviations from 2.5 and 2.25: products sum to 1.875 - 0.375 + 0.375 - 0.375 = 1.5, squares to 5 and 2.75
    assert pearson(SAID, TRUE) == pytest.approx(1.5 / math.sqrt(5 * 2.75))


def test_unreadable_answers_get_the_farther_end_of_the_range() -> None:
    filled = fill_unreadable([None, None, None, 2.5], TRUE)
    assert filled.tolist() == [4.0, 4.0, 1.0, 2.5]
    assert mean_absolute_error([None, 2.0, 3.0, 4.0], TRUE) == pytest.approx(3 / 4)
    assert coverage([None, 2.0, 3.0, 4.0], TRUE) == 0.75
    assert fill_unreadable([math.nan, 2.0, math.inf, 4.0], TRUE).tolist() == [4.0, 2.0, 1.0, 4.0]


def test_abstaining_never_pays() -> None:
    for guess in (1.0, 2.5, 4.0):
        assert mean_absolute_error([None, *TRUE[1:]], TRUE) >= mean_absolute_error([guess, *TRUE[1:]], TRUE)


def test_constant_sides() -> None:
    assert math.isnan(pearson([1.0, 1.0], [1.0, 2.0]))
    assert math.isnan(r_squared([1.0, 2.0], [1.0, 1.0]))
    assert r_squared([1.0, 1.0], [1.0, 1.0]) == 1.0


def test_lengths_must_agree() -> None:
    for metric in REGRESSION_METRICS:
        with pytest.raises(ValueError, match="2 predictions for 1"):
            metric.score([1.0, 2.0], [1.0])
        with pytest.raises(ValueError, match="no rows"):
            metric.score([], [])


def test_figures_are_those_of_scikit_learn_and_scipy() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(0)
    truth = rng.normal(size=50)
    found = truth + rng.normal(size=50)
    assert mean_absolute_error(found.tolist(), truth.tolist()) == pytest.approx(
        metrics.mean_absolute_error(truth, found)
    )
    assert root_mean_squared_error(found.tolist(), truth.tolist()) == pytest.approx(
        metrics.root_mean_squared_error(truth, found)
    )
    assert r_squared(found.tolist(), truth.tolist()) == pytest.approx(metrics.r2_score(truth, found))
    assert pearson(found.tolist(), truth.tolist()) == pytest.approx(stats.pearsonr(found, truth).statistic)
