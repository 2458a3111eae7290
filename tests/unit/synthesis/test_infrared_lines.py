"""Broadening against areas and widths worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from anymol.synthesis.infrared_lines import DECADIC_PER_KM, BroadeningSettings, InfraredLines, Profile, broaden_lines


@pytest.mark.parametrize("profile", list(Profile))
def test_the_area_of_a_line_is_its_intensity(profile: Profile) -> None:
    settings = BroadeningSettings(profile=profile, start=1.0, stop=4001.0, step=1.0, width=10.0)
    spectrum = broaden_lines([2000.0], [100.0], settings)
    area = float(spectrum.absorbance.sum())  # step 1 cm^-1
    assert area == pytest.approx(100 * DECADIC_PER_KM, rel=0.002)  # Lorentzian tails lie beyond the axis
    assert pytest.approx(43.43, abs=0.01) == DECADIC_PER_KM


@pytest.mark.parametrize("profile", list(Profile))
def test_the_width_is_that_at_half_height(profile: Profile) -> None:
    settings = BroadeningSettings(profile=profile, step=1.0, width=20.0)
    spectrum = broaden_lines([1000.0], [1.0], settings)
    top = spectrum.absorbance[600]
    assert spectrum.wavenumbers[600] == 1000.0
    assert spectrum.absorbance[[590, 610]] == pytest.approx([top / 2, top / 2])


def test_scaling_moves_lines_and_imaginary_modes_make_none() -> None:
    settings = BroadeningSettings(scaling=0.95, step=1.0)
    spectrum = broaden_lines([-200.0, 2000.0], [1e6, 10.0], settings)
    assert spectrum.wavenumbers[spectrum.absorbance.argmax()] == 1900.0
    assert spectrum == broaden_lines([2000.0], [10.0], settings)
    assert "L mol^-1 cm^-1" in spectrum.measured_as


def test_no_lines_make_a_flat_spectrum() -> None:
    assert not broaden_lines([], []).absorbance.any()


@pytest.mark.parametrize(
    "wrong", [{"start": 4000.0, "stop": 400.0}, {"step": 50.0, "width": 20.0}, {"width": 0.0}, {"shape": "voigt"}]
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        BroadeningSettings(**wrong)


def test_lines_survive_json_and_count_imaginary_modes() -> None:
    lines = InfraredLines((-30.0, 1500.0), (1.0, 2.0), -5.07, "xtb 6.7.1")
    assert InfraredLines.from_json(lines.to_json()) == lines
    assert lines.n_imaginary == 1
    assert np.isfinite(lines.energy)
