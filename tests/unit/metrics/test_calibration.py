"""Calibration figures, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from anymol.metrics.calibration import (
    BINS,
    expected_calibration_error,
    interval_coverage,
    list_reliability,
)


def test_ece_by_hand() -> None:
    # Two bins: 0.2 and 0.4 (mean 0.3, none right), 0.9 and 0.9 (mean 0.9, one of two right).
    error = expected_calibration_error([0.2, 0.4, 0.9, 0.9], [0, 0, 1, 0], bins=2)
    assert error == pytest.approx(2 / 4 * 0.3 + 2 / 4 * 0.4)


def test_edges_fall_into_the_lower_bin() -> None:
    counts = [row.n for row in list_reliability([0.0, 0.5, 1.0], [0, 1, 1], bins=2)]
    assert counts == [2, 1]


def test_believable_probabilities_have_a_small_error() -> None:
    rng = np.random.default_rng(0)
    stated = rng.random(20_000)
    assert expected_calibration_error(stated, rng.random(20_000) < stated) < 0.02
    assert expected_calibration_error(np.full(100, 0.99), np.zeros(100)) == pytest.approx(0.99)


def test_fifteen_bins_unless_told() -> None:
    assert len(list_reliability([0.3], [1])) == BINS == 15


def test_coverage() -> None:
    assert interval_coverage([(0.0, 1.0), None, (2.0, 3.0)], [1.0, 1.0, 1.0]) == pytest.approx(1 / 3)


@pytest.mark.parametrize(("stated", "right"), [([], []), ([0.5], [1, 0]), ([1.5], [1]), ([[0.5]], [[1]])])
def test_nonsense_is_refused(stated: list[float], right: list[int]) -> None:
    with pytest.raises(ValueError, match=r"rows|shape|between"):
        expected_calibration_error(stated, right)
