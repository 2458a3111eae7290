"""How well two mass spectra agree: matchms's cosines, and how many measured peaks stand in a synthesised spectrum.

Cosine and modified cosine are matchms's greedy ones (Huber et al., J. Open Source Softw. 2020, 5, 2411) within
`TOLERANCE` Da on relative intensities.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Any, Final

import numpy as np

from anymol.errors import MissingDependencyError
from anymol.modalities.mass_spectrum import MassSpectrum

TOLERANCE: Final = 0.01
"""Two peaks nearer than this are one, Da."""

MIN_HEIGHT: Final = 0.01
"""Lower measured peaks are not asked for in recall: many are noise."""


class Figure(StrEnum):
    """What is measured, each from 0 to 1.

    Cosine of fragments leaves the precursor out on both sides. Recall is the share of measured fragment peaks (at least
    `MIN_HEIGHT`) that stand in the other spectrum; weighted, the share of their intensity.
    """

    COSINE = "cosine"
    MODIFIED_COSINE = "modified cosine"
    FRAGMENT_COSINE = "cosine of fragments"
    RECALL = "peak recall"
    WEIGHTED_RECALL = "weighted peak recall"


class SpectrumComparer:
    """matchms's scores of our records."""

    def __init__(self) -> None:
        try:
            from matchms import Spectrum
            from matchms.similarity import CosineGreedy, ModifiedCosine
        except ImportError:
            raise MissingDependencyError(
                "comparing spectra needs matchms", hint="pip install 'anymol[evaluate]'"
            ) from None
        self._spectrum = Spectrum
        self._cosine = CosineGreedy(tolerance=TOLERANCE)
        self._modified = ModifiedCosine(tolerance=TOLERANCE)

    def convert(self, spectrum: MassSpectrum) -> Any:
        """Return a record as matchms's own."""
        metadata = {"precursor_mz": float(spectrum.precursor_mz or spectrum.mz[-1])}
        return self._spectrum(
            mz=np.array(spectrum.mz), intensities=np.array(spectrum.intensity), metadata=metadata
        )  # fmt: skip

    def cosine(self, one: MassSpectrum, other: MassSpectrum) -> float:
        """Return the greedy cosine of matched peaks, 0 to 1."""
        return float(self._cosine.pair(self.convert(one), self.convert(other))["score"])

    def modified_cosine(self, one: MassSpectrum, other: MassSpectrum) -> float:
        """Return the cosine that also matches peaks shifted by the difference of the precursors."""
        return float(self._modified.pair(self.convert(one), self.convert(other))["score"])


def strip_precursor(spectrum: MassSpectrum, precursor_mz: float) -> MassSpectrum | None:
    """Return the peaks below the precursor, its isotopes gone too; None where there are none."""
    kept = (spectrum.mz < precursor_mz - 0.5) & (spectrum.intensity > 0)
    if not kept.any():
        return None
    height = spectrum.intensity[kept]
    return replace(spectrum, mz=spectrum.mz[kept], intensity=height / height.max())


def measure_recall(predicted: MassSpectrum, measured: MassSpectrum) -> tuple[float, float] | None:
    """Return peak recall and weighted recall, see :class:`Figure`; None where nothing but the precursor is measured."""
    wanted = strip_precursor(measured, float(measured.precursor_mz or measured.mz[-1]))
    if wanted is None:
        return None
    asked = wanted.intensity >= MIN_HEIGHT
    mz, height = wanted.mz[asked], wanted.intensity[asked]
    met = np.abs(mz[:, None] - predicted.mz[None, :]).min(axis=1) <= TOLERANCE
    return float(met.mean()), float(height[met].sum() / height.sum())


def measure_agreement(
    predicted: MassSpectrum, measured: MassSpectrum, comparer: SpectrumComparer
) -> dict[Figure, float]:
    """Return the figures that are defined: those of fragments only where any fragment is measured."""
    precursor = float(measured.precursor_mz or measured.mz[-1])
    figures = {
        Figure.COSINE: comparer.cosine(predicted, measured),
        Figure.MODIFIED_COSINE: comparer.modified_cosine(predicted, measured),
    }
    fragments = strip_precursor(measured, precursor)
    if fragments is not None:
        own = strip_precursor(predicted, precursor)
        figures[Figure.FRAGMENT_COSINE] = comparer.cosine(own, fragments) if own is not None else 0.0
    recall = measure_recall(predicted, measured)
    if recall is not None:
        figures[Figure.RECALL], figures[Figure.WEIGHTED_RECALL] = recall
    return figures
