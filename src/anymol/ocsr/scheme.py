"""Reaction schemes: which of the structures on a picture react, help and result, told by where the arrow points."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from anymol.ocsr.assembly import ReadAtom, ReadBond, assemble
from anymol.ocsr.binarize import Ink, binarize, scale_ink
from anymol.ocsr.reading import Reading

_BOND: Final = 22.0
"""Length of a bond at the size at which arrows are looked for, pixels."""

_MAX_SIDE: Final = 4000
"""Longest side at which arrows are looked for, pixels."""

_DARK: Final = 100
_SHORTEST: Final = 1.5
"""An arrow's shaft is at least this long, bonds."""

_THICKEST: Final = 5
"""Rows that a shaft covers at most where it is thinnest; words are higher."""

_FAINT: Final = 2
"""Rows that a shaft covers at most if copying has broken it."""

_SOLID: Final = 0.92
"""Share of its columns in which a shaft bears ink; between letters there is none."""

_END: Final = 10
"""Columns at the end of a shaft in which its head stands, and rows to both sides that no head reaches."""

_MOST_STROKES: Final = 300
"""Strokes that are looked at, the longest first: ruled paper has no end of them."""

_RIVAL: Final = 0.4
"""Arrows of at least this share of the longest one's length are steps of their own."""

_SIDES: Final = (-1, 0, 1)
"""Before the arrow, at it, behind it."""

_ABOVE: Final = 4.0
"""Structures over or under the arrow are at most this far from it, bonds; they are not wider than it."""


@dataclass(frozen=True)
class Arrow:
    """An arrow; pixels of the picture.

    Attributes:
        tail: Where it begins, x.
        head: Where it points to, x; left of `tail` where it points to the left.
        y: Its height on the page.
        upright: Whether it points up or down: x and y are then exchanged.
        has_head: Whether its head was seen; without, it is taken to point to the right.
    """

    tail: float
    head: float
    y: float
    upright: bool = False
    has_head: bool = True

    @property
    def length(self) -> float:
        """How far head and tail lie apart, pixels."""
        return abs(self.head - self.tail)


@dataclass(frozen=True)
class _Stroke:
    """A long run of ink in a row, at the size at which arrows are looked for.

    Attributes:
        length: Columns.
        start: First column.
        row: Where it is.
    """

    length: int
    start: int
    row: int

    @property
    def end(self) -> int:
        return self.start + self.length

    def accompanies(self, other: _Stroke) -> bool:
        """Whether both are parts of one arrow: rows of one shaft, or the two shafts of an equilibrium."""
        shared = min(self.end, other.end) - max(self.start, other.start)
        return abs(self.row - other.row) <= _BOND / 2 and shared > 0


@dataclass(frozen=True)
class _Structure:
    """One connected structure; where the arrow is upright, x and y are exchanged."""

    members: tuple[int, ...]
    left: float
    right: float
    top: float
    bottom: float

    @property
    def middle(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2


def write_scheme(pixels: NDArray[np.uint8], reading: Reading) -> str | None:
    """Return a scheme as reaction SMILES; None where there is no arrow, or several, or nothing on one of its sides.

    What stands over or under the arrow is a reagent; words there are not read. A scheme broken into lines is read line
    by line.

    Args:
        pixels: Shape (H, W, 3), uint8: the picture.
        reading: What was read on it.
    """
    arrows = find_arrows(binarize(pixels), reading)
    if len(arrows) != 1:
        return None  # one reaction is asked for: of several steps none is the answer
    sides = _sort_by_sides(_list_structures(reading, arrows[0].upright), arrows[0], reading.bond_pixels)
    reactants, reagents, products = (_join(structure.members for structure in _order(sides[side])) for side in _SIDES)
    written = [_assemble(reading, members) for members in (reactants, reagents, products)]
    if None in written or not (written[0] and written[2]):
        return None
    return ">".join(part or "" for part in written)


def find_arrows(ink: Ink, reading: Reading) -> list[Arrow]:
    """Return the arrows of a scheme, the longest first, without those much shorter than it.

    Where no stroke has a head, the longest level one is taken for an arrow: copies lose small heads.
    """
    if not reading.bond_pixels:
        return []
    places = np.array([(atom.x, atom.y) for atom in reading.atoms])
    level = _find_level(ink, places, reading)
    upright = [replace(arrow, upright=True) for arrow in _find_level(ink.T, places[:, ::-1], reading)]
    pointing = sorted((arrow for arrow in (*level, *upright) if arrow.has_head), key=lambda arrow: -arrow.length)
    if not pointing:
        return level[:1]
    return [arrow for arrow in pointing if arrow.length >= _RIVAL * pointing[0].length]


def _find_level(ink: Ink, places: NDArray[np.float64], reading: Reading) -> list[Arrow]:
    """Return the level strokes that are not part of a structure.

    Args:
        ink: Shape (H, W).
        places: Shape (N, 2): where its atoms stand.
        reading: What was read on it.
    """
    small = scale_ink(ink, min(_BOND / reading.bond_pixels, _MAX_SIDE / max(ink.shape)))
    ratio = np.array(ink.shape[::-1]) / small.shape[::-1]
    left = Image.fromarray((small > _DARK).astype(np.uint8) * 255)
    pencil = ImageDraw.Draw(left)
    spots = [(x, y) for x, y in (places / ratio).tolist()]
    for bond in reading.bonds:
        pencil.line([spots[bond.first], spots[bond.second]], fill=0, width=11)
    for x, y in spots:
        pencil.ellipse([x - 9, y - 9, x + 9, y + 9], fill=0)
    # A page that lies a little askew spreads the shaft over several rows.
    rows = np.asarray(left.filter(ImageFilter.MaxFilter(3))) > 0
    strokes = [stroke for number, line in enumerate(rows) for stroke in _list_strokes(line, number)]
    strokes = heapq.nlargest(_MOST_STROKES, strokes, key=lambda stroke: stroke.length)
    thin = [stroke for stroke in strokes if _is_shaft(small, stroke)]
    arrows = []
    while thin:
        own = [stroke for stroke in thin if stroke.accompanies(thin[0])]
        thin = [stroke for stroke in thin if stroke not in own]
        backward = any(_has_head(small, stroke, stroke.start) for stroke in own)
        forward = any(_has_head(small, stroke, stroke.end - _END) for stroke in own)
        # One with a head at both ends is an equilibrium, one whose head is lost a bad copy: read as people read.
        start, end = float(own[0].start * ratio[0]), float(own[0].end * ratio[0])
        tail, head = (end, start) if backward and not forward else (start, end)
        row = float(np.median([stroke.row for stroke in own])) + 0.5
        arrows.append(Arrow(tail, head, float(row * ratio[1]), has_head=backward or forward))
    return arrows


def _list_strokes(line: NDArray[np.bool_], row: int) -> list[_Stroke]:
    """Return the long runs of ink in a row."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], line.astype(np.int8), [0]])))
    starts, lengths = edges[::2], edges[1::2] - edges[::2]
    long = lengths >= _SHORTEST * _BOND
    return [
        _Stroke(length, start, row) for length, start in zip(lengths[long].tolist(), starts[long].tolist(), strict=True)
    ]


def _is_shaft(ink: Ink, stroke: _Stroke) -> bool:
    """Whether a stroke is thin, and without gaps unless it is a faint line: no word is either."""
    near = ink[max(stroke.row - 1, 0) : stroke.row + 2, max(stroke.start, 0) : stroke.end] > _DARK
    thickness = _measure_shaft(ink, stroke)
    return thickness <= _FAINT or (thickness <= _THICKEST and float(near.any(axis=0).mean()) >= _SOLID)


def _measure_shaft(ink: Ink, stroke: _Stroke) -> int:
    """Return how many rows a stroke covers between its ends where it is thinnest: words may touch it elsewhere."""
    begins = range(stroke.start + _END, stroke.end - 2 * _END + 1, _END // 2)
    return min(sum(_measure_reach(ink, stroke.row, start)) for start in begins)


def _has_head(ink: Ink, stroke: _Stroke, start: int) -> bool:
    """Whether an end of a stroke is higher than its middle, but no line that goes on up or down."""
    reach = _measure_reach(ink, stroke.row, start)
    return sum(reach) >= _measure_shaft(ink, stroke) + 2 and max(reach) <= _END


def _measure_reach(ink: Ink, row: int, start: int) -> tuple[int, int]:
    """Return how many rows upwards and downwards of one bear ink without a gap; a stretch of columns is looked at."""
    # Strokes were widened by a row: their outermost rows bear no ink of their own.
    top = max(row - _END - 3, 0)
    part = ink[top : row + _END + 4, max(start, 0) : start + _END] > _DARK
    inked = [bool(line.any()) for line in part]
    near = [one - top for one in (row, row - 1, row + 1) if 0 <= one - top < len(inked) and inked[one - top]]
    if not near:
        return 0, 0
    return _count_first(inked[near[0] :: -1][: _END + 2]), _count_first(inked[near[0] :][: _END + 2]) - 1


def _count_first(marks: list[bool]) -> int:
    """Return how many are true before the first that is not."""
    return marks.index(False) if False in marks else len(marks)


def _list_structures(reading: Reading, turned: bool) -> list[_Structure]:
    """Return the connected structures of a reading, x and y exchanged or not."""
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
        if turned:
            xs, ys = ys, xs
        structures.append(_Structure(tuple(own), min(xs), max(xs), min(ys), max(ys)))
    return structures


def _sort_by_sides(structures: Sequence[_Structure], arrow: Arrow, bond: float) -> dict[int, list[_Structure]]:
    """Return the structures before the arrow (-1), at it (0) and behind it (1)."""
    sides: dict[int, list[_Structure]] = {side: [] for side in _SIDES}
    rest: list[_Structure] = []
    for structure in structures:
        (sides[0] if _stands_at(structure, arrow, bond) else rest).append(structure)
    level = [one for one in rest if one.top - bond / 2 <= arrow.y <= one.bottom + bond / 2]
    # What stands as high as its neighbours is on their line, though the arrow passes over or under it.
    top, bottom = min((one.top for one in level), default=arrow.y), max((one.bottom for one in level), default=arrow.y)
    low, high = sorted((arrow.tail, arrow.head))
    for structure in rest:
        x, y = structure.middle
        if not (structure in level or top <= y <= bottom):  # on another line of the scheme
            side = -1 if y < arrow.y else 1
        else:
            side = 1 if (2 * x > low + high) == (arrow.head > arrow.tail) else -1
        sides[side].append(structure)
    return sides


def _stands_at(structure: _Structure, arrow: Arrow, bond: float) -> bool:
    """Whether a structure is over or under the arrow, not before or behind it."""
    low, high = sorted((arrow.tail, arrow.head))
    within = low - bond <= structure.left and structure.right <= high + bond and low <= structure.middle[0] <= high
    return within and max(structure.top - arrow.y, arrow.y - structure.bottom, 0.0) < _ABOVE * bond


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
