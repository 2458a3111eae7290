"""A molecule in space: elements and coordinates, with the bonds where they are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anymol.modalities.record import freeze, hash_record, same_record


@dataclass(frozen=True, eq=False)
class Conformer:
    """One arrangement of a molecule's atoms.

    Attributes:
        atomic_numbers: Shape (V,), uint8. Hydrogens stand here where the source had them.
        coordinates: Shape (V, 3), float64, angstrom.
        charge: Total charge, elementary charges.
        smiles: The molecule, canonical, where its bonds are known or were perceived.
        energy: In kcal/mol on the scale of `method`; None where unknown.
        method: What made the coordinates, for example ``file`` or ``ETKDGv3+MMFF94``.
    """

    atomic_numbers: NDArray[np.uint8]
    coordinates: NDArray[np.float64]
    charge: int = 0
    smiles: str | None = None
    energy: float | None = None
    method: str = "file"

    def __post_init__(self) -> None:
        freeze(self, "atomic_numbers", np.uint8)
        freeze(self, "coordinates", np.float64)
        if self.atomic_numbers.ndim != 1 or not self.n_atoms:
            raise ValueError(f"atomic_numbers must have shape (V,), V > 0, not {self.atomic_numbers.shape}")
        if self.coordinates.shape != (self.n_atoms, 3):
            raise ValueError(f"coordinates must have shape ({self.n_atoms}, 3), not {self.coordinates.shape}")
        if not np.isfinite(self.coordinates).all():
            raise ValueError("coordinates must be finite")

    @property
    def n_atoms(self) -> int:
        """Number of atoms, V."""
        return int(self.atomic_numbers.shape[0])

    @property
    def n_heavy_atoms(self) -> int:
        """Number of atoms other than hydrogen."""
        return int((self.atomic_numbers != 1).sum())

    def __eq__(self, other: object) -> bool:
        return same_record(self, other)

    def __hash__(self) -> int:
        return hash_record(self)

    def __repr__(self) -> str:
        energy = "" if self.energy is None else f", {self.energy:.2f} kcal/mol"
        return f"Conformer({self.n_atoms} atoms, {self.n_heavy_atoms} heavy, charge {self.charge:+d}{energy})"
