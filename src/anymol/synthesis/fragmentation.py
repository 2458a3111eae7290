"""Combinatorial fragmentation: which pieces do a molecule's bonds, broken one or two or three at a time, leave?

As in MetFrag (Wolf et al., BMC Bioinformatics 2010, 11, 148; Ruttkies et al., J. Cheminform. 2016, 8, 3) and MAGMa
(Ridder et al., Rapid Commun. Mass Spectrom. 2012, 26, 2461), fragments are connected sets of heavy atoms. A *cut* parts
the molecule in two: one bond outside rings, or two bonds of one ring. A fragment of depth d is what d cuts leave, an
intersection of sides, so that a tree of breakings becomes arithmetic on bit sets. Bridges that are known to be expelled
whole (CO, CO2, SO2 between two groups that then join) count as cuts too. Which ions the fragments make is
:mod:`anymol.synthesis.candidate_ions`; how high their peaks are is :mod:`anymol.synthesis.ms2_intensity`, which reads
the features of :mod:`anymol.synthesis.ms2_features`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

_SMALL_LOSS = 4
"""Third cuts may take off at most this many heavy atoms: HCOOH, CH3OH, C2H4, HX ... larger ones are made by two."""


@dataclass(frozen=True)
class Budget:
    """Bounds of the work on one molecule; what is cheapest to break is kept.

    Attributes:
        depth: Cuts that one fragment may come from, 1 to 3.
        max_cuts: Sides of cuts that are combined.
        max_fragments: Fragments in the result.
    """

    depth: int = 3
    max_cuts: int = 400
    max_fragments: int = 2000


@dataclass(frozen=True)
class Skeleton:
    """The heavy-atom graph as arrays.

    Attributes:
        hydrogens: Shape (V,), int64, hydrogens on each atom.
        elements: Keys of the columns of `composition`: symbol and isotope (0 the most common one).
        composition: Shape (V, X), int64, one-hot element of each atom.
        masses: Shape (X,), float64, Da.
        ends: Shape (E, 2), int64, atoms of each bond.
        costs: Shape (E,), float64, how hard each bond is to break, about 1 for a single bond.
        orders: Shape (E,), float64, bond orders, 1.5 for aromatic ones.
    """

    hydrogens: NDArray[np.int64]
    elements: tuple[tuple[str, int], ...]
    composition: NDArray[np.int64]
    masses: NDArray[np.float64]
    ends: NDArray[np.int64]
    costs: NDArray[np.float64]
    orders: NDArray[np.float64]

    @property
    def n_atoms(self) -> int:
        """Number of heavy atoms, V."""
        return len(self.hydrogens)


@dataclass(frozen=True)
class Fragments:
    """Connected sets of atoms of one molecule; the whole molecule is the first.

    Attributes:
        inside: Shape (F, V), bool, which atoms each fragment holds.
        depth: Shape (F,), int64, the fewest cuts that leave it: 0 for the whole.
        boundary: Shape (F, E), bool, bonds with one end inside.
    """

    inside: NDArray[np.bool_]
    depth: NDArray[np.int64]
    boundary: NDArray[np.bool_]


def read_skeleton(mol: Chem.Mol) -> Skeleton:
    """Return the arrays of a molecule (one fragment, hydrogens implicit)."""
    table = Chem.GetPeriodicTable()
    keys = [(atom.GetSymbol(), atom.GetIsotope()) for atom in mol.GetAtoms()]
    elements = tuple(sorted(set(keys)))
    composition = np.array([[key == one for one in elements] for key in keys], np.int64)
    masses = np.array(
        [
            table.GetMassForIsotope(symbol, isotope) if isotope else table.GetMostCommonIsotopeMass(symbol)
            for symbol, isotope in elements
        ]
    )
    bonds = list(mol.GetBonds())
    return Skeleton(
        hydrogens=np.array([atom.GetTotalNumHs() for atom in mol.GetAtoms()], np.int64),
        elements=elements,
        composition=composition,
        masses=masses,
        ends=np.array([(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in bonds], np.int64).reshape(-1, 2),
        costs=np.array([_estimate_cost(bond) for bond in bonds], np.float64),
        orders=np.array([bond.GetBondTypeAsDouble() or 1.0 for bond in bonds], np.float64),
    )


def _estimate_cost(bond: Chem.Bond) -> float:
    """Return a rough bond strength, the C-C single bond being 1: it only ranks what is kept under the budget."""
    cost = 1.6 if bond.GetIsAromatic() else float(bond.GetBondTypeAsDouble() or 1.0)
    hetero = sum(bond_end.GetAtomicNum() != 6 for bond_end in (bond.GetBeginAtom(), bond.GetEndAtom()))
    return cost - 0.15 * hetero


def enumerate_fragments(mol: Chem.Mol, skeleton: Skeleton, budget: Budget) -> Fragments:
    """Return the fragments of a molecule, the whole first, then by depth and cost.

    Args:
        mol: The molecule of `skeleton`, one connected fragment.
        skeleton: Its arrays.
        budget: Bounds of the work.
    """
    n = skeleton.n_atoms
    neighbours = _list_neighbours(mol)
    whole = (1 << n) - 1
    bridges = _find_bridges(mol)
    linked = np.eye(n, dtype=np.float32)
    linked[skeleton.ends[:, 0], skeleton.ends[:, 1]] = linked[skeleton.ends[:, 1], skeleton.ends[:, 0]] = 1
    for _, (one, other) in bridges:
        linked[one, other] = linked[other, one] = 1
    cuts = _find_sides(mol, neighbours, whole) + [whole & ~expelled for expelled, _ in bridges]
    sides = _pack(sorted(set(cuts) - {0, whole}), n)
    sides = _keep_cheapest(sides, skeleton, budget.max_cuts)
    found, depths = [_pack([whole], n), sides], [np.zeros(1, np.int64), np.ones(len(sides), np.int64)]
    if budget.depth >= 2 and len(sides):
        second = _intersect(sides, sides, np.concatenate(found), linked, skeleton, budget.max_fragments - len(sides))
        found.append(second)
        depths.append(np.full(len(second), 2, np.int64))
        room = budget.max_fragments - sum(map(len, found))
        if budget.depth >= 3 and room > 0 and len(second):
            small = sides[n - _unpack(sides, n).sum(1) <= _SMALL_LOSS]
            third = _intersect(second, small, np.concatenate(found), linked, skeleton, room)
            found.append(third)
            depths.append(np.full(len(third), 3, np.int64))
    inside = _unpack(np.concatenate(found), n)
    depth = np.concatenate(depths)
    if len(skeleton.ends):
        boundary = inside[:, skeleton.ends[:, 0]] ^ inside[:, skeleton.ends[:, 1]]
    else:
        boundary = np.zeros((len(inside), 0), bool)
    return Fragments(inside, depth, boundary)


def _list_neighbours(mol: Chem.Mol) -> list[int]:
    masks = [0] * mol.GetNumAtoms()
    for bond in mol.GetBonds():
        begin, end = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        masks[begin] |= 1 << end
        masks[end] |= 1 << begin
    return masks


def _find_sides(mol: Chem.Mol, neighbours: list[int], whole: int) -> list[int]:
    """Return both sides of every bond outside rings, and of every two bonds of one ring that part the molecule."""
    sides: list[int] = []
    for bond in mol.GetBonds():
        if not bond.IsInRing():
            side = _flood(neighbours, bond.GetBeginAtomIdx(), ((bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()),))
            sides += (side, whole & ~side)
    rings = mol.GetRingInfo()
    n_rings_of = [rings.NumBondRings(index) for index in range(mol.GetNumBonds())]
    for atoms, bonds in zip(rings.AtomRings(), rings.BondRings(), strict=True):
        size = len(bonds)
        if size > 40:  # a macrocycle: pairs of its bonds grow with the square, and few of them are ever seen
            continue
        pairs = [
            tuple(sorted((mol.GetBondWithIdx(bond).GetBeginAtomIdx(), mol.GetBondWithIdx(bond).GetEndAtomIdx())))
            for bond in bonds
        ]
        place = {atom: index for index, atom in enumerate(atoms)}
        open_bonds = [index for index, bond in enumerate(bonds) if n_rings_of[bond] == 1]
        for number, first in enumerate(open_bonds):
            for second in open_bonds[number + 1 :]:
                one, other = pairs[first], pairs[second]
                start = max(one, key=lambda atom: place[atom])
                side = _flood(neighbours, start, ((one[0], one[1]), (other[0], other[1])))
                if side != whole:
                    sides += (side, whole & ~side)
    return sides


def _flood(neighbours: list[int], start: int, removed: tuple[tuple[int, int], ...]) -> int:
    """Return the atoms reached from `start` without the `removed` bonds."""
    reached = edge = 1 << start
    blocked: dict[int, int] = {}
    for one, other in removed:
        blocked[one] = blocked.get(one, 0) | 1 << other
        blocked[other] = blocked.get(other, 0) | 1 << one
    while edge:
        atom = edge.bit_length() - 1
        edge ^= 1 << atom
        new = neighbours[atom] & ~reached
        if atom in blocked:
            new &= ~blocked[atom]
        reached |= new
        edge |= new
    return reached


_BRIDGES = tuple(
    Chem.MolFromSmarts(text)
    for text in (
        "[!#1:1]-!@[CX3:2](=[OX1:3])-!@[!#1:4]",  # CO
        "[#6:1]-!@[OX2:5]-!@[CX3:2](=[OX1:3])-!@[!#1:4]",  # CO2
        "[!#1:1]-!@[SX4:2](=[OX1:3])(=[OX1:5])-!@[!#1:4]",  # SO2
        "[!#1:1]-!@[SX3:2](=[OX1:3])-!@[!#1:4]",  # SO
        "[#6:1]-!@[CH2:2]-!@[OX2:4]",  # CH2 of benzyl ethers and methoxymethyl groups
        "[#6:1]:1:[#6:2](-[OH,NH2;!R:3]):[#6:4]:[#6]:[#6]:[#6]1",  # CO of phenols, HCN of anilines
        "[#6R:1]@[#6R:2](=[OX1:3])@[#6,#7,#8;R:4]",  # CO of quinones, lactams, flavones
    )
)
_MAX_BRIDGES = 60


def _find_bridges(mol: Chem.Mol) -> list[tuple[int, tuple[int, int]]]:
    """Return the atoms of each bridge that may be expelled, and the two atoms that join then."""
    found: list[tuple[int, tuple[int, int]]] = []
    for pattern in _BRIDGES:
        roles = {atom.GetAtomMapNum(): atom.GetIdx() for atom in pattern.GetAtoms() if atom.GetAtomMapNum()}
        for match in mol.GetSubstructMatches(pattern, maxMatches=_MAX_BRIDGES):
            expelled = 0
            for role, index in roles.items():
                if role not in (1, 4):
                    expelled |= 1 << match[index]
            found.append((expelled, (match[roles[1]], match[roles[4]])))
    return sorted(set(found))[:_MAX_BRIDGES]


def _intersect(
    left: NDArray[np.uint64],
    right: NDArray[np.uint64],
    known: NDArray[np.uint64],
    linked: NDArray[np.float32],
    skeleton: Skeleton,
    room: int,
) -> NDArray[np.uint64]:
    """Return the connected intersections that are not `known`, the cheapest `room` of them."""
    if room <= 0:
        return left[:0]
    crossed = _unique(np.bitwise_and(left[:, None, :], right[None, :, :]).reshape(-1, left.shape[1]))
    fresh = crossed[~_is_member(crossed, known) & crossed.any(axis=1)]
    if len(fresh) > 4 * room:  # connectivity is the dearer question: asked of the cheapest only
        fresh = _keep_cheapest(fresh, skeleton, 4 * room)
    fresh = fresh[_is_connected(_unpack(fresh, skeleton.n_atoms), linked)]
    return _keep_cheapest(fresh, skeleton, room)


def _is_connected(inside: NDArray[np.bool_], linked: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return, shape (F,), whether each set of atoms hangs together."""
    reached = np.zeros_like(inside)
    if not len(inside):
        return np.zeros(0, bool)
    reached[np.arange(len(inside)), inside.argmax(axis=1)] = True
    count = np.ones(len(inside), np.int64)
    while True:
        reached = ((reached.astype(np.float32) @ linked) > 0) & inside
        grown = reached.sum(axis=1)
        if (grown == count).all():
            return np.asarray(grown == inside.sum(axis=1), bool)
        count = grown


def _keep_cheapest(masks: NDArray[np.uint64], skeleton: Skeleton, most: int) -> NDArray[np.uint64]:
    """Return at most `most` sets, those whose boundary is easiest to break; in the order of `_unique`."""
    if len(masks) <= most:
        return masks
    inside = _unpack(masks, skeleton.n_atoms)
    broken = inside[:, skeleton.ends[:, 0]] ^ inside[:, skeleton.ends[:, 1]]
    order = np.argsort(broken @ skeleton.costs, kind="stable")[:most]
    return masks[np.sort(order)]


def _pack(masks: list[int], n_atoms: int) -> NDArray[np.uint64]:
    words = (n_atoms + 63) // 64
    data = b"".join(mask.to_bytes(8 * words, "little") for mask in masks)
    return np.frombuffer(data, np.dtype("<u8")).reshape(-1, words).astype(np.uint64)


def _unpack(masks: NDArray[np.uint64], n_atoms: int) -> NDArray[np.bool_]:
    octets = np.ascontiguousarray(masks.astype(np.dtype("<u8"))).view(np.uint8).reshape(len(masks), 8 * masks.shape[1])
    return np.unpackbits(octets, axis=1, bitorder="little", count=n_atoms).astype(bool)


def _unique(masks: NDArray[np.uint64]) -> NDArray[np.uint64]:
    if masks.shape[1] == 1:
        return np.unique(masks[:, 0])[:, None]
    order = np.lexsort(masks.T)
    masks = masks[order]
    first = np.ones(len(masks), bool)
    first[1:] = (masks[1:] != masks[:-1]).any(axis=1)
    return masks[first]


def _is_member(masks: NDArray[np.uint64], known: NDArray[np.uint64]) -> NDArray[np.bool_]:
    if masks.shape[1] == 1:
        return np.isin(masks[:, 0], known[:, 0])
    seen = {row.tobytes() for row in known}
    return np.fromiter((row.tobytes() in seen for row in masks), bool, len(masks))
