"""The named molecules that ship with the package, by mass and by formula: what a spectrum is searched among."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from anymol.chem.names import list_compositions


@dataclass(frozen=True)
class NamedMolecule:
    """A neutral molecule of the dictionary of names.

    Attributes:
        smiles: Canonical SMILES.
        name: Its name.
        formula: Molecular formula, Hill order.
        mass: Monoisotopic mass, Da.
        source: Where the dictionary has it from.
    """

    smiles: str
    name: str
    formula: str
    mass: float
    source: str = ""


def find_by_mass(mass: float, ppm: float) -> list[NamedMolecule]:
    """Return the named molecules of a mass, rising; those that differ in stereochemistry only count once.

    Args:
        mass: Monoisotopic mass, Da.
        ppm: How far it may be off, parts per million.
    """
    masses, ordered, _ = _index()
    first, last = np.searchsorted(masses, [mass * (1 - ppm * 1e-6), mass * (1 + ppm * 1e-6)])
    return ordered[first:last]


def find_by_formula(formula: str) -> list[NamedMolecule]:
    """Return the named molecules of a formula in Hill order; those that differ in stereochemistry only count once."""
    return list(_index()[2].get(formula, ()))


@cache
def _index() -> tuple[NDArray[np.float64], list[NamedMolecule], dict[str, list[NamedMolecule]]]:
    """Return masses (Da), rising; the molecules in that order; and the molecules of each formula."""
    found: dict[str, NamedMolecule] = {}
    for hit, made_of in list_compositions():
        one = NamedMolecule(hit.smiles, hit.name, made_of.formula, made_of.mass, hit.source)
        found.setdefault(made_of.skeleton, one)
    ordered = sorted(found.values(), key=lambda one: one.mass)
    by_formula: dict[str, list[NamedMolecule]] = {}
    for one in ordered:
        by_formula.setdefault(one.formula, []).append(one)
    return np.array([one.mass for one in ordered]), ordered, by_formula
