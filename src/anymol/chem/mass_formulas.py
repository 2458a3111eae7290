"""Which molecular formulas have a mass: all of the usual elements, within what the mass leaves open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np

from anymol.chem.formula import weigh_isotope, weigh_isotopes, write_formula
from anymol.errors import UserError

MAX_MASS: Final = 800.0
"""Largest mass, Da: above it thousands of formulas fit any mass."""

_FEW: Final[Mapping[str, int]] = {"S": 4, "P": 2, "F": 6, "Cl": 4, "Br": 3, "I": 2}
"""Most atoms of the elements that a molecule has few of."""
_MOST_KINDS: Final = 3
"""Most of these elements in one molecule."""
_PER_CARBON: Final[Mapping[str, float]] = {
    "H": 3.1, "N": 1.3, "O": 1.2, "P": 0.3, "S": 0.8, "F": 1.5, "Cl": 0.8, "Br": 0.8, "I": 0.8,
}  # fmt: skip
"""Most atoms per carbon of 99.7 % of known molecules (Kind and Fiehn 2007, rules 4 and 5)."""
_ALWAYS: Final = 4
"""Atoms of an element that are usual beside any number of carbons: methane, tetrachloromethane."""
_VALENCES: Final[Mapping[str, int]] = {
    "C": 2, "N": 1, "P": 1, "H": -1, "F": -1, "Cl": -1, "Br": -1, "I": -1, "O": 0, "S": 0,
}  # fmt: skip
"""Twice what an atom adds to the degree of unsaturation."""


@dataclass(frozen=True)
class FittingFormula:
    """A formula that has a mass.

    Attributes:
        text: The formula in Hill order.
        error: Its mass less the one asked for, parts per million of that.
        n_rarer: How many elements beside C, H, N and O it has.
    """

    text: str
    error: float
    n_rarer: int


def find_formulas(mass: float, *, tolerance: float, known: Container[str] = ()) -> tuple[FittingFormula, ...]:
    """Return the formulas of C, H, N, O, S, P and halogens with a monoisotopic mass.

    Those of the fewest elements beside C, H, N and O come first, of these the nearest.

    Counted are those of closed-shell molecules (an even number of unpaired valences) with carbon, with no more of each
    element per carbon than nearly all known molecules have (Kind and Fiehn, BMC Bioinformatics 2007, 8, 105), and the
    known ones whatever they have.

    Args:
        mass: Of the neutral molecule, Da.
        tolerance: How far a formula may be off, Da.
        known: Formulas of known molecules, in Hill order.

    Raises:
        UserError: The mass is not above 12 Da, or above :data:`MAX_MASS`.

    >>> [one.text for one in find_formulas(194.0804, tolerance=0.0002)][:1]
    ['C8H10N4O2']
    """
    if not 12.0 < mass <= MAX_MASS:
        raise UserError(f"a mass between 12 and {MAX_MASS:g} Da is looked up", value=f"{mass:g}")
    weights = {element: weigh_isotope(element) for element in _VALENCES}
    most_n, most_o = int(mass // weights["N"]), int(mass // weights["O"])
    n, o = (axis.ravel() for axis in np.meshgrid(np.arange(most_n + 1), np.arange(most_o + 1), indexing="ij"))
    carbons = np.arange(1, int(mass // 12.0) + 1)
    found: list[FittingFormula] = []
    for few in product(*(range(min(most, int(mass // weights[element])) + 1) for element, most in _FEW.items())):
        rarer = sum(map(bool, few))
        if rarer > _MOST_KINDS:
            continue
        rest = mass - sum(weights[element] * count for element, count in zip(_FEW, few, strict=True))
        if rest < 12.0 - tolerance:
            continue
        left = rest - weights["N"] * n - weights["O"] * o
        fits = left > 12.0 - tolerance
        hydrogens = (left[fits][:, None] - 12.0 * carbons) / weights["H"]
        whole = np.rint(hydrogens)
        near = (whole >= 0) & (np.abs(hydrogens - whole) * weights["H"] <= tolerance)
        for place, carbon in zip(*near.nonzero(), strict=True):
            counts = Counter(dict(zip(_FEW, few, strict=True)))
            counts.update(
                C=int(carbons[carbon]), H=int(whole[place, carbon]), N=int(n[fits][place]), O=int(o[fits][place])
            )
            unsaturation = 2 + sum(_VALENCES[element] * count for element, count in counts.items())
            text = write_formula(counts)
            if unsaturation < 0 or unsaturation % 2 or not (_is_usual(counts) or text in known):
                continue
            found.append(FittingFormula(text, 1e6 * (weigh_isotopes(counts) - mass) / mass, rarer))
    return tuple(sorted(found, key=lambda one: (one.n_rarer, abs(one.error), one.text)))


def _is_usual(counts: Mapping[str, int]) -> bool:
    """Whether a formula has no more of an element per carbon than nearly all known molecules, small ones aside."""
    carbons = counts["C"]
    return all(counts.get(element, 0) <= max(share * carbons, _ALWAYS) for element, share in _PER_CARBON.items())
