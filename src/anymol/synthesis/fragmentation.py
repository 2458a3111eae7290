"""Combinatorial fragmentation: which ions may a molecule's bonds, broken one or two or three at a time, leave behind?

As in MetFrag (Wolf et al., BMC Bioinformatics 2010, 11, 148; Ruttkies et al., J. Cheminform. 2016, 8, 3) and MAGMa
(Ridder et al., Rapid Commun. Mass Spectrom. 2012, 26, 2461), fragments are connected sets of heavy atoms. A *cut* parts
the molecule in two: one bond outside rings, or two bonds of one ring. A fragment of depth d is what d cuts leave, an
intersection of sides, so that a tree of breakings becomes arithmetic on bit sets. Hydrogens move freely within a range
of shifts, because rearrangement moves them faster than bonds break. Bridges that are known to be expelled whole (CO,
CO2, SO2 between two groups that then join) count as cuts too. Nothing here says how high a peak is: that is
:mod:`anymol.synthesis.ms2_intensity`, which reads the features of :mod:`anymol.synthesis.ms2_features`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from anymol.modalities.mass_spectrum import Adduct

ELECTRON = 0.000548579909
"""Mass of an electron, Da."""

HYDROGEN = 1.00782503223
"""Mass of a hydrogen atom, Da."""

SODIUM = 22.9897692820
"""Mass of a sodium atom, Da."""

SHIFTS: tuple[int, ...] = (-4, -3, -2, -1, 0, 1, 2, 3)
"""Hydrogens that a fragment may have beside its own and those of the adduct; loss of H2 more often comes twice."""

CARRIERS: dict[Adduct, tuple[int, int, int]] = {
    Adduct.M_H: (1, 0, 1),
    Adduct.M_NA: (0, 1, 1),
    Adduct.M_NEG_H: (-1, 0, -1),
}
"""Adduct -> hydrogens and sodiums that it adds, and its charge (elementary charges)."""

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


@dataclass(frozen=True)
class Candidates:
    """Ions of one adduct: pairs of fragment and shift, gathered into peaks of one formula each.

    Attributes:
        fragment: Shape (C,), int64, row in `Fragments`.
        shift: Shape (C,), int64, position in `SHIFTS`.
        peak: Shape (C,), int64, row of `mz`.
        mz: Shape (P,), float64, exact mass over charge, Da, rising.
        formula: Shape (P, X), int64, heavy elements as in `Skeleton.elements`.
        hydrogens: Shape (P,), int64, hydrogens of the ion, the adduct's counted.
        precursor: Row of the peak of the unbroken ion.
        adduct: Which adduct.
    """

    fragment: NDArray[np.int64]
    shift: NDArray[np.int64]
    peak: NDArray[np.int64]
    mz: NDArray[np.float64]
    formula: NDArray[np.int64]
    hydrogens: NDArray[np.int64]
    precursor: int
    adduct: Adduct


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


def list_candidates(skeleton: Skeleton, fragments: Fragments, adduct: Adduct) -> Candidates:
    """Return the ions of an adduct: each fragment with each shift of hydrogens that is possible.

    An ion cannot hold more hydrogens than the precursor, nor fewer than none, nor more than two per heavy atom and four
    beside.
    """
    added, sodium, charge = CARRIERS[adduct]
    counts = fragments.inside.astype(np.int64) @ skeleton.composition
    own = fragments.inside.astype(np.int64) @ skeleton.hydrogens
    n_heavy = fragments.inside.sum(axis=1)
    total = int(skeleton.hydrogens.sum()) + added
    hydrogens = own[:, None] + added + np.array(SHIFTS)[None, :]
    possible = (hydrogens >= 0) & (hydrogens <= total) & (hydrogens <= 3 * n_heavy[:, None] + 2)
    fragment, shift = np.nonzero(possible)
    heavy, chosen = counts[fragment], hydrogens[fragment, shift]
    radix = np.concatenate([[1], np.cumprod(counts[0] + 1)])
    code = chosen * int(radix[-1]) + heavy @ radix[:-1]  # one integer per formula, the whole being the largest
    _, first, peak = np.unique(code, return_index=True, return_inverse=True)
    mz = heavy[first] @ skeleton.masses + chosen[first] * HYDROGEN + sodium * SODIUM - charge * ELECTRON
    order = np.argsort(mz, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    peak = place[peak]
    whole = int(np.nonzero((fragment == 0) & (np.array(SHIFTS)[shift] == 0))[0][0])
    return Candidates(
        fragment=fragment,
        shift=shift,
        peak=peak,
        mz=mz[order],
        formula=heavy[first][order],
        hydrogens=chosen[first][order],
        precursor=int(peak[whole]),
        adduct=adduct,
    )


def write_formula(counts: dict[str, int]) -> str:
    """Return a formula in Hill order: carbon, hydrogen, then the alphabet.

    >>> write_formula({"O": 1, "H": 6, "C": 2})
    'C2H6O'
    """
    rest = sorted(symbol for symbol in counts if symbol not in ("C", "H"))
    order = ["C", "H", *rest] if counts.get("C") else sorted([*rest, *(["H"] if "H" in counts else [])])
    return "".join(f"{s}{counts[s] if counts[s] > 1 else ''}" for s in order if counts.get(s))


def write_ion_formulas(skeleton: Skeleton, candidates: Candidates) -> list[str]:
    """Return the formula of each peak, without the charge, in Hill order (sodium counted, isotopes as in ``[2H]``)."""
    names = [f"[{isotope}{symbol}]" if isotope else symbol for symbol, isotope in skeleton.elements]
    sodium = CARRIERS[candidates.adduct][1]
    extra = {"Na": sodium} if sodium else {}
    rows = zip(candidates.formula.tolist(), candidates.hydrogens.tolist(), strict=True)
    return [_join(names, row, n_hydrogens, extra) for row, n_hydrogens in rows]


def write_loss_formulas(skeleton: Skeleton, candidates: Candidates) -> list[str]:
    """Return what each peak lacks of the precursor, as formulas in Hill order; empty for the precursor."""
    names = [f"[{isotope}{symbol}]" if isotope else symbol for symbol, isotope in skeleton.elements]
    whole = skeleton.composition.sum(axis=0)
    lost = (whole[None, :] - candidates.formula).tolist()
    hydrogens = (candidates.hydrogens[candidates.precursor] - candidates.hydrogens).tolist()
    return [_join(names, row, n_hydrogens, {}) for row, n_hydrogens in zip(lost, hydrogens, strict=True)]


def _join(names: list[str], row: list[int], n_hydrogens: int, extra: dict[str, int]) -> str:
    counts = {"H": n_hydrogens} if n_hydrogens else {}
    for name, count in (*zip(names, row, strict=True), *extra.items()):
        if count:
            counts[name] = counts.get(name, 0) + count
    return write_formula(counts)
