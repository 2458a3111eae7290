"""Which masses can be of a part of a formula: what an ion may have kept of its atoms, whatever its bonds."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anymol.chem.formula import weigh_isotope

MAX_SKELETONS: Final = 2_000_000
"""Most ways to choose atoms other than hydrogen from a formula; a protein has more."""


def count_skeletons(counts: Mapping[str, int]) -> int:
    """Return in how many ways atoms other than hydrogen can be chosen from a formula, the empty choice included."""
    return prod(count + 1 for element, count in counts.items() if element != "H")


def find_subformulas(
    masses: ArrayLike, counts: Mapping[str, int], *, ppm: float, least: float, extra_hydrogens: int = 0
) -> NDArray[np.bool_]:
    """Return, shape (P,), whether some part of a formula has each mass.

    Any subset of the atoms counts, so that a large formula explains more than a small one by chance.

    Args:
        masses: Shape (P,), Da, all electrons counted.
        counts: Atoms of each element.
        ppm: How far a mass may be off, parts per million.
        least: How far it may be off at least, Da.
        extra_hydrogens: Hydrogens that may come beside those of the formula.

    Raises:
        ValueError: The formula has more than `MAX_SKELETONS` choices.

    >>> water = find_subformulas([15.9949, 17.0027, 19.0], {"H": 2, "O": 1}, ppm=10, least=0.001)
    >>> water.tolist()
    [True, True, False]
    """
    if count_skeletons(counts) > MAX_SKELETONS:
        raise ValueError(f"a formula of {count_skeletons(counts):,} choices is too large")
    wanted = np.asarray(masses, np.float64)
    heavy = [(weigh_isotope(element), count) for element, count in counts.items() if element != "H" and count > 0]
    skeletons = np.zeros(1)
    for mass, count in heavy:
        skeletons = (skeletons[:, None] + mass * np.arange(count + 1)).ravel()
    skeletons.sort()
    hydrogens = np.arange(counts.get("H", 0) + extra_hydrogens + 1) * weigh_isotope("H")
    rest = wanted[:, None] - hydrogens
    tolerance = np.maximum(ppm * 1e-6 * wanted, least)[:, None]
    place = np.searchsorted(skeletons, rest - tolerance).clip(max=len(skeletons) - 1)
    return np.asarray((np.abs(skeletons[place] - rest) <= tolerance).any(axis=1))
