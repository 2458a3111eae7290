"""A molecule as atoms and bonds with integer features, in the form that pre-trained GINs read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class MolecularGraph:
    """Atoms and directed bonds of one molecule (hydrogens implicit).

    The feature scheme is that of pretrain-gnns, MoleculeSTM and Mole-BERT (Hu et al. 2020, "Strategies for
    Pre-training Graph Neural Networks", appendix C), so that their published weights load.

    Attributes:
        atoms: Shape (V, 2), uint8. Column 0 is the atomic number minus one (118 stands for a dummy atom), column 1
            the chirality tag: 0 unspecified, 1 clockwise, 2 counter-clockwise, 3 other.
        bonds: Shape (2, E), int32. Directed bonds, source row first; both directions of a bond stand side by side.
        bond_features: Shape (E, 2), uint8. Column 0 is the type (0 single, 1 double, 2 triple, 3 aromatic), column 1
            the drawn direction (0 none, 1 end-up-right, 2 end-down-right).
    """

    atoms: NDArray[np.uint8]
    bonds: NDArray[np.int32]
    bond_features: NDArray[np.uint8]

    def __post_init__(self) -> None:
        if self.atoms.ndim != 2 or self.atoms.shape[1] != 2:
            raise ValueError(f"atoms must have shape (V, 2), not {self.atoms.shape}")
        if self.bonds.ndim != 2 or self.bonds.shape[0] != 2:
            raise ValueError(f"bonds must have shape (2, E), not {self.bonds.shape}")
        if self.bond_features.shape != (self.bonds.shape[1], 2):
            raise ValueError(f"bond_features must have shape (E, 2), not {self.bond_features.shape}")
        if self.bonds.size and not 0 <= self.bonds.min() <= self.bonds.max() < self.n_atoms:
            raise ValueError(f"bonds must name atoms 0 to {self.n_atoms - 1}")

    @property
    def n_atoms(self) -> int:
        """Number of atoms, V."""
        return int(self.atoms.shape[0])

    @property
    def n_bonds(self) -> int:
        """Number of undirected bonds, E / 2."""
        return int(self.bonds.shape[1]) // 2

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MolecularGraph) and all(
            np.array_equal(mine, theirs)
            for mine, theirs in (
                (self.atoms, other.atoms),
                (self.bonds, other.bonds),
                (self.bond_features, other.bond_features),
            )
        )

    def __hash__(self) -> int:
        return hash((self.atoms.tobytes(), self.bonds.tobytes(), self.bond_features.tobytes()))

    def __repr__(self) -> str:
        return f"MolecularGraph({self.n_atoms} atoms, {self.n_bonds} bonds)"
