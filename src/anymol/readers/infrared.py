"""Axis and values of an infrared file -> :class:`InfraredSpectrum`: wavenumbers rising, absorbance."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from anymol.errors import InvalidFileError
from anymol.modalities.infrared_spectrum import InfraredSpectrum

MAX_POINTS = 1_000_000
"""Most points of one spectrum."""

_LOWEST_TRANSMITTANCE = 1e-4
"""Transmittance below this counts as this: absorbance 4, beyond which spectrometers measure nothing."""


class Axis(StrEnum):
    """What the abscissa counts."""

    WAVENUMBER = "cm^-1"
    MICROMETRE = "micrometres"
    NANOMETRE = "nanometres"


class Ordinate(StrEnum):
    """What the values are."""

    ABSORBANCE = "absorbance"
    TRANSMITTANCE = "transmittance"
    PERCENT = "% transmittance"


def recognise_axis(text: str) -> Axis | None:
    """Return the axis that a label names; None where it names none."""
    label = text.lower().replace(" ", "")
    if any(sign in label for sign in ("1/cm", "cm-1", "cm^-1", "cm⁻¹", "cm**-1", "wavenumber", "cm−1")):
        return Axis.WAVENUMBER
    if "nanomet" in label or "nm" in label:
        return Axis.NANOMETRE
    if "micromet" in label or "micron" in label or "um" in label or "µm" in label or "μm" in label:
        return Axis.MICROMETRE
    return None


def recognise_ordinate(text: str) -> Ordinate | None:
    """Return the quantity that a label names; None where it names none."""
    label = text.lower()
    if "trans" in label or "%t" in label.replace(" ", ""):
        return Ordinate.PERCENT if "%" in label or "percent" in label else Ordinate.TRANSMITTANCE
    return Ordinate.ABSORBANCE if "absor" in label or "intens" in label or "arbitrary" in label else None


def build_infrared(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    axis: Axis | None,
    ordinate: Ordinate | None,
    title: str = "",
) -> InfraredSpectrum:
    """Return a spectrum; where the file names no axis or quantity, the numbers decide.

    Unnamed axes: a maximum up to 50 means micrometres, one beyond 15,000 nanometres, anything else wavenumbers. Unnamed
    values: spectra are mostly baseline, so a median above half the maximum means transmittance, in per cent where the
    maximum is 50 to 150 and as a fraction where it is 0.5 to 1.5.
    A "transmittance" that exceeds 2 is read as per cent. Transmittance T gives the absorbance -log10 T, T >= 1e-4.

    Raises:
        InvalidFileError: There are fewer than 2 points, too many, or the axis is impossible.
    """
    if not 2 <= len(x) <= MAX_POINTS or len(x) != len(y):
        raise InvalidFileError(f"the spectrum has {len(x):,} points", hint=f"2 to {MAX_POINTS:,} are read")
    if not np.isfinite(x).all() or x.min() <= 0 or not np.isfinite(y).any() or np.isinf(y).any():
        raise InvalidFileError("the axis of an infrared spectrum holds positive numbers, and its values are finite")
    axis = axis or _guess_axis(x)
    ordinate = ordinate or _guess_ordinate(y)
    if ordinate is Ordinate.TRANSMITTANCE and np.nanmax(y) > 2:
        ordinate = Ordinate.PERCENT
    match axis:
        case Axis.WAVENUMBER:
            wavenumbers = x
        case Axis.MICROMETRE:
            wavenumbers = 1e4 / x
        case Axis.NANOMETRE:
            wavenumbers = 1e7 / x
    if wavenumbers.min() < 1 or wavenumbers.max() > 50_000:
        raise InvalidFileError(
            f"the axis runs from {wavenumbers.min():.4g} to {wavenumbers.max():.4g} cm^-1, which is not infrared",
            hint=f"it was read as {axis}",
        )
    match ordinate:
        case Ordinate.ABSORBANCE:
            absorbance = y
        case Ordinate.TRANSMITTANCE:
            absorbance = -np.log10(np.maximum(y, _LOWEST_TRANSMITTANCE))
        case Ordinate.PERCENT:
            absorbance = -np.log10(np.maximum(y / 100, _LOWEST_TRANSMITTANCE))
    # A point measured twice (where two scans join) counts once.
    rising, places = np.unique(wavenumbers, return_index=True)
    if len(rising) < 2:
        raise InvalidFileError("all points of the spectrum stand at one place")
    return InfraredSpectrum(rising, absorbance[places], f"{ordinate}, {axis}", title)


def _guess_axis(x: NDArray[np.float64]) -> Axis:
    if x.max() <= 50:
        return Axis.MICROMETRE
    return Axis.NANOMETRE if x.max() > 15_000 else Axis.WAVENUMBER


def _guess_ordinate(y: NDArray[np.float64]) -> Ordinate:
    top, middle = float(np.nanmax(y)), float(np.nanmedian(y))
    if 50 < top <= 150 and middle > top / 2:
        return Ordinate.PERCENT
    return Ordinate.TRANSMITTANCE if 0.5 < top <= 1.5 and middle > top / 2 else Ordinate.ABSORBANCE
