"""Axis and values of an infrared file -> :class:`InfraredSpectrum`: wavenumbers rising, absorbance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anymol.errors import InvalidFileError
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.readers.infrared_labels import Axis, AxisLabel, Ordinate

MAX_POINTS = 1_000_000
"""Most points of one spectrum."""

REACH = (5.0, 15_000.0)
"""Wavenumbers (cm^-1) that infrared spectrometers reach: from the far infrared to the edge of the visible."""

_FAR_END = 100.0
"""The highest wavenumber (cm^-1) of a spectrum is at least this, or its unit is another."""

_SHORT_END = 1_200.0
"""Numbers without a unit that end below this may as well be the nanometres of an ultraviolet spectrum."""

_LOWEST_TRANSMITTANCE = 1e-4
"""Transmittance below this counts as this: absorbance 4, beyond which spectrometers measure nothing."""

_HIGHEST_ABSORBANCE = 20.0
"""No spectrometer measures a higher absorbance."""

_FEW_POINTS, _UNEVEN = 100, 4.0
"""Fewer points than these, with a gap of so many usual steps, look like a list of bands."""

_DARK = 0.25
"""A transmittance whose median is less than this share of its maximum is that of an opaque sample, or is not one."""

_BRIGHT = 0.75
"""An absorbance of at most 1.2 whose median is more than this share of its maximum looks like a transmittance."""

_FEWEST = 30
"""Of fewer points the median says nothing."""

_NOISE = 0.01
"""Absorbance of a baseline may be so far below zero."""

_MAX_TURNS = 0.01
"""Largest share of the steps along the axis that go the other way: where two scans join, they overlap."""


def build_infrared(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    axis: AxisLabel | Axis | None,
    ordinate: Ordinate | None,
    title: str = "",
) -> tuple[InfraredSpectrum, tuple[str, ...]]:
    """Return a spectrum, and what must be said of how its numbers were understood.

    What the file states of axis and quantity is taken, unless the numbers contradict it. What it does not state the
    numbers decide, and a note says so. Axes without a unit: a maximum up to 50 means micrometres, one beyond 15,000
    nanometres, anything else wavenumbers. Values without a name: spectra are mostly baseline, so a median above half
    the maximum means transmittance, in per cent where the maximum is 50 to 150 and as a fraction where it is 0.5 to
    1.5. A stated "transmittance" that exceeds 2 is in per cent. Transmittance T gives the absorbance -log10 T,
    T >= 1e-4.

    Args:
        x: Shape (P,), the axis, rising or falling.
        y: Shape (P,), the values; NaN where nothing was measured.
        axis: What the file states of the axis.
        ordinate: What the file states of the values.
        title: Title of the record.

    Raises:
        InvalidFileError: There are fewer than 2 points, too many, the axis turns back, or what is stated is impossible.
    """
    if not 2 <= len(x) <= MAX_POINTS or len(x) != len(y):
        raise InvalidFileError(f"the spectrum has {len(x):,} points", hint=f"2 to {MAX_POINTS:,} are read")
    if not np.isfinite(x).all() or x.min() <= 0 or not np.isfinite(y).any() or np.isinf(y).any():
        raise InvalidFileError("the axis of an infrared spectrum holds positive numbers, and its values are finite")
    _require_one_direction(x)
    label = axis if isinstance(axis, AxisLabel) else AxisLabel(axis)
    unit, wavenumbers, notes = _find_wavenumbers(x, label)
    quantity, absorbance, more = _find_absorbance(y, ordinate)
    if len(x) < _FEW_POINTS and _is_uneven(x) and _is_uneven(wavenumbers):
        more += (f"{len(x)} points that stand unevenly are taken for a curve: peaks alone are none",)
    # A point measured twice (where two scans join) counts once.
    rising, places = np.unique(wavenumbers, return_index=True)
    if len(rising) < 2:
        raise InvalidFileError("all points of the spectrum stand at one place")
    return InfraredSpectrum(rising, absorbance[places], f"{quantity}, {unit}", title), (*notes, *more)


def _require_one_direction(x: NDArray[np.float64]) -> None:
    """Refuse an axis that goes up and down.

    Raises:
        InvalidFileError: It does, more often than where scans overlap.
    """
    steps = np.diff(x)
    forth, back = int((steps > 0).sum()), int((steps < 0).sum())
    if min(forth, back) > max(1, _MAX_TURNS * len(steps)):
        raise InvalidFileError(
            f"the axis goes up {forth:,} times and down {back:,} times",
            hint="an axis rises or falls; check the columns, or give a file of one spectrum",
        )


def _is_uneven(x: NDArray[np.float64]) -> bool:
    """Whether points stand unevenly along an axis, as in a list of bands."""
    steps = np.abs(np.diff(x))
    return bool(steps.max() > _UNEVEN * max(float(np.median(steps)), 1e-9))


def _find_wavenumbers(x: NDArray[np.float64], label: AxisLabel) -> tuple[Axis, NDArray[np.float64], tuple[str, ...]]:
    """Return the unit of an axis, its wavenumbers (cm^-1) and notes.

    Raises:
        InvalidFileError: No unit fits the numbers, or not the one that is stated.
    """
    unit = label.unit
    notes: tuple[str, ...] = ()
    if unit is None:
        unit = _guess_axis(x, label.is_wavelength)
        notes = (f"the file does not name the unit of its axis, {x.min():g} to {x.max():g}: read as {unit}",)
    wavenumbers = _convert(x, unit)
    if _fits(wavenumbers):
        if label.unit is Axis.WAVENUMBER and label.is_wavelength:
            notes = ("the axis is called a wavelength and counted in cm^-1: read as wavenumbers",)
        return unit, wavenumbers, notes
    others = [axis for axis in Axis if axis is not unit and _fits(_convert(x, axis))]
    fitting = " or ".join(
        f"as {axis} it would run from {low:.4g} to {high:.4g} cm^-1"
        for axis in others
        for low, high in [(_convert(x, axis).min(), _convert(x, axis).max())]
    )
    raise InvalidFileError(
        f"the axis runs from {x.min():g} to {x.max():g}, which as {unit} is {wavenumbers.min():.4g} to "
        f"{wavenumbers.max():.4g} cm^-1: that is not infrared",
        hint=f"{fitting}; correct the unit" if fitting else f"infrared is {REACH[0]:g} to {REACH[1]:,.0f} cm^-1",
    )


def _convert(x: NDArray[np.float64], unit: Axis) -> NDArray[np.float64]:
    """Return the wavenumbers (cm^-1) of an axis."""
    match unit:
        case Axis.WAVENUMBER:
            return x
        case Axis.MICROMETRE:
            return 1e4 / x
        case Axis.NANOMETRE:
            return 1e7 / x


def _fits(wavenumbers: NDArray[np.float64]) -> bool:
    return bool(wavenumbers.min() >= REACH[0] and _FAR_END <= wavenumbers.max() <= REACH[1])


def _guess_axis(x: NDArray[np.float64], is_wavelength: bool) -> Axis:
    """Return the unit that the numbers of an axis suggest.

    Raises:
        InvalidFileError: They suggest none.
    """
    if x.max() <= 50:
        return Axis.MICROMETRE
    if x.max() > REACH[1] or is_wavelength:
        return Axis.NANOMETRE
    if x.max() < _SHORT_END:
        raise InvalidFileError(
            f"the axis runs from {x.min():g} to {x.max():g}, and the file does not name its unit",
            hint="name it above the numbers, as in 'cm-1,absorbance'; ultraviolet spectra are not read",
        )
    return Axis.WAVENUMBER


def _find_absorbance(
    y: NDArray[np.float64], stated: Ordinate | None
) -> tuple[Ordinate, NDArray[np.float64], tuple[str, ...]]:
    """Return the quantity that values are, their absorbance and notes.

    Raises:
        InvalidFileError: The values cannot be the quantity that is stated.
    """
    top, middle = float(np.nanmax(y)), float(np.nanmedian(y))
    ordinate = stated
    notes: tuple[str, ...] = ()
    if ordinate is None:
        ordinate = _guess_ordinate(top, middle)
        notes = (f"the file does not name its values, {np.nanmin(y):.4g} to {top:.4g}: read as {ordinate}",)
    if ordinate is Ordinate.TRANSMITTANCE and top > 2:
        ordinate = Ordinate.PERCENT
    _require_possible(ordinate, top, middle, float(np.nanmin(y)))
    is_light = ordinate in (Ordinate.TRANSMITTANCE, Ordinate.PERCENT)
    if is_light and middle < _DARK * top and len(y) >= _FEWEST:
        notes += (
            f"the values are called {ordinate}, and their median is {middle:.2g} where their maximum is {top:.2g}: "
            "nearly all light is absorbed, or they are absorbance",
        )
    if stated is Ordinate.ABSORBANCE and 0.5 < top <= 1.2 and middle > _BRIGHT * top and len(y) >= _FEWEST:
        notes += (
            f"the values are called absorbance, and their median is {middle:.2g} where their maximum is {top:.2g}: "
            "little of the axis is free of bands, or they are transmittance",
        )
    match ordinate:
        case Ordinate.ABSORBANCE:
            if stated and top > _HIGHEST_ABSORBANCE:
                notes = (f"absorbance up to {top:.4g} is taken for heights in arbitrary units",)
            return ordinate, y, notes
        case Ordinate.LOG_REFLECTANCE:
            return ordinate, y, ("log(1/R) of a reflection is taken for absorbance: heights of bands may differ",)
        case Ordinate.TRANSMITTANCE:
            return ordinate, -np.log10(np.maximum(y, _LOWEST_TRANSMITTANCE)), notes
        case Ordinate.PERCENT:
            return ordinate, -np.log10(np.maximum(y / 100, _LOWEST_TRANSMITTANCE)), notes


def _require_possible(ordinate: Ordinate, top: float, middle: float, bottom: float) -> None:
    """Refuse values that cannot be what they are called.

    Raises:
        InvalidFileError: They cannot.
    """
    match ordinate:
        case Ordinate.ABSORBANCE | Ordinate.LOG_REFLECTANCE if 50 < top <= 150 and middle > top / 2:
            meant = "they look like % transmittance"
        case Ordinate.ABSORBANCE | Ordinate.LOG_REFLECTANCE if bottom < -10 * max(top, _NOISE):
            raise InvalidFileError(
                f"the bands point down: the values are called {ordinate} and run from {bottom:.4g} to {top:.4g}",
                hint="correct their sign, or their name",
            )
        case Ordinate.PERCENT if top <= 1.5 and middle > top / 2:
            meant = "they look like transmittance from 0 to 1"
        case Ordinate.PERCENT if top <= 1.5:
            meant = "they look like absorbance"
        case Ordinate.PERCENT if top > 400:
            meant = "transmittance is about 100 % at most"
        case _:
            return
    raise InvalidFileError(
        f"the values are called {ordinate}, their median is {middle:.4g} and their maximum {top:.4g}",
        hint=f"{meant}; correct the name of the values",
    )


def _guess_ordinate(top: float, middle: float) -> Ordinate:
    """Return the quantity that values suggest.

    Raises:
        InvalidFileError: They suggest none: too high for absorbance, too low on the whole for % transmittance.
    """
    if middle > top / 2 and 50 < top <= 150:
        return Ordinate.PERCENT
    if middle > top / 2 and 0.5 < top <= 1.5:
        return Ordinate.TRANSMITTANCE
    if 10 < top <= 150:
        raise InvalidFileError(
            f"the file does not name its values, whose median is {middle:.4g} and whose maximum is {top:.4g}",
            hint="name them above the numbers, as in 'cm-1,absorbance' or 'cm-1,%T'",
        )
    return Ordinate.ABSORBANCE
