"""Which atoms are bonded, judged by elements and distances alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from anymol.errors import ConformerError

_STRETCH: Final = 1.3
"""Longest bond, in sums of covalent radii."""

_ACROSS: Final = 1.15
"""Longest side of a three-membered ring, in sums of covalent radii: what is longer lies across, as the bridgeheads of
bicyclo[1.1.1]pentane do."""

_SHORTEST: Final = 0.6
"""Shortest distance of two atoms, in sums of covalent radii; that of hydrogen in H2 is 1.2, of N2 0.77."""

_BRIDGED: Final = 1.25
"""Distance of a hydrogen from both atoms that it bridges, at most, in sums of covalent radii."""

MOST_NEIGHBOURS: Final = {"H": 1, "B": 4, "C": 4, "N": 4, "O": 3, "F": 1, "Cl": 4, "Br": 5, "I": 7}
"""Atoms that one of an element may be bonded to."""
_MOST_OTHERWISE: Final = 6

NONMETALS: Final = frozenset(
    {"H", "B", "C", "N", "O", "F", "Si", "P", "S", "Cl", "Ge", "As", "Se", "Br", "Sn", "Sb", "Te", "I"}
    | {"He", "Ne", "Ar", "Kr", "Xe"}
)
"""Elements whose bonds are perceived: those that bond by shared electrons, and noble gases."""

_DOUBTFUL: Final = (1.25, 1.5)
"""Distances, in sums of covalent radii, at which carbon, nitrogen and oxygen are neither bonded nor apart: those of
transition states and of optimisations gone wrong."""

_UNITS: Final = {"bohr": 0.529177, "nanometre": 10.0, "picometre": 0.01}
"""Angstrom in a unit that coordinates are written in by mistake."""


def find_bonds(numbers: NDArray[np.uint8], coordinates: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Return the pairs of bonded atoms, each with the lower index first, in order.

    Args:
        numbers: Atomic numbers, shape (V,).
        coordinates: Shape (V, 3), angstrom.

    Raises:
        ConformerError: A metal is among them, the distances fit another unit, atoms lie upon each other, or hydrogens
            bridge boron atoms.
    """
    symbols = [Chem.GetPeriodicTable().GetElementSymbol(int(number)) for number in numbers]
    _require_nonmetals(symbols)
    ratios = _divide_by_radii(numbers, coordinates)
    _require_angstrom(numbers, coordinates, ratios)
    _require_no_bridges(symbols, ratios)
    neighbours = _list_neighbours(ratios)
    _drop_diagonals(neighbours, ratios)
    for atom, symbol in enumerate(symbols):
        most = MOST_NEIGHBOURS.get(symbol, _MOST_OTHERWISE)
        for far in sorted(neighbours[atom], key=lambda other, atom=atom: ratios[atom, other])[most:]:  # type: ignore[misc]
            neighbours[atom].discard(far)
            neighbours[far].discard(atom)
    return sorted((atom, other) for atom, near in enumerate(neighbours) for other in near if atom < other)


def find_doubtful(
    numbers: NDArray[np.uint8], coordinates: NDArray[np.float64], bonds: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Return pairs of carbon, nitrogen and oxygen too far for a bond and too near for none, as :func:`find_bonds`.

    Args:
        numbers: Atomic numbers, shape (V,).
        coordinates: Shape (V, 3), angstrom.
        bonds: Pairs of bonded atoms. Those that are bonded to the same atom are near each other anyway.
    """
    ratios = _divide_by_radii(numbers, coordinates)
    neighbours: list[set[int]] = [set() for _ in numbers]
    for one, other in bonds:
        neighbours[one].add(other)
        neighbours[other].add(one)
    pairs = np.argwhere(np.triu((ratios > _DOUBTFUL[0]) & (ratios < _DOUBTFUL[1]))).tolist()
    return [
        (one, other)
        for one, other in pairs
        if {int(numbers[one]), int(numbers[other])} <= {6, 7, 8} and not neighbours[one] & neighbours[other]
    ]


def _require_nonmetals(symbols: list[str]) -> None:
    metals = [symbol for symbol in dict.fromkeys(symbols) if symbol not in NONMETALS]
    if metals and len(symbols) > 1:
        raise ConformerError(
            f"bonds to metals are not perceived from distances, and the frame holds {', '.join(metals)}",
            hint="give a file that states the bonds (mol, sdf, mol2)",
        )


def _divide_by_radii(numbers: NDArray[np.uint8], coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distances in sums of covalent radii, shape (V, V); that of an atom to itself is infinite."""
    table = Chem.GetPeriodicTable()
    radii = np.array([table.GetRcovalent(int(number)) for number in numbers])
    distances = np.linalg.norm(coordinates[:, None] - coordinates[None], axis=-1)
    ratios: NDArray[np.float64] = distances / (radii[:, None] + radii[None])
    np.fill_diagonal(ratios, np.inf)
    return ratios


def _require_angstrom(
    numbers: NDArray[np.uint8], coordinates: NDArray[np.float64], ratios: NDArray[np.float64]
) -> None:
    """Refuse coordinates in another unit, and atoms upon each other."""
    if len(numbers) < 2:
        return
    if np.isfinite(ratios).any() and ratios.min() >= _SHORTEST and (ratios < _STRETCH).any():
        return
    for unit, angstrom in _UNITS.items():
        scaled = ratios * angstrom
        # In the right unit every atom of a molecule has a neighbour and none lies upon another.
        if scaled.min() >= _SHORTEST and (scaled.min(axis=0) < _STRETCH).all():
            raise ConformerError(
                f"no distance fits angstrom: the coordinates seem to be in {unit}", hint="convert them to angstrom"
            )
    if ratios.min() < _SHORTEST:
        one, other = (int(index) + 1 for index in np.unravel_index(ratios.argmin(), ratios.shape))
        distance = np.linalg.norm(coordinates[one - 1] - coordinates[other - 1])
        raise ConformerError(
            f"atoms {min(one, other)} and {max(one, other)} are {distance:.2f} angstrom apart, too near for a bond",
            hint="check the unit, and that alternative places of an atom do not stand side by side",
        )


def _require_no_bridges(symbols: list[str], ratios: NDArray[np.float64]) -> None:
    """Refuse hydrogens between two boron atoms, as in diborane: three atoms share those electrons."""
    for atom, symbol in enumerate(symbols):
        if symbol != "H":
            continue
        near = [other for other in np.flatnonzero(ratios[atom] < _BRIDGED) if symbols[other] in ("B", "Si", "Ge")]
        if len(near) > 1:
            raise ConformerError(
                f"hydrogen {atom + 1} bridges atoms {near[0] + 1} and {near[1] + 1}: bonds of three atoms cannot be "
                "written",
                hint="give a file that states the bonds",
            )


def _list_neighbours(ratios: NDArray[np.float64]) -> list[set[int]]:
    return [{int(other) for other in np.flatnonzero(row < _STRETCH)} for row in ratios]


def _drop_diagonals(neighbours: list[set[int]], ratios: NDArray[np.float64]) -> None:
    """Remove from each triangle a long side whose ends both have a shorter way."""
    for atom, near in enumerate(neighbours):
        for other in sorted(near):
            long = ratios[atom, other]
            shared = near & neighbours[other]
            if long > _ACROSS and any(max(ratios[atom, third], ratios[other, third]) < long for third in shared):
                near.discard(other)
                neighbours[other].discard(atom)
