"""Small marks beside atoms: the dot of a radical, which at the detector's size looks like a minus sign.

They are told apart by their shape at the picture's own size: a minus is a bar, a radical's dot is as wide as high.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

import numpy as np
from numpy.typing import NDArray

from anymol.ocsr.binarize import Ink
from anymol.ocsr.pieces import measure_pieces

_DARK: Final = 100
_SMALL: Final = 0.16
"""Largest side of a mark, bonds; letters are larger."""

_NEAR: Final = 0.55
"""A mark's middle is at most this far from the middle of its atom, bonds."""

_ROUND: Final = 1.5
"""A dot is at most this much longer than wide, a bar at least."""

_FULL: Final = 0.6
"""Share of its box that a dot or bar fills; a plus sign fills less."""

_LEAST_BOND: Final = 24.0
"""Length of a bond under which a dot cannot be told from a short bar, pixels."""

_MOST_SPECKS: Final = 2
"""Small marks far from all atoms: with more of them the page is dusty, and a dot beside an atom says nothing."""


class MarkShape(Enum):
    """What a small mark looks like."""

    DOT = auto()
    BAR = auto()
    OTHER = auto()


@dataclass(frozen=True)
class Mark:
    """A small connected piece of ink; pixels of the picture.

    Attributes:
        x: Of its middle.
        y: Of its middle.
        shape: What it looks like.
    """

    x: float
    y: float
    shape: MarkShape


def find_marks(ink: Ink, bond_pixels: float) -> list[Mark]:
    """Return the small pieces of ink that stand alone; none where the drawing is too small to tell their shape.

    Args:
        ink: Shape (H, W): the picture at its own size.
        bond_pixels: Length of its bonds, pixels.
    """
    if bond_pixels < _LEAST_BOND:
        return []
    boxes = measure_pieces(ink > _DARK)
    widths, heights = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    small = np.maximum(widths, heights) <= max(_SMALL * bond_pixels, 3)
    return [
        Mark((left + right) / 2, (top + bottom) / 2, _tell_shape(right - left, bottom - top, area))
        for left, top, right, bottom, area in boxes[small].tolist()
    ]


def assign_marks(
    marks: Sequence[Mark], places: NDArray[np.float64], bond_pixels: float
) -> tuple[dict[int, list[Mark]], int]:
    """Return the marks beside each atom, by its index, and how many stand beside none.

    Args:
        marks: The marks of a picture.
        places: Shape (N, 2): where the atoms stand, x and y in its pixels.
        bond_pixels: Length of its bonds, pixels.
    """
    beside: dict[int, list[Mark]] = {}
    lost = 0
    for mark in marks:
        distances = np.hypot(places[:, 0] - mark.x, places[:, 1] - mark.y)
        nearest = int(distances.argmin())
        if distances[nearest] <= _NEAR * bond_pixels:
            beside.setdefault(nearest, []).append(mark)
        else:
            lost += 1
    return beside, lost


def is_dusty(lost: int) -> bool:
    """Whether so many marks stand beside no atom that those beside atoms may be dust too."""
    return lost > _MOST_SPECKS


def _tell_shape(width: int, height: int, area: int) -> MarkShape:
    if area < 3 or area < _FULL * width * height:
        return MarkShape.OTHER
    if max(width, height) <= _ROUND * min(width, height):
        return MarkShape.DOT
    return MarkShape.BAR if width > height else MarkShape.OTHER
