"""Harmonic infrared lines by GFN2-xTB, through the library `tblite`.

GFN2-xTB: Bannwarth, Ehlert and Grimme, J. Chem. Theory Comput. 2019, 15, 1652. The library gives energy, gradient and
dipole moment; the rest is done here as the `xtb` program does it: the geometry is brought to a minimum, the Hessian and
the dipole derivatives are central differences of gradient and dipole moment over 6 V displacements, translations and
rotations are projected out, and each normal mode k has (Wilson, Decius and Cross 1955; Q mass-weighted)

    A_k = 42.2561 km/mol * |d mu / d Q_k|^2        in (D/angstrom)^2 / amu.
"""

from __future__ import annotations

import importlib.metadata
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from anymol.errors import MissingDependencyError, UserError
from anymol.synthesis.infrared_lines import InfraredLines

_BOHR = 0.529177210903
"""Angstrom."""
_ELECTRON_MASSES_PER_DALTON = 1822.888486209
_WAVENUMBER = 219474.63136320
"""cm^-1 per hartree."""
_DEBYE_PER_ANGSTROM = 4.803204712570263
"""An elementary charge, as the derivative of a dipole moment."""
_KM_PER_MOL = 42.2561
"""km/mol per (D/angstrom)^2/amu."""

_STEP = 0.005
"""Displacement of the finite differences, bohr: the same as the `xtb` program's."""
_ACCURACY = 0.05
"""tblite's convergence of the density, relative to its default: differences of gradients need more digits."""
_MAX_GRADIENT = 1e-4
"""Largest component of the gradient at a minimum, hartree/bohr."""
_MAX_STEP = 0.3
"""Longest move of an atom in one step of the optimisation, bohr."""
_SADDLE = -15.0
"""Imaginary modes beyond this are left downhill; smaller ones are the noise of a flat torsion, cm^-1."""
_PUSH = 0.3
"""First move away from a saddle, bohr."""
_HEAVIEST = 86
"""GFN2-xTB has parameters up to radon."""

Array = NDArray[np.float64]


def compute_lines_tblite(
    smiles: str,
    atomic_numbers: Array | list[int],
    coordinates: Array | list[list[float]],
    *,
    charge: int = 0,
    unpaired: int = 0,
    isotopes: Mapping[int, float] | None = None,
    max_iterations: int = 500,
) -> InfraredLines:
    """Return the lines of the minimum next to the given geometry.

    Args:
        smiles: The molecule, for messages.
        atomic_numbers: Shape (V,).
        coordinates: Shape (V, 3), angstrom.
        charge: Total charge.
        unpaired: Unpaired electrons.
        isotopes: Index of an atom -> its mass, Da, where it is a chosen isotope; the others have their element's
            natural mean.
        max_iterations: Most steps of the optimisation.

    Raises:
        MissingDependencyError: tblite is not installed.
        UserError: An element has no parameters, the density did not converge, or no minimum was found in time.
    """
    numbers = np.asarray(atomic_numbers, np.int64)
    if numbers.max() > _HEAVIEST:
        raise UserError("GFN2-xTB has no parameters beyond radon", value=smiles)
    surface = _Surface(smiles, numbers, np.asarray(coordinates, np.float64) / _BOHR, charge, unpaired)
    if len(numbers) == 1:
        raise UserError("a single atom does not vibrate", value=smiles)
    masses = np.array([Chem.GetPeriodicTable().GetAtomicWeight(int(one)) for one in numbers])
    for place, mass in (isotopes or {}).items():
        masses[place] = mass
    places = _minimise(surface, max_iterations)
    hessian, dipole_slopes = _differentiate(surface, places)
    wavenumbers, intensities, moves = analyse_modes(places, masses, hessian, dipole_slopes)
    if wavenumbers.size and wavenumbers[0] < _SADDLE:
        # A saddle, such as a flat ring or an eclipsed methyl group of a symmetric start: leave it downhill, once.
        push = moves[:, 0].reshape(-1, 3)
        places = _minimise(surface, max_iterations, places + _PUSH * push / np.linalg.norm(push, axis=1).max())
        hessian, dipole_slopes = _differentiate(surface, places)
        wavenumbers, intensities, _ = analyse_modes(places, masses, hessian, dipole_slopes)
    energy, _, _ = surface.measure(places)
    return InfraredLines(
        tuple(round(float(one), 4) for one in wavenumbers),
        tuple(round(float(one), 4) for one in intensities),
        round(energy, 8),
        f"tblite {importlib.metadata.version('tblite')}",
    )


class _Surface:
    """Energy (hartree), gradient (hartree/bohr) and dipole moment (e bohr) at places (bohr)."""

    def __init__(self, smiles: str, numbers: NDArray[np.int64], places: Array, charge: int, unpaired: int) -> None:
        try:
            from tblite.interface import Calculator
        except ImportError:
            raise MissingDependencyError("tblite is not installed", hint="pip install 'anymol[synthesis]'") from None
        self.smiles = smiles
        self.start = places
        try:
            self._calculator = Calculator("GFN2-xTB", numbers, places, charge, unpaired)
        except RuntimeError as error:
            raise UserError(f"GFN2-xTB cannot take this molecule: {error}", value=smiles) from None
        self._calculator.set("verbosity", 0)
        self._calculator.set("accuracy", _ACCURACY)
        self._last: Any = None

    def measure(self, places: Array) -> tuple[float, Array, Array]:
        """Return energy, gradient (V, 3) and dipole moment (3,)."""
        self._calculator.update(places)
        try:
            self._last = self._calculator.singlepoint(self._last)
        except RuntimeError as error:
            raise UserError(f"GFN2-xTB failed: {str(error).strip()}", value=self.smiles) from None
        return (
            float(self._last.get("energy")),
            np.array(self._last.get("gradient"), np.float64),
            np.array(self._last.get("dipole"), np.float64),
        )


def _minimise(surface: _Surface, max_iterations: int, start: Array | None = None) -> Array:
    """Return the places of a minimum near `start`, by BFGS from a Hessian of springs between near atoms.

    Started from the unit matrix, BFGS needs hundreds of steps, because stretches are some thousand times stiffer than
    torsions; a crude guess of the stiffness makes it tens.
    """
    places = surface.start if start is None else start
    inverse = np.linalg.inv(_guess_hessian(places))
    energy, slopes, _ = surface.measure(places)
    for _ in range(max_iterations):
        if np.abs(slopes).max() < _MAX_GRADIENT:
            return places
        move = -(inverse @ slopes.ravel())
        if move @ slopes.ravel() >= 0:  # the guess has lost its sense: begin again
            inverse = np.linalg.inv(_guess_hessian(places))
            move = -(inverse @ slopes.ravel())
        move *= min(1.0, _MAX_STEP / np.linalg.norm(move.reshape(-1, 3), axis=1).max())
        found = None
        for _ in range(12):
            tried = places + move.reshape(-1, 3)
            new_energy, new_slopes, _ = surface.measure(tried)
            if new_energy <= energy + 1e-4 * float(move @ slopes.ravel()) + 1e-9:
                found = tried
                break
            move *= 0.4
        if found is None:
            break
        change = (new_slopes - slopes).ravel()
        curvature = float(change @ move)
        if curvature > 1e-10:
            unit = np.eye(len(move)) - np.outer(move, change) / curvature
            inverse = unit @ inverse @ unit.T + np.outer(move, move) / curvature
        places, energy, slopes = found, new_energy, new_slopes
    if np.abs(slopes).max() < 5 * _MAX_GRADIENT:  # as near as the noise of the density allows
        return places
    raise UserError(f"no minimum was found in {max_iterations} steps of GFN2-xTB", value=surface.smiles)


def _guess_hessian(places: Array) -> Array:
    """Return a positive Hessian (hartree/bohr^2): springs between all pairs, ever softer with distance."""
    size = places.shape[0]
    hessian = np.zeros((size, 3, size, 3))
    for one in range(size):
        for other in range(one):
            gap = places[one] - places[other]
            distance = float(np.linalg.norm(gap))
            stiffness = 0.4 * math.exp(-0.9 * (distance - 2.5)) if distance > 2.5 else 0.4
            spring = stiffness * np.outer(gap, gap) / distance**2
            hessian[one, :, one] += spring
            hessian[other, :, other] += spring
            hessian[one, :, other] -= spring
            hessian[other, :, one] -= spring
    return hessian.reshape(3 * size, 3 * size) + 0.02 * np.eye(3 * size)


def _differentiate(surface: _Surface, places: Array) -> tuple[Array, Array]:
    """Return Hessian (3V, 3V), hartree/bohr^2, and dipole derivatives (3V, 3), e, by central differences."""
    size = places.size
    hessian, dipole_slopes = np.zeros((size, size)), np.zeros((size, 3))
    for one in range(size):
        step = np.zeros(size)
        step[one] = _STEP
        _, up, dipole_up = surface.measure(places + step.reshape(-1, 3))
        _, down, dipole_down = surface.measure(places - step.reshape(-1, 3))
        hessian[one] = (up - down).ravel() / (2 * _STEP)
        dipole_slopes[one] = (dipole_up - dipole_down) / (2 * _STEP)
    return (hessian + hessian.T) / 2, dipole_slopes


def analyse_modes(places: Array, masses: Array, hessian: Array, dipole_slopes: Array) -> tuple[Array, Array, Array]:
    """Return the normal modes: wavenumbers (cm^-1, rising; imaginary ones negative), intensities (km/mol) and moves.

    Args:
        places: Shape (V, 3), bohr.
        masses: Shape (V,), Da.
        hessian: Shape (3V, 3V), hartree/bohr^2.
        dipole_slopes: Shape (3V, 3), derivatives of the dipole moment, elementary charges.

    Returns:
        Two arrays of shape (N,), N = 3V - 6, or 3V - 5 for a linear molecule: no translation, no rotation; and the
        Cartesian moves, shape (3V, N), Da^-1/2.
    """
    roots = np.repeat(np.sqrt(masses), 3)
    internal = _span_internal(places, masses)
    if not internal.shape[1]:
        return np.zeros(0), np.zeros(0), np.zeros((places.size, 0))
    weighted = hessian / np.outer(roots, roots)
    eigenvalues, modes = np.linalg.eigh(internal.T @ weighted @ internal)
    wavenumbers = np.sign(eigenvalues) * np.sqrt(np.abs(eigenvalues) / _ELECTRON_MASSES_PER_DALTON) * _WAVENUMBER
    moves = (internal @ modes) / roots[:, None]
    slopes = (dipole_slopes * _DEBYE_PER_ANGSTROM).T @ moves
    return wavenumbers, _KM_PER_MOL * np.square(slopes).sum(axis=0), moves


def _span_internal(places: Array, masses: Array) -> Array:
    """Return an orthonormal basis, (3V, 3V - 6), of mass-weighted moves that neither shift nor turn the molecule."""
    roots = np.sqrt(masses)
    centred = places - (masses[:, None] * places).sum(axis=0) / masses.sum()
    axes = np.eye(3)
    shifts = [(roots[:, None] * axis).ravel() for axis in axes]
    turns = [(roots[:, None] * np.cross(axis, centred)).ravel() for axis in axes]
    outer = np.array([*shifts, *turns]).T
    basis, sizes, _ = np.linalg.svd(outer, full_matrices=True)
    rank = int((sizes > 1e-4 * sizes[0]).sum())  # 5 for a linear molecule, 3 for an atom
    return np.ascontiguousarray(basis[:, rank:])
