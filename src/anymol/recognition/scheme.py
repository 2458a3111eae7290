"""Reaction schemes: which of the structures on a picture react, help and result, told by where the arrow points."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from anymol.recognition.assembly import ReadAtom, ReadBond, assemble
from anymol.recognition.ink import Ink, read_ink, scale_ink
from anymol.recognition.recogniser import Reading

_BOND: Final = 22.0
"""Length of a bond at the size at which arrows are looked for, pixels."""

_DARK: Final = 100
_SHORTEST: Final = 1.5
"""An arrow's shaft is at least this long, bonds."""

_ABOVE: Final = 4.0
"""Structures over or under the arrow are at most this far from it, bonds; they are not wider than it."""


@dataclass(frozen=True)
class Arrow:
    """A horizontal arrow; pixels of the picture.

    Attributes:
        tail: Where it begins, x.
        head: Where it points to, x; left of `tail` where it points to the left.
        y: Its height on the page.
    """

    tail: float
    head: float
    y: float


@dataclass(frozen=True)
class _Structure:
    """One connected structure."""

    members: tuple[int, ...]
    left: float
    right: float
    top: float
    bottom: float


def write_scheme(pixels: NDArray[np.uint8], reading: Reading) -> str | None:
    """Return a scheme as reaction SMILES; None where there is no arrow or nothing on one of its sides.

    What stands over or under the arrow is a reagent; words there are not read. A scheme broken into lines is read line
    by line.

    Args:
        pixels: Shape (H, W, 3), uint8: the picture.
        reading: What was read on it.
    """
    arrow = find_arrow(read_ink(pixels), reading)
    if arrow is None:
        return None
    bond = reading.bond_pixels
    sides: dict[int, list[_Structure]] = {-1: [], 0: [], 1: []}
    for structure in _list_structures(reading):
        sides[_find_side(structure, arrow, bond)].append(structure)
    reactants, reagents, products = (
        _join(structure.members for structure in _order(side)) for side in (sides[-1], sides[0], sides[1])
    )
    written = [_assemble(reading, members) for members in (reactants, reagents, products)]
    if None in written or not (written[0] and written[2]):
        return None
    return ">".join(part or "" for part in written)


def find_arrow(ink: Ink, reading: Reading) -> Arrow | None:
    """Return the longest horizontal stroke that is no part of a structure; None where there is none."""
    if not reading.bond_pixels:
        return None
    factor = _BOND / reading.bond_pixels
    small = scale_ink(ink, factor)
    ratio = np.array(ink.shape[::-1]) / small.shape[::-1]
    left = Image.fromarray((small > _DARK).astype(np.uint8) * 255)
    pencil = ImageDraw.Draw(left)
    places = [(atom.x / ratio[0], atom.y / ratio[1]) for atom in reading.atoms]
    for bond in reading.bonds:
        pencil.line([places[bond.first], places[bond.second]], fill=0, width=11)
    for x, y in places:
        pencil.ellipse([x - 9, y - 9, x + 9, y + 9], fill=0)
    # A page that lies a little askew spreads the shaft over several rows.
    rows = np.asarray(left.filter(ImageFilter.MaxFilter(3))) > 0
    (length, start), row = max((_find_longest(line), number) for number, line in enumerate(rows))
    if length < _SHORTEST * _BOND:
        return None
    ends = (start * ratio[0], (start + length) * ratio[0])
    y = row * ratio[1]
    if _measure_height(small, row, start, 10) > _measure_height(small, row, start + length - 10, 10) + 1:
        return Arrow(ends[1], ends[0], y)
    return Arrow(ends[0], ends[1], y)


def _find_longest(line: NDArray[np.bool_]) -> tuple[int, int]:
    """Return length and start of the longest run of ink in a row."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], line.astype(np.int8), [0]])))
    if not len(edges):
        return 0, 0
    lengths = edges[1::2] - edges[::2]
    longest = int(lengths.argmax())
    return int(lengths[longest]), int(edges[::2][longest])


def _measure_height(ink: Ink, row: int, start: int, width: int) -> int:
    """Return how many rows around one bear ink in a stretch of columns."""
    part = ink[max(row - 8, 0) : row + 9, max(start, 0) : start + width] > _DARK
    return int(part.any(axis=1).sum())


def _list_structures(reading: Reading) -> list[_Structure]:
    """Return the connected structures of a reading."""
    parent = list(range(len(reading.atoms)))

    def find(index: int) -> int:
        while parent[index] != index:
            index = parent[index]
        return index

    for bond in reading.bonds:
        parent[find(bond.first)] = find(bond.second)
    members: dict[int, list[int]] = {}
    for index in range(len(parent)):
        members.setdefault(find(index), []).append(index)
    structures = []
    for own in members.values():
        xs, ys = [reading.atoms[index].x for index in own], [reading.atoms[index].y for index in own]
        structures.append(_Structure(tuple(own), min(xs), max(xs), min(ys), max(ys)))
    return structures


def _find_side(structure: _Structure, arrow: Arrow, bond: float) -> int:
    """Return -1 before the arrow, 0 at it, 1 behind it."""
    low, high = sorted((arrow.tail, arrow.head))
    distance = max(structure.top - arrow.y, arrow.y - structure.bottom, 0.0)
    if low - bond <= structure.left and structure.right <= high + bond and distance < _ABOVE * bond:
        return 0
    if distance > bond / 2:  # on another line of the scheme
        return -1 if structure.bottom < arrow.y else 1
    behind = structure.left + structure.right > low + high
    return 1 if behind == (arrow.head > arrow.tail) else -1


def _order(structures: Iterable[_Structure]) -> list[_Structure]:
    return sorted(structures, key=lambda one: one.left)


def _join(groups: Iterable[Sequence[int]]) -> list[int]:
    return [index for group in groups for index in group]


def _assemble(reading: Reading, members: Sequence[int]) -> str | None:
    """Return the molecules of some atoms; an empty text where there are none, None where they make none."""
    if not members:
        return ""
    place = {old: new for new, old in enumerate(members)}
    atoms: list[ReadAtom] = [reading.atoms[index] for index in members]
    bonds = [
        ReadBond(place[bond.first], place[bond.second], bond.mark, bond.probability)
        for bond in reading.bonds
        if bond.first in place
    ]
    found = assemble(atoms, bonds)
    return None if found is None else found.smiles
