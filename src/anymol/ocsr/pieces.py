"""Connected pieces of ink, and the size of the letters among them."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from anymol.ocsr.binarize import Ink

_DARK: Final = 100
_LEAST_BOND: Final = 40.0
"""Length of a bond under which letters are never much smaller than bonds, pixels."""

_LARGEST: Final = 0.5
"""A letter's larger side is at most this, bonds."""

_USUAL: Final = 0.31
"""Height of capital letters in most drawings, bonds."""

_LEAST: Final = 3
"""A letter's smaller side is at least this, pixels."""

_LONGEST: Final = 3.2
"""A letter is at most this much longer than wide, or wider than long; lines are more."""

_FULL: Final = 0.2
"""Share of its box that a letter fills at least."""

_NEAR: Final = 0.35
"""A letter's middle is at most this far from that of its atom, bonds."""


def measure_letters(ink: Ink, places: NDArray[np.float64], bond_pixels: float) -> float | None:
    """Return the height of the letters at atoms, pixels; None where the drawing is small or bears none.

    Args:
        ink: Shape (H, W): the picture at its own size.
        places: Shape (N, 2): where the atoms stand, x and y in its pixels.
        bond_pixels: Length of its bonds, pixels.
    """
    if bond_pixels < _LEAST_BOND:
        return None
    boxes = measure_pieces(ink > _DARK)
    widths, heights = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    longer, shorter = np.maximum(widths, heights), np.minimum(widths, heights)
    letters = (longer < _LARGEST * bond_pixels) & (shorter >= _LEAST) & (longer < _LONGEST * shorter)
    letters &= boxes[:, 4] >= _FULL * widths * heights
    middles = (boxes[letters, :2] + boxes[letters, 2:4]) / 2
    tall = heights[letters]
    found = []
    for place in places:
        near = np.hypot(*(middles - place).T) < _NEAR * bond_pixels
        if near.any():
            found.append(tall[near].max())
    return float(np.median(found)) if found else None


def measure_writing(ink: Ink, places: NDArray[np.float64], bond_pixels: float) -> float:
    """Return the length that bonds would have beside letters of the usual size, pixels; at most that which they have.

    Programs stop enlarging letters where they go on to enlarge bonds.

    Args:
        ink: Shape (H, W): the picture at its own size.
        places: Shape (N, 2): where the atoms stand, x and y in its pixels.
        bond_pixels: Length of its bonds, pixels.
    """
    letters = measure_letters(ink, places, bond_pixels)
    return bond_pixels if letters is None else min(bond_pixels, letters / _USUAL)


def measure_pieces(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the box and the area of each connected piece, shape (C, 5): left, top, right, bottom, pixels.

    Pixels that touch at a corner are connected; right and bottom are the first column and row outside.

    Args:
        mask: Shape (H, W).
    """
    parent: list[int] = []

    def find(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    runs: list[tuple[int, int, int]] = []  # row, first column, first column behind
    above: list[int] = []
    edges = np.diff(np.pad(mask.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    for row in np.flatnonzero(mask.any(axis=1)).tolist():
        starts, ends = np.flatnonzero(edges[row] == 1).tolist(), np.flatnonzero(edges[row] == -1).tolist()
        own = []
        waiting = above if above and runs[above[0]][0] == row - 1 else []
        place = 0
        for start, end in zip(starts, ends, strict=True):
            index = len(runs)
            runs.append((row, start, end))
            parent.append(index)
            own.append(index)
            while place < len(waiting) and runs[waiting[place]][2] < start:
                place += 1
            for other in waiting[place:]:
                if runs[other][1] > end:
                    break
                parent[find(other)] = find(index)
        above = own
    boxes: dict[int, list[int]] = {}
    for index, (row, start, end) in enumerate(runs):
        box = boxes.setdefault(find(index), [start, row, end, row + 1, 0])
        box[0], box[2], box[3] = min(box[0], start), max(box[2], end), row + 1
        box[4] += end - start
    return np.array(list(boxes.values()), np.int64).reshape(-1, 5)
