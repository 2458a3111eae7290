"""Cleaning of measured spectra."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anymol.modalities.adduct import Adduct, compute_precursor
from anymol.modalities.cleaning import STEPS, Dropped, clean_spectrum
from anymol.modalities.mass_spectrum import MassSpectrum

ASPIRIN = 180.0422587
SPECTRUM = MassSpectrum(np.array([121.03, 163.04, 300.0]), np.array([0.2, 0.5, 1.0]), 181.0495, Adduct.M_H)


@pytest.mark.parametrize(
    ("adduct", "mz"),
    [(Adduct.M_H, 181.0495), (Adduct.M_NA, 203.0315), (Adduct.M_NEG_H, 179.0350), (Adduct.M_NH4, 198.0761),
     (Adduct.M_2H, 91.0284), (Adduct.M_FORMATE, 225.0405), (Adduct.M_CL, 215.0117), (Adduct.M_ACETATE, 239.0561)],
)  # fmt: skip
def test_precursors(adduct: Adduct, mz: float) -> None:
    assert compute_precursor(ASPIRIN, adduct, charge=0) == pytest.approx(mz, abs=2e-4)


@pytest.mark.parametrize("adduct", Adduct)
def test_every_adduct_has_a_mass(adduct: Adduct) -> None:
    assert compute_precursor(500.0, adduct, charge=0) > 0


def test_peaks_above_the_precursor_go_and_the_rest_is_scaled() -> None:
    cleaned = clean_spectrum(SPECTRUM, ASPIRIN, charge=0)
    assert isinstance(cleaned, MassSpectrum)
    np.testing.assert_allclose(cleaned.mz, [121.03, 163.04])
    np.testing.assert_allclose(cleaned.intensity, [0.4, 1.0])


@pytest.mark.parametrize(
    ("changes", "step"),
    [({"adduct": None}, "require_adduct"), ({"precursor_mz": None}, "require_precursor"),
     ({"precursor_mz": 181.06}, "require_precursor"),
     ({"mz": np.array([200.0, 250.0, 300.0])}, "remove_peaks_above_precursor")],
)  # fmt: skip
def test_dropped_spectra_say_why(changes: dict, step: str) -> None:
    result = clean_spectrum(replace(SPECTRUM, **changes), ASPIRIN, charge=0)
    assert isinstance(result, Dropped)
    assert result.step == step


def test_order() -> None:
    names = [step.__name__ for step in STEPS]
    assert (
        names.index("require_precursor")
        < names.index("remove_peaks_above_precursor")
        < names.index("scale_intensities")
    )
