"""How alike two mass spectra are."""

from __future__ import annotations

import numpy as np

from anymol.modalities.mass_spectrum import MassSpectrum

TOLERANCE_DA = 0.01
"""Two peaks nearer than this are one, Da."""


def cosine(one: MassSpectrum, other: MassSpectrum, *, tolerance: float = TOLERANCE_DA) -> float:
    """Return the greedy cosine of two spectra, 0 to 1: pairs of peaks are matched by falling product of intensities.

    Args:
        one: A spectrum.
        other: Another.
        tolerance: Largest distance of matched peaks, Da.
    """
    near = np.abs(one.mz[:, None] - other.mz[None, :]) <= tolerance
    rows, columns = np.nonzero(near)
    products = one.intensity[rows] * other.intensity[columns]
    total = 0.0
    used_rows: set[int] = set()
    used_columns: set[int] = set()
    for place in np.argsort(-products, kind="stable"):
        row, column = int(rows[place]), int(columns[place])
        if row not in used_rows and column not in used_columns:
            used_rows.add(row)
            used_columns.add(column)
            total += float(products[place])
    norm = float(np.linalg.norm(one.intensity) * np.linalg.norm(other.intensity))
    return total / norm if norm else 0.0
