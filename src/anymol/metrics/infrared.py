"""How alike two infrared spectra are, over the points where both are known."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

SCALES: Final[tuple[float, ...]] = tuple(round(0.94 + 0.01 * step, 2) for step in range(13))
"""Factors of the wavenumbers that are tried, 0.94 to 1.06: computed harmonic wavenumbers are off by a few per cent."""

FLOOR = 1e-6
"""Smallest share of a spectrum in one point: measured baselines reach zero, and a logarithm must not."""


def pearson(one: ArrayLike, other: ArrayLike) -> float:
    """Return Pearson's correlation of two spectra on one axis, -1 to 1; 0 where one of them is flat.

    Neither the scale of a spectrum nor a constant baseline changes it.

    Args:
        one: Shape (P,); NaN where not measured.
        other: Shape (P,).
    """
    p, q = _measured(one, other)
    p, q = p - p.mean(), q - q.mean()
    norm = float(np.linalg.norm(p) * np.linalg.norm(q))
    return float(p @ q) / norm if norm > 1e-12 else 0.0


def measure_agreement(one: ArrayLike, other: ArrayLike, wavenumbers: ArrayLike) -> float:
    """Return how well a spectrum agrees with a computed one, -1 to 1.

    Pearson's correlation of the square roots of the absorbances, which keep a few strong bands from deciding alone, at
    that one of :data:`SCALES` for the wavenumbers of `one` where it is highest. What this was chosen against, on
    searches whose answer is known: ``scripts/measure_ir_search.py``.

    Args:
        one: Absorbances, shape (P,); NaN where not measured.
        other: Computed absorbances, shape (P,).
        wavenumbers: Of both, shape (P,), cm^-1, rising.
    """
    axis = np.asarray(wavenumbers, np.float64)
    roots = np.sqrt(np.maximum(np.asarray(one, np.float64), 0.0))
    others = np.sqrt(np.maximum(np.asarray(other, np.float64), 0.0))
    stretched = (np.interp(axis, axis * scale, roots, left=np.nan, right=np.nan) for scale in SCALES)
    return max(pearson(given, others) for given in stretched)


def spectral_information_divergence(one: ArrayLike, other: ArrayLike) -> float:
    """Return how far two spectra are apart, 0 for equal ones (McGill et al. 2021, equation 2).

    SID(p, q) = sum_i p_i ln(p_i / q_i) + q_i ln(q_i / p_i), both normalised to a sum of 1.

    Args:
        one: Shape (P,); NaN where not measured.
        other: Shape (P,).
    """
    p, q = (normalise_spectrum(spectrum) for spectrum in _measured(one, other))
    return float(np.sum((p - q) * np.log(p / q)))


def normalise_spectrum(spectrum: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of each point, shape (P,), at least :data:`FLOOR`; a spectrum of nothing is even.

    Args:
        spectrum: Shape (P,), finite; what is negative counts as nothing.
    """
    positive = np.maximum(spectrum, 0.0)
    shares = np.maximum(positive / max(float(positive.sum()), 1e-300), FLOOR)
    normalised: NDArray[np.float64] = shares / shares.sum()
    return normalised


def _measured(one: ArrayLike, other: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    first, second = np.asarray(one, np.float64), np.asarray(other, np.float64)
    known = np.isfinite(first) & np.isfinite(second)
    if known.sum() < 2:
        raise ValueError("two spectra are compared over two points at least")
    return first[known], second[known]
