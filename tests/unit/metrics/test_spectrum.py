from __future__ import annotations

import numpy as np
import pytest

from anymol.metrics.spectrum import cosine
from anymol.modalities.mass_spectrum import MassSpectrum


def spectrum(*peaks: tuple[float, float]) -> MassSpectrum:
    mz, intensity = np.array(sorted(peaks)).T
    return MassSpectrum(mz, intensity, 200.0)


ONE = spectrum((50.0, 0.6), (100.0, 0.8))


def test_a_spectrum_is_like_itself_and_unlike_others() -> None:
    assert cosine(ONE, ONE) == pytest.approx(1.0)
    assert cosine(ONE, spectrum((60.0, 1.0))) == 0.0
    # (0.8 * 1.0) / (1.0 * sqrt(1.0 + 0.25)), worked out by hand
    assert cosine(ONE, spectrum((100.005, 1.0), (150.0, 0.5))) == pytest.approx(0.8 / np.sqrt(1.25))


def test_a_peak_is_matched_once_by_the_higher_product() -> None:
    twins = spectrum((99.995, 0.3), (100.004, 1.0))
    assert cosine(ONE, twins) == pytest.approx(0.8 / np.sqrt(1.09))


def test_it_agrees_with_matchms() -> None:
    matchms = pytest.importorskip("matchms", reason="matchms is not installed (extra evaluate)")
    from matchms.similarity import CosineGreedy

    rng = np.random.default_rng(0)
    for _ in range(5):
        pair = [
            spectrum(*zip(np.unique(rng.choice(np.arange(50.0, 60.0, 0.5), 8)), rng.uniform(0.01, 1, 8), strict=False))
            for _ in range(2)
        ]
        theirs = [matchms.Spectrum(mz=np.array(one.mz), intensities=np.array(one.intensity)) for one in pair]
        assert cosine(*pair) == pytest.approx(float(CosineGreedy(tolerance=0.01).pair(*theirs)["score"]))
