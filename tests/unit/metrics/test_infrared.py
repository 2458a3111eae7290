"""Agreement of infrared spectra, against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from anymol.metrics.infrared import (
    FLOOR,
    SCALES,
    measure_agreement,
    normalise_spectrum,
    pearson,
    spectral_information_divergence,
)

AXIS = np.arange(400.0, 4001.0, 8.0)


def band(at: float, width: float = 20.0) -> np.ndarray:
    return np.exp(-(((AXIS - at) / width) ** 2))


def test_pearson_by_hand() -> None:
    # Deviations (-1, 0, 1) and (-1, 1, 0): the product 1 over the norms 2.
    assert pearson([1, 2, 3], [0, 2, 1]) == pytest.approx(0.5)
    assert pearson([1, 2, 3], [10, 14, 18]) == pytest.approx(1.0)
    assert pearson([1, np.nan, 2, 3], [0, 9, 2, 1]) == pytest.approx(0.5)
    assert pearson([1, 1, 1], [1, 2, 3]) == 0.0


def test_divergence_by_hand() -> None:
    # p = (1/4, 3/4), q = (1/2, 1/2): (-1/4) ln(1/2) + (1/4) ln(3/2) = ln(3) / 4
    assert spectral_information_divergence([1, 3], [2, 2]) == pytest.approx(np.log(3) / 4)
    assert spectral_information_divergence([5, 1], [10, 2]) == pytest.approx(0.0)


def test_nothing_in_common_is_refused() -> None:
    with pytest.raises(ValueError, match="two points"):
        pearson([np.nan, 1.0], [1.0, np.nan])


def test_wavenumbers_that_are_off_by_some_per_cent_still_agree() -> None:
    computed = band(1000) + 0.5 * band(1700) + 0.2 * band(3000)
    measured = band(960) + 0.5 * band(1632) + 0.2 * band(2880)
    assert pearson(measured, computed) < 0.3
    assert measure_agreement(measured, computed, AXIS) > 0.95
    assert measure_agreement(computed, computed, AXIS) == pytest.approx(1.0)
    assert 1.0 in SCALES


def test_what_was_not_measured_does_not_count() -> None:
    computed = band(1000) + band(1700)
    part = np.where((AXIS > 800) & (AXIS < 1300), band(1000), np.nan)
    assert measure_agreement(part, computed, AXIS) > 0.99


def test_shares_sum_to_one_and_none_is_nothing() -> None:
    shares = normalise_spectrum(np.array([3.0, 1.0, 0.0, -2.0]))
    np.testing.assert_allclose(shares, [0.75, 0.25, FLOOR, FLOOR], rtol=1e-5)
    assert shares.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(normalise_spectrum(np.zeros(4)), 0.25)  # a spectrum of nothing is even
