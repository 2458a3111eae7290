"""Which atom of the reactants became which atom of the products, found without a neural network.

Atoms are paired by their surroundings, from the most to the least specific: first by environments with bond orders
(:mod:`anymol.chem.correspondence`), then by those of the bare skeleton, which survive a change of aromaticity, at last
one by one where most neighbours are paired already. Then atoms move where that changes cheaper bonds
(:mod:`anymol.chem.map_settling`). The pairing is a guess; whoever needs certainty applies the
template that it gives and asks whether the recorded reactants come back (:mod:`anymol.chem.templates`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from anymol.chem.correspondence import pair_atoms
from anymol.chem.map_settling import BondCosts, settle_map
from anymol.errors import InvalidSmilesError

MAPPER: Final = "anymol.chem.atom_mapping 2"
"""What stands beside kept maps: this mapper, with a number that rises when its maps change."""

_SKELETON_RADIUS: Final = 3
"""Largest environment of the bare skeleton that is compared, in bonds."""

_ROOM: Final = 32
"""More than any atom's bonds, hydrogens or charges."""

_NEVER: Final = -(1 << 60)
"""Score of a pair that cannot be."""


@dataclass(frozen=True)
class MappedReaction:
    """A reaction whose atoms have map numbers.

    Attributes:
        reactants: Mapped SMILES of the molecules that give atoms to the products.
        products: Mapped SMILES of the products.
        spectators: SMILES of the reactants that give none, unmapped.
        missing: Product atoms that no reactant accounts for.
    """

    reactants: str
    products: str
    spectators: str
    missing: int

    @property
    def smiles(self) -> str:
        """The mapped reaction SMILES, spectators between the arrows."""
        return f"{self.reactants}>{self.spectators}>{self.products}"


def map_reaction(reactants: str, products: str) -> MappedReaction:
    """Give the atoms of a reaction map numbers.

    Args:
        reactants: SMILES of everything that goes in, dot-joined; reagents and solvents may be among them.
        products: SMILES of the products.

    Raises:
        InvalidSmilesError: One side does not parse.

    Example:
        >>> map_reaction("CCBr.[OH-]", "CCO").missing
        0
    """
    pairs = map_atoms(reactants, products)
    before, after = (_parse(smiles) for smiles in (reactants, products))
    for number, (theirs, mine) in enumerate(sorted(pairs.items()), start=1):
        after.GetAtomWithIdx(theirs).SetAtomMapNum(number)
        before.GetAtomWithIdx(mine).SetAtomMapNum(number)
    pieces = Chem.GetMolFrags(before, asMols=True, sanitizeFrags=False)
    used = [any(atom.GetAtomMapNum() for atom in piece.GetAtoms()) for piece in pieces]
    return MappedReaction(
        ".".join(Chem.MolToSmiles(piece) for piece, is_used in zip(pieces, used, strict=True) if is_used),
        Chem.MolToSmiles(after),
        ".".join(Chem.MolToSmiles(piece) for piece, is_used in zip(pieces, used, strict=True) if not is_used),
        after.GetNumAtoms() - len(pairs),
    )


def map_atoms(reactants: str, products: str) -> dict[int, int]:
    """Return product atom -> reactant atom, each by its place in the written SMILES.

    Raises:
        InvalidSmilesError: One side does not parse.
    """
    after, before = _parse(products), _parse(reactants)
    pairing = _Pairing(_Skeleton(after), _Skeleton(before), dict(pair_atoms(products, reactants)))
    pairing.pair_skeletons()
    pairing.pair_rest()
    settle_map(pairing.pairs, BondCosts(after), BondCosts(before))
    return pairing.pairs


class _Skeleton:
    """A molecule with its elements, neighbours, and environments without bond orders and hydrogens."""

    def __init__(self, mol: Chem.Mol) -> None:
        self.elements = [atom.GetAtomicNum() for atom in mol.GetAtoms()]
        self.hydrogens = [atom.GetTotalNumHs() for atom in mol.GetAtoms()]
        self.charges = [atom.GetFormalCharge() for atom in mol.GetAtoms()]
        self.neighbours = [[other.GetIdx() for other in atom.GetNeighbors()] for atom in mol.GetAtoms()]
        self.piece = [0] * len(self.elements)
        for number, piece in enumerate(Chem.GetMolFrags(mol)):
            for atom in piece:
                self.piece[atom] = number
        self._mol = mol

    def environments(self) -> list[list[int]]:
        """Return, per radius, an identifier of each atom's environment."""
        numbers = np.array(self.elements, dtype=np.uint64)
        bonds = Chem.GetAdjacencyMatrix(self._mol).astype(np.uint64)
        layers = [numbers]
        for _ in range(_SKELETON_RADIUS):
            layers.append(_hash(layers[-1] * np.uint64(0x94D049BB133111EB) + bonds @ _hash(layers[-1])))
        return [layer.tolist() for layer in layers]


def _hash(values: np.ndarray) -> np.ndarray:  # SplitMix64's step; sums of hashes do not depend on the order
    spread = values * np.uint64(0x9E3779B97F4A7C15)
    return spread ^ (spread >> np.uint64(32))


@dataclass
class _Pairing:
    """Pairs of atoms, product -> reactant, which grow."""

    after: _Skeleton
    before: _Skeleton
    pairs: dict[int, int]

    def __post_init__(self) -> None:
        self.taken = set(self.pairs.values())

    def pair_skeletons(self) -> None:
        """Pair atoms whose environments are alike but for bond orders, and grow from them by element."""
        if len(self.pairs) == len(self.after.elements):
            return
        mine, theirs = self.after.environments(), self.before.environments()
        for radius in range(_SKELETON_RADIUS, 0, -1):
            free: dict[int, list[int]] = {}
            for atom, environment in enumerate(theirs[radius]):
                if atom not in self.taken:
                    free.setdefault(environment, []).append(atom)
            for atom, environment in enumerate(mine[radius]):
                if atom in self.pairs:
                    continue
                choices = [one for one in free.get(environment, ()) if one not in self.taken]
                if choices:
                    self._pair(atom, max(choices, key=lambda one: self._fit(atom, one)))
                    self.pair_beside(atom)

    def pair_beside(self, atom: int) -> None:
        """Pair the neighbours of a paired atom with those of its partner of the same element, and theirs."""
        queue = [atom]
        for here in queue:
            there = self.pairs[here]
            for mine in self.after.neighbours[here]:
                if mine in self.pairs:
                    continue
                element = self.after.elements[mine]
                choices = [
                    one
                    for one in self.before.neighbours[there]
                    if one not in self.taken and self.before.elements[one] == element
                ]
                if choices:
                    self._pair(mine, max(choices, key=lambda one: self._fit(mine, one)))
                    queue.append(mine)

    def pair_rest(self) -> None:
        """Pair what is left with atoms of the same element, the surest first."""
        left = [atom for atom in range(len(self.after.elements)) if atom not in self.pairs]
        free = [one for one in range(len(self.before.elements)) if one not in self.taken]
        if not left or not free:
            return
        fits = _Fits(self.after, self.before, left, free)
        for atom, one in self.pairs.items():
            fits.tell(atom, one)
        while (best := fits.find_best()) is not None:
            known = len(self.pairs)
            self._pair(*best)
            self.pair_beside(best[0])
            for atom, one in list(self.pairs.items())[known:]:
                fits.tell(atom, one)

    def _pair(self, atom: int, one: int) -> None:
        self.pairs[atom] = one
        self.taken.add(one)

    def _fit(self, atom: int, one: int) -> tuple[int, ...]:
        """Return how well a pair fits what is paired: bonds kept, bonds broken or made, what differs at the atoms."""
        partners = {self.pairs[near] for near in self.after.neighbours[atom] if near in self.pairs}
        kept = len(partners & set(self.before.neighbours[one]))
        changed = abs(len(self.after.neighbours[atom]) - len(self.before.neighbours[one]))
        used = {self.before.piece[partner] for partner in partners}
        return (
            kept,
            -changed,
            self.before.piece[one] in used,
            -abs(self.after.hydrogens[atom] - self.before.hydrogens[one]),
            -abs(self.after.charges[atom] - self.before.charges[one]),
        )


class _Fits:
    """How well each atom that is left fits each that is free, as :meth:`_Pairing._fit` ranks them, in one matrix."""

    def __init__(self, after: _Skeleton, before: _Skeleton, left: list[int], free: list[int]) -> None:
        self._after, self._before = after, before
        self._left, self._free = np.array(left), np.array(free)
        self._row = {atom: row for row, atom in enumerate(left)}
        self._column = {one: column for column, one in enumerate(free)}
        self._piece = np.array(before.piece)[self._free]
        apart = [_differ(mine, theirs, left, free) for mine, theirs in (
            ([len(near) for near in after.neighbours], [len(near) for near in before.neighbours]),
            (after.hydrogens, before.hydrogens),
            (after.charges, before.charges),
        )]  # fmt: skip
        # One number ranks as the tuple does: each place has room for what it may hold.
        self._score = -apart[0] * _ROOM**3 - apart[1] * _ROOM - apart[2]
        self._score[_differ(after.elements, before.elements, left, free, most=1) > 0] = _NEVER
        self._in_piece: set[tuple[int, int]] = set()

    def tell(self, atom: int, one: int) -> None:
        """Note that an atom is paired: it and its partner are gone, and its neighbours fit those of its partner."""
        if atom in self._row:
            self._score[self._row[atom]] = _NEVER
        if one in self._column:
            self._score[:, self._column[one]] = _NEVER
        beside = [self._column[other] for other in self._before.neighbours[one] if other in self._column]
        piece = self._before.piece[one]
        for near in self._after.neighbours[atom]:
            row = self._row.get(near)
            if row is None:
                continue
            self._score[row, beside] += _ROOM**4
            if (row, piece) not in self._in_piece:
                self._in_piece.add((row, piece))
                self._score[row, self._piece == piece] += _ROOM**2

    def find_best(self) -> tuple[int, int] | None:
        """Return the pair that fits best, of equal ones the first; None where no element is left on both sides."""
        row, column = divmod(int(self._score.argmax()), len(self._free))
        if self._score[row, column] < _NEVER // 2:
            return None
        return int(self._left[row]), int(self._free[column])


def _differ(
    mine: list[int], theirs: list[int], left: list[int], free: list[int], *, most: int = _ROOM - 1
) -> NDArray[np.int64]:
    apart = np.array(mine, dtype=np.int64)[left][:, None] - np.array(theirs, dtype=np.int64)[free][None]
    bounded: NDArray[np.int64] = np.minimum(np.abs(apart), most)
    return bounded


def _parse(smiles: str) -> Chem.Mol:
    mol = Chem.MolFromSmiles(smiles)
    if mol is None:
        raise InvalidSmilesError("this SMILES cannot be mapped: it does not parse", value=smiles)
    return mol
