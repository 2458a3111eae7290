"""What the bonds drawn at an atom say of its label: a group has one, silicon has four."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from anymol.ocsr.labels import GROUPS, ISOTOPES

_MAX_BONDS: Final = {"C": 4, "N": 4, "O": 3, "F": 1, "Cl": 1, "Br": 1, "I": 1, "H": 1, "B": 4, "Si": 4}
"""Elements that bear no more bonds than this; Cl, Br and I of higher valence are not drawn by people who ask."""

_IMPOSSIBLE: Final = -6.0
"""What a label counts that cannot bear the bonds drawn at it, as a logarithm: a bond may have been misread too."""

_SELDOM: Final = {("Si", 3): -3.0, ("Si", 2): -1.0}
"""Element and sum of bond orders -> the same for what is seldom drawn: small, Si looks like B, which bears three."""


def count_allowed(label: str) -> int:
    """Return the largest sum of bond orders that a label may bear."""
    if label in GROUPS:
        return 1 if label != "NMe" else 2
    symbol, _ = ISOTOPES.get(label, (label, 0))
    return _MAX_BONDS.get(symbol, 8)


def weigh_labels(labels: Sequence[str], orders: Iterable[int]) -> NDArray[np.float64]:
    """Return what the bonds at each atom say of each label, as logarithms, shape (N, n_labels); 0 where nothing.

    Args:
        labels: The labels.
        orders: Sum of the orders of the bonds drawn at each atom.
    """
    allowed = np.array([count_allowed(label) for label in labels])
    rows = [
        np.where(allowed < order, _IMPOSSIBLE, 0.0) + np.array([_SELDOM.get((label, order), 0.0) for label in labels])
        for order in orders
    ]
    return np.array(rows, np.float64).reshape(-1, len(labels))
