"""Harmonic lines -> :class:`InfraredSpectrum`: scaled wavenumbers, each line broadened, summed on an even axis.

A line of integrated intensity A (km/mol, napierian, as quantum chemistry programs print it) is spread over a profile L
of unit area (cm), and the decadic molar absorption coefficient is (Wilson, Decius and Cross 1955, chapter 7)

    epsilon(v) = 100 / ln(10) * sum_k A_k L(v - s v_k)        in L mol^-1 cm^-1,

because 1 km/mol is 100 L mol^-1 cm^-2; s is the scaling factor of the wavenumbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, model_validator

from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.synthesis.engine import EngineSettings

DECADIC_PER_KM = 100.0 / math.log(10.0)
"""L mol^-1 cm^-2, decadic, per km/mol of integrated napierian intensity."""

MOLAR_ABSORPTION = "decadic molar absorption coefficient, L mol^-1 cm^-1"


class Profile(StrEnum):
    """Shape of a broadened line, of unit area."""

    LORENTZIAN = "lorentzian"
    GAUSSIAN = "gaussian"


class BroadeningSettings(EngineSettings):
    """How lines become a curve.

    Attributes:
        scaling: Factor of all wavenumbers. GFN2-xTB overestimates some modes and underestimates others: its best
            single factor is near 1 (Pracht, Grant and Grimme, J. Chem. Theory Comput. 2020, 16, 7044), and 1 is kept.
        width: Full width at half height, cm^-1.
        profile: Shape of a line.
        start: First wavenumber, cm^-1.
        stop: Last wavenumber, cm^-1, where it falls on the grid.
        step: Distance of two points, cm^-1; at most half the width, so that no line falls between two points.
    """

    scaling: float = Field(default=1.0, ge=0.5, le=1.5)
    width: float = Field(default=24.0, gt=0, le=500)
    profile: Profile = Profile.LORENTZIAN
    start: float = Field(default=400.0, gt=0, le=10_000)
    stop: float = Field(default=4000.0, gt=0, le=10_000)
    step: float = Field(default=4.0, ge=0.1, le=100)

    @model_validator(mode="after")
    def _require_resolved_axis(self) -> BroadeningSettings:
        if self.stop < self.start + self.step:
            raise ValueError(f"no axis from {self.start:g} to {self.stop:g} cm^-1 by {self.step:g}")
        if self.step > self.width / 2:
            raise ValueError(f"step ({self.step:g} cm^-1) is more than half the width ({self.width:g} cm^-1)")
        return self

    @property
    def axis(self) -> NDArray[np.float64]:
        """Wavenumbers of the points, cm^-1, shape (P,)."""
        n_steps = math.floor((self.stop - self.start) / self.step + 1e-9)
        return np.asarray(self.start + self.step * np.arange(n_steps + 1), np.float64)


@dataclass(frozen=True)
class InfraredLines:
    """Harmonic lines of one molecule, and what computed them.

    Attributes:
        wavenumbers: cm^-1, unscaled, rising; imaginary modes are negative.
        intensities: km/mol, one per wavenumber.
        energy: Of the optimised geometry, hartree.
        program: Name and version of what computed them.
    """

    wavenumbers: tuple[float, ...]
    intensities: tuple[float, ...]
    energy: float
    program: str

    @property
    def n_imaginary(self) -> int:
        """Number of imaginary modes: not zero where the geometry is not a minimum; they make no line."""
        return sum(one < 0 for one in self.wavenumbers)

    def to_json(self) -> dict[str, Any]:
        """Return lists and numbers, which a worker process can write and :meth:`from_json` reads."""
        return {
            "wavenumbers": list(self.wavenumbers),
            "intensities": list(self.intensities),
            "energy": self.energy,
            "program": self.program,
        }

    @classmethod
    def from_json(cls, form: dict[str, Any]) -> InfraredLines:
        """Read what :meth:`to_json` wrote."""
        return cls(tuple(form["wavenumbers"]), tuple(form["intensities"]), form["energy"], form["program"])


def broaden_lines(
    wavenumbers: ArrayLike, intensities: ArrayLike, settings: BroadeningSettings | None = None, *, title: str = ""
) -> InfraredSpectrum:
    """Return the spectrum of harmonic lines, in L mol^-1 cm^-1; imaginary (negative) modes are left out.

    Args:
        wavenumbers: Shape (n,), cm^-1.
        intensities: Shape (n,), km/mol.
        settings: Scaling, width, profile and axis.
        title: Of the spectrum.

    >>> spectrum = broaden_lines([1700.0], [200.0])
    >>> float(spectrum.wavenumbers[spectrum.absorbance.argmax()])
    1700.0
    """
    chosen = settings or BroadeningSettings()
    places, areas = np.asarray(wavenumbers, np.float64), np.asarray(intensities, np.float64)
    real = places > 0
    offsets = chosen.axis[None, :] - chosen.scaling * places[real, None]
    match chosen.profile:
        case Profile.LORENTZIAN:
            half = chosen.width / 2
            shapes = half / np.pi / (offsets**2 + half**2)
        case Profile.GAUSSIAN:
            spread = chosen.width / math.sqrt(8 * math.log(2))
            shapes = np.exp(-0.5 * (offsets / spread) ** 2) / (spread * math.sqrt(2 * math.pi))
    curve = DECADIC_PER_KM * np.einsum("n,np->p", areas[real], shapes)  # einsum: one order of sums on every machine
    return InfraredSpectrum(chosen.axis, curve, MOLAR_ABSORPTION, title)
