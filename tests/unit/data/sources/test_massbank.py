from __future__ import annotations

import numpy as np
import pytest

from anymol.data.sources.massbank import read_spectrum
from anymol.errors import DataError
from anymol.modalities.adduct import Adduct, IonMode

CAFFEINE = "Cn1c(=O)c2c(ncn2C)n(C)c1=O"


def test_rows_are_sorted_scaled_and_cleaned() -> None:
    found = read_spectrum(CAFFEINE, 195.0877, "[M+H]+", None, "20 eV", [195.0877, 138.066, 300.0], [50.0, 200.0, 400.0])
    np.testing.assert_allclose(found.mz, [138.066, 195.0877])
    np.testing.assert_allclose(found.intensity, [1.0, 0.25])
    assert (found.adduct, found.ion_mode) == (Adduct.M_H, IonMode.POSITIVE)  # the mode is the adduct's


@pytest.mark.parametrize(
    ("precursor", "mz", "reason"),
    [(200.0, [138.0], "ppm off"), (None, [138.0], "precursor is missing"), (195.0877, [], "no peak")],
)
def test_what_is_refused_says_why(precursor: float | None, mz: list[float], reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        read_spectrum(CAFFEINE, precursor, "[M+H]+", "positive", "20 eV", mz, [1.0] * len(mz))
