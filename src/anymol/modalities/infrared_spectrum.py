"""An infrared spectrum on a physical axis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anymol.modalities.record import freeze, hash_record, same_record


@dataclass(frozen=True, eq=False)
class InfraredSpectrum:
    """Absorbance against wavenumber.

    Attributes:
        wavenumbers: Shape (P,), float64, cm^-1, strictly rising.
        absorbance: Shape (P,), float64, decadic, or in the file's own arbitrary units; NaN where not measured.
        measured_as: What the source recorded, in words, for example ``transmittance, micrometres``.
        title: The record's own title.
    """

    wavenumbers: NDArray[np.float64]
    absorbance: NDArray[np.float64]
    measured_as: str = "absorbance, cm^-1"
    title: str = ""

    def __post_init__(self) -> None:
        freeze(self, "wavenumbers", np.float64)
        freeze(self, "absorbance", np.float64)
        if self.wavenumbers.ndim != 1 or self.n_points < 2:
            raise ValueError(f"wavenumbers must have shape (P,), P > 1, not {self.wavenumbers.shape}")
        if self.absorbance.shape != self.wavenumbers.shape:
            raise ValueError(f"absorbance must have shape {self.wavenumbers.shape}, not {self.absorbance.shape}")
        if (
            not np.isfinite(self.wavenumbers).all()
            or self.wavenumbers[0] <= 0
            or (np.diff(self.wavenumbers) <= 0).any()
        ):
            raise ValueError("wavenumbers must be finite, positive and strictly rising")
        if np.isinf(self.absorbance).any():
            raise ValueError("absorbance must be finite, or NaN where not measured")

    @property
    def n_points(self) -> int:
        """Number of points, P."""
        return int(self.wavenumbers.shape[0])

    @property
    def span(self) -> tuple[float, float]:
        """First and last wavenumber, cm^-1."""
        return float(self.wavenumbers[0]), float(self.wavenumbers[-1])

    def resample(self, start: float, stop: float, step: float) -> InfraredSpectrum:
        """Return the spectrum on an even axis, interpolated linearly; NaN outside of what was measured.

        Args:
            start: First wavenumber, cm^-1.
            stop: Last wavenumber, cm^-1, included where it falls on the grid.
            step: Distance of two points, cm^-1.

        Raises:
            ValueError: The range is empty or has more than a million points.
        """
        if not (step > 0 and 0 < start < stop and (stop - start) / step < 1e6):
            raise ValueError(f"no axis of at most a million points from {start} to {stop} by {step}")
        axis = np.asarray(start + step * np.arange(int(np.floor((stop - start) / step + 1e-9)) + 1), np.float64)
        values = np.interp(axis, self.wavenumbers, self.absorbance, left=np.nan, right=np.nan)
        return InfraredSpectrum(axis, values, self.measured_as, self.title)

    def __eq__(self, other: object) -> bool:
        return same_record(self, other)

    def __hash__(self) -> int:
        return hash_record(self)

    def __repr__(self) -> str:
        first, last = self.span
        return f"InfraredSpectrum({last:.0f}-{first:.0f} cm^-1, {self.n_points} points)"
