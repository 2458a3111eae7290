"""Logistic curves."""

from __future__ import annotations

import numpy as np
import pytest

from anymol.metrics.logistic import apply_logistic, fit_logistic


def test_a_known_law_is_recovered() -> None:
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(5000, 2)) * [1.0, 30.0]
    right = generator.random(5000) < apply_logistic(0.5 - rows[:, 0] + rows[:, 1] / 20)
    bias, slopes = fit_logistic(rows, right)
    assert bias == pytest.approx(0.5, abs=0.1)
    assert slopes == pytest.approx([-1.0, 0.05], rel=0.1)


def test_the_fit_is_where_the_penalised_loss_is_flat() -> None:
    rows, right = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([0.0, 1.0, 0.0, 1.0])
    bias, (slope,) = fit_logistic(rows, right, ridge=0.5)
    target = np.where(right > 0, 3 / 4, 1 / 4)  # Platt: (2 + 1) / (2 + 2) and 1 / (2 + 2)
    miss = apply_logistic(bias + slope * rows[:, 0]) - target
    width = rows.std()
    scaled = (rows[:, 0] - 1.5) / width
    assert miss.sum() == pytest.approx(0, abs=1e-5)
    assert (miss * scaled).sum() + 0.5 * slope * width == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize(("right", "least", "most"), [([1] * 200, 0.98, 1.0), ([0] * 200, 0.0, 0.02)])
def test_rows_of_one_kind_are_fitted_and_not_certain(right: list[int], least: float, most: float) -> None:
    for rows in (np.arange(200.0)[:, None], np.zeros((200, 0))):
        bias, slopes = fit_logistic(rows, right)
        assert least < apply_logistic(bias + rows[5] @ slopes) < most


def test_what_says_nothing_has_no_slope() -> None:
    """Every second row is right whatever the feature: the fit begins where it ends, which is not a failure."""
    rows = [[-float(number % 7)] for number in range(70)]
    bias, (slope,) = fit_logistic(rows, [number % 2 == 0 for number in range(70)])
    assert abs(bias) < 1e-6 and abs(slope) < 1e-6
