"""A tandem mass spectrum (MS/MS) with what was measured beside its peaks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from anymol.modalities.adduct import Adduct, IonMode
from anymol.modalities.record import freeze, hash_record, same_record


class EnergyUnit(StrEnum):
    """What a collision energy is counted in. Only electronvolts compare between instruments."""

    EV = "eV"
    NCE = "NCE"
    VOLT = "V"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class CollisionEnergy:
    """A collision energy; ``float()`` of it is electronvolts, NaN in another unit.

    Attributes:
        value: The number recorded, not negative.
        unit: What it counts.
    """

    value: float
    unit: EnergyUnit = EnergyUnit.EV

    def __post_init__(self) -> None:
        if not (math.isfinite(self.value) and self.value >= 0):
            raise ValueError(f"a collision energy is a number of at least 0, not {self.value}")

    def __float__(self) -> float:
        return self.value if self.unit is EnergyUnit.EV else math.nan

    def __str__(self) -> str:
        return f"{self.value:g} {self.unit}"


@dataclass(frozen=True, eq=False)
class MassSpectrum:
    """Peaks of one MS/MS spectrum.

    Attributes:
        mz: Shape (P,), float64, mass over charge in Da (per elementary charge), rising.
        intensity: Shape (P,), float64, relative to the highest peak: 0 to 1.
        precursor_mz: Mass over charge of the ion that was broken, Da; None where not recorded.
        adduct: How the ion was made; None where not recorded or outside :class:`Adduct`.
        collision_energy: With its unit; None where not recorded.
        ion_mode: Sign of the ions; None where not recorded.
        title: The record's own title or accession.
    """

    mz: NDArray[np.float64]
    intensity: NDArray[np.float64]
    precursor_mz: float | None = None
    adduct: Adduct | None = None
    collision_energy: CollisionEnergy | None = None
    ion_mode: IonMode | None = None
    title: str = ""

    def __post_init__(self) -> None:
        freeze(self, "mz", np.float64)
        freeze(self, "intensity", np.float64)
        if self.mz.ndim != 1 or self.intensity.shape != self.mz.shape or not self.n_peaks:
            raise ValueError(
                f"mz and intensity must have one shape (P,), P > 0: {self.mz.shape}, {self.intensity.shape}"
            )
        if not np.isfinite(self.mz).all() or self.mz[0] <= 0 or (np.diff(self.mz) < 0).any():
            raise ValueError("mz must be finite, positive and rising")
        if not (np.isfinite(self.intensity).all() and self.intensity.min() >= 0 and self.intensity.max() <= 1):
            raise ValueError("intensity must be between 0 and 1")
        if self.precursor_mz is not None and not (math.isfinite(self.precursor_mz) and self.precursor_mz > 0):
            raise ValueError(f"precursor_mz must be positive, not {self.precursor_mz}")

    @property
    def n_peaks(self) -> int:
        """Number of peaks, P."""
        return int(self.mz.shape[0])

    def __eq__(self, other: object) -> bool:
        return same_record(self, other)

    def __hash__(self) -> int:
        return hash_record(self)

    def __repr__(self) -> str:
        parts = [f"{self.n_peaks} peaks, base peak {self.mz[int(self.intensity.argmax())]:.4f}"]
        parts += [f"precursor {self.precursor_mz:.4f}"] if self.precursor_mz is not None else []
        parts += [str(part) for part in (self.adduct, self.collision_energy) if part is not None]
        return f"MassSpectrum({', '.join(parts)})"
