"""Cleaning of measured MS/MS spectra: named steps in one visible order, each with its rule.

The first word of a step says what it may do: ``require_`` drops whole spectra, ``remove_`` drops peaks, ``scale_``
changes values. Spellings of adducts and energy units are settled before, by :mod:`anymol.readers.ion_fields`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from anymol.modalities.adduct import compute_neutral_mass, compute_precursor
from anymol.modalities.mass_spectrum import MassSpectrum

PRECURSOR_PPM = 50.0
"""Largest distance of the recorded precursor from the computed one, parts per million."""

ABOVE_PRECURSOR_DA = 2.0
"""How far above the precursor a peak may stand: its isotopes do."""


@dataclass(frozen=True)
class Dropped:
    """A spectrum that a step refused, and why."""

    step: str
    reason: str


Step = Callable[[MassSpectrum, float], MassSpectrum | str]
"""A step takes a spectrum and the mass of its molecule's atoms with all electrons (Da).

It returns the spectrum, or why it is dropped.
"""


def require_adduct(spectrum: MassSpectrum, neutral_mass: float) -> MassSpectrum | str:
    """Drop a spectrum whose adduct is not known."""
    return spectrum if spectrum.adduct is not None else "the adduct is missing or unknown"


def require_precursor(spectrum: MassSpectrum, neutral_mass: float) -> MassSpectrum | str:
    """Drop a spectrum without precursor, or with one more than `PRECURSOR_PPM` off."""
    if spectrum.precursor_mz is None or spectrum.adduct is None:
        return "the precursor is missing"
    expected = compute_precursor(neutral_mass, spectrum.adduct, charge=0)
    ppm = abs(spectrum.precursor_mz - expected) / expected * 1e6
    return spectrum if ppm <= PRECURSOR_PPM else f"the precursor is {ppm:.0f} ppm off"


def remove_peaks_above_precursor(spectrum: MassSpectrum, neutral_mass: float) -> MassSpectrum | str:
    """Leave out peaks more than `ABOVE_PRECURSOR_DA` above a singly charged precursor."""
    if spectrum.precursor_mz is None or (spectrum.adduct is not None and spectrum.adduct.charge > 1):
        return spectrum
    kept = spectrum.mz <= spectrum.precursor_mz + ABOVE_PRECURSOR_DA
    if not (kept & (spectrum.intensity > 0)).any():
        return "no peak is left below the precursor"
    return replace(spectrum, mz=spectrum.mz[kept], intensity=spectrum.intensity[kept])


def scale_intensities(spectrum: MassSpectrum, neutral_mass: float) -> MassSpectrum | str:
    """Make the highest peak that is left 1 again."""
    return replace(spectrum, intensity=spectrum.intensity / spectrum.intensity.max())


STEPS: tuple[Step, ...] = (require_adduct, require_precursor, remove_peaks_above_precursor, scale_intensities)
"""The steps, in order."""


def clean_spectrum(
    spectrum: MassSpectrum, exact_mass: float, *, charge: int, steps: tuple[Step, ...] = STEPS
) -> MassSpectrum | Dropped:
    """Return the cleaned spectrum of a molecule, or which step dropped it and why.

    Args:
        spectrum: As it was recorded.
        exact_mass: Monoisotopic mass of the molecule as it is written, Da.
        charge: Its formal charge.
        steps: What is done, in this order.
    """
    neutral_mass = compute_neutral_mass(exact_mass, charge)
    for step in steps:
        result = step(spectrum, neutral_mass)
        if isinstance(result, str):
            return Dropped(step.__name__, result)
        spectrum = result
    return spectrum
