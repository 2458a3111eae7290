"""Pieces of drawings, and what stands on them: what the detector is trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from anymol.models.loss import IGNORED
from anymol.ocsr.bonds import BondMark
from anymol.ocsr.detector import STRIDE
from anymol.ocsr.recogniser import REACH
from anymol.ocsr.truth import DrawnTruth

CROP: Final = 192
"""Side of the pieces of drawings that the network is trained on, pixels."""

LINES: Final = 96
"""Pairs of atoms judged per piece."""

EDGE: Final = 5
"""Atoms nearer to the edge of a piece than this are not learnt from: their label may be cut off."""


@dataclass(frozen=True)
class Pieces:
    """Pieces of drawings and what stands on them.

    Attributes:
        ink: Shape (B, 1, CROP, CROP), 0 to 1.
        heat: Shape (B, h, w): 1 where an atom stands, falling around it.
        ignored: Shape (B, h, w), bool: cells that teach nothing of atoms.
        cells: Shape (N, 3), int64: piece, row and column of each atom.
        offsets: Shape (N, 2): x and y within the cell.
        labels: Shape (N,).
        charges: Shape (N,).
        starts: Shape (B, LINES, 2): places of pairs of atoms, shaken.
        ends: Shape (B, LINES, 2).
        marks: Shape (B, LINES), int64; -100 where there is no pair.
    """

    ink: Tensor
    heat: Tensor
    ignored: Tensor
    cells: Tensor
    offsets: Tensor
    labels: Tensor
    charges: Tensor
    starts: Tensor
    ends: Tensor
    marks: Tensor


def cut_pieces(truths: Sequence[DrawnTruth], rng: np.random.Generator, bond_pixels: float) -> Pieces:
    """Cut one piece out of each drawing."""
    side = CROP // STRIDE
    ink = np.zeros((len(truths), 1, CROP, CROP), np.float32)
    heat = np.zeros((len(truths), side, side), np.float32)
    ignored = np.zeros((len(truths), side, side), bool)
    starts, ends = np.zeros((len(truths), LINES, 2), np.float32), np.zeros((len(truths), LINES, 2), np.float32)
    marks = np.full((len(truths), LINES), IGNORED, np.int64)
    cells, offsets, labels, charges = [], [], [], []
    grid_y, grid_x = np.mgrid[0:side, 0:side] + 0.5
    for number, truth in enumerate(truths):
        height, width = truth.ink.shape
        # A drawing smaller than the piece lies somewhere on it, a larger one is cut.
        left, top = (_draw_corner(extent, rng) for extent in (width, height))
        piece = truth.ink[max(top, 0) : top + CROP, max(left, 0) : left + CROP].astype(np.float32) / 255
        y, x = max(-top, 0), max(-left, 0)
        ink[number, 0, y : y + piece.shape[0], x : x + piece.shape[1]] = _shade(piece, rng)
        places = truth.places - (left, top)
        inside = np.asarray(((places >= 0) & (places < CROP)).all(axis=1))
        sure = np.asarray(((places >= EDGE) & (places < CROP - EDGE)).all(axis=1))
        for index in np.flatnonzero(inside):
            at = places[index] / STRIDE
            column, row = int(at[0]), int(at[1])
            if not sure[index]:
                ignored[number, max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2] = True
                continue
            bump = np.exp(-((grid_x - 0.5 - column) ** 2 + (grid_y - 0.5 - row) ** 2) / (2 * 0.7**2))
            heat[number] = np.maximum(heat[number], bump)
            cells.append((number, row, column))
            offsets.append(at - (column, row))
            labels.append(truth.labels[index])
            charges.append(truth.charges[index])
        _draw_pairs(truth, places, sure, rng, bond_pixels, starts[number], ends[number], marks[number])
    return Pieces(
        torch.from_numpy(ink),
        torch.from_numpy(heat),
        torch.from_numpy(ignored),
        torch.tensor(cells, dtype=torch.int64).reshape(-1, 3),
        torch.tensor(np.array(offsets), dtype=torch.float32).reshape(-1, 2),
        torch.tensor(labels),
        torch.tensor(charges),
        torch.from_numpy(starts),
        torch.from_numpy(ends),
        torch.from_numpy(marks),
    )


def _draw_corner(extent: int, rng: np.random.Generator) -> int:
    low, high = sorted((0, extent - CROP))
    return int(rng.integers(low, high + 1))


def _shade(piece: NDArray[np.floating], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return ink darker or fainter than it was."""
    return np.asarray(piece ** np.exp(rng.uniform(-0.4, 0.4)) * rng.uniform(0.7, 1.0), np.float32)


def _draw_pairs(
    truth: DrawnTruth,
    places: NDArray[np.float32],
    sure: NDArray[np.bool_],
    rng: np.random.Generator,
    bond_pixels: float,
    starts: NDArray[np.float32],
    ends: NDArray[np.float32],
    marks: NDArray[np.int64],
) -> None:
    """Fill in pairs of atoms: all that are bonded, then some that stand near each other and are not."""
    known = {(int(first), int(second)): int(mark) for first, second, mark in truth.bonds}
    pairs = [(first, second, mark) for (first, second), mark in known.items() if sure[first] and sure[second]]
    chosen = np.flatnonzero(sure)
    between = np.linalg.norm(places[chosen, None] - places[None, chosen], axis=2)
    near = np.argwhere(np.triu(between < REACH * bond_pixels, 1))
    apart = [
        (int(first), int(second), int(BondMark.NONE))
        for first, second in chosen[near]
        if (first, second) not in known and (second, first) not in known
    ]
    rng.shuffle(apart)
    for slot, (first, second, mark) in enumerate([*pairs, *apart][:LINES]):
        shaken = places[[first, second]] + rng.normal(0, 0.8, (2, 2))
        starts[slot], ends[slot], marks[slot] = shaken[0], shaken[1], mark
