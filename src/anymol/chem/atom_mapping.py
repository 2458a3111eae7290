"""Which atom of the reactants became which atom of the products, found without a neural network.

Atoms are paired by their surroundings, from the most to the least specific: first by environments with bond orders
(:mod:`anymol.chem.correspondence`), then by those of the bare skeleton, which survive a change of aromaticity, at last
one by one where most neighbours are paired already. The pairing is a guess; whoever needs certainty applies the
template that it gives and asks whether the recorded reactants come back (:mod:`anymol.chem.templates`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from rdkit import Chem

from anymol.chem.correspondence import pair_atoms
from anymol.errors import InvalidSmilesError

_SKELETON_RADIUS = 3
"""Largest environment of the bare skeleton that is compared, in bonds."""


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
    pairing = _Pairing(_Skeleton(_parse(products)), _Skeleton(_parse(reactants)), dict(pair_atoms(products, reactants)))
    pairing.pair_skeletons()
    pairing.pair_rest()
    pairing.cleave_acyl_bonds()
    return pairing.pairs


class _Skeleton:
    """A molecule with its elements, neighbours, and environments without bond orders and hydrogens."""

    def __init__(self, mol: Chem.Mol) -> None:
        self.elements = [atom.GetAtomicNum() for atom in mol.GetAtoms()]
        self.hydrogens = [atom.GetTotalNumHs() for atom in mol.GetAtoms()]
        self.charges = [atom.GetFormalCharge() for atom in mol.GetAtoms()]
        self.is_acyl = [_is_acyl(atom) for atom in mol.GetAtoms()]
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


def _is_acyl(atom: Chem.Atom) -> bool:
    """Whether an atom is a carbon with a double bond to oxygen."""
    return atom.GetAtomicNum() == 6 and any(
        bond.GetBondType() == Chem.BondType.DOUBLE and bond.GetOtherAtom(atom).GetAtomicNum() == 8
        for bond in atom.GetBonds()
    )


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
        while left:
            best = max(
                (
                    (self._fit(atom, one), -atom, -one)
                    for atom in left
                    for one, element in enumerate(self.before.elements)
                    if one not in self.taken and element == self.after.elements[atom]
                ),
                default=None,
            )
            if best is None:
                return
            atom, one = -best[1], -best[2]
            self._pair(atom, one)
            self.pair_beside(atom)
            left = [atom for atom in left if atom not in self.pairs]

    def cleave_acyl_bonds(self) -> None:
        """Let an oxygen or nitrogen between an acyl group and another carbon come with that other carbon, if it can.

        Esters and amides are mostly made and exchanged at the acyl group: of acetic acid and ethanol, the acid loses
        its hydroxyl group. By the bonds that change, the loss of the alcohol's would be as good.
        """
        for atom, one in list(self.pairs.items()):
            if self.after.elements[atom] not in (7, 8):
                continue
            acyl = [near for near in self.after.neighbours[atom] if self.after.is_acyl[near]]
            if not any(self.pairs.get(near) in self.before.neighbours[one] for near in acyl):
                continue
            for near in self.after.neighbours[atom]:
                partner = self.pairs.get(near)
                if near in acyl or partner is None or partner in self.before.neighbours[one]:
                    continue
                free = [
                    other
                    for other in self.before.neighbours[partner]
                    if other not in self.taken
                    and self.before.elements[other] == self.before.elements[one]
                    and self.before.hydrogens[other]
                ]
                if free:
                    self.taken.discard(one)
                    self._pair(atom, free[0])
                    break

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


def _parse(smiles: str) -> Chem.Mol:
    mol = Chem.MolFromSmiles(smiles)
    if mol is None:
        raise InvalidSmilesError("this SMILES cannot be mapped: it does not parse", value=smiles)
    return mol
