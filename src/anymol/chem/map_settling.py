"""Atom maps that change as little as they can: atoms move to free ones where cheaper bonds break.

A map that grows from what is alike may take a methyl group of one molecule for the end of an ethyl group of another.
Each move gives an atom another origin beside an atom that it is bonded to, takes along what can follow, and is made
where that lowers the cost of all bonds made and broken (the principle of minimal chemical distance, Jochum, Gasteiger
and Ugi 1980).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from rdkit import Chem

_CARBONS: Final = 2.0
"""Cost of making or breaking a bond between two carbons; of any other 1."""

_ACYL: Final = 0.9
"""Of one between an acyl carbon and another element: esters and amides are made and exchanged there."""

_ORDER: Final = 0.1
"""Of a bond that is kept, for each step of its order."""

_LEAST: Final = 1e-6
"""By how much a move must lower the cost."""

_MOST: Final = 200
"""Moves at most."""


class BondCosts:
    """The bonds of a molecule, with what making or breaking each costs.

    Args:
        mol: The molecule.
    """

    def __init__(self, mol: Chem.Mol) -> None:
        self.elements = [atom.GetAtomicNum() for atom in mol.GetAtoms()]
        self.neighbours = [[other.GetIdx() for other in atom.GetNeighbors()] for atom in mol.GetAtoms()]
        acyl = [_is_acyl(atom) for atom in mol.GetAtoms()]
        self.orders: dict[tuple[int, int], float] = {}
        self.costs: dict[tuple[int, int], float] = {}
        for bond in mol.GetBonds():
            here, there = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
            carbons = self.elements[here] == self.elements[there] == 6
            cost = _CARBONS if carbons else _ACYL if acyl[here] or acyl[there] else 1.0
            for pair in ((here, there), (there, here)):
                self.orders[pair], self.costs[pair] = bond.GetBondTypeAsDouble(), cost


def _is_acyl(atom: Chem.Atom) -> bool:
    """Whether an atom is a carbon with a double bond to oxygen."""
    return atom.GetAtomicNum() == 6 and any(
        bond.GetBondType() == Chem.BondType.DOUBLE and bond.GetOtherAtom(atom).GetAtomicNum() == 8
        for bond in atom.GetBonds()
    )


def settle_map(pairs: dict[int, int], after: BondCosts, before: BondCosts) -> None:
    """Move atoms of a map, in place, as long as that lowers the cost of what is made and broken.

    Args:
        pairs: Product atom -> reactant atom.
        after: Of the products.
        before: Of the reactants.
    """
    settling = _Settling(pairs, after, before)
    for _ in range(_MOST):
        if not settling.move_one():
            return


@dataclass
class _Settling:
    pairs: dict[int, int]
    after: BondCosts
    before: BondCosts
    origin: dict[int, int] = field(init=False)
    """Reactant atom -> product atom."""

    def __post_init__(self) -> None:
        self.origin = {one: atom for atom, one in self.pairs.items()}

    def move_one(self) -> bool:
        """Make the first move that pays; return whether there was one."""
        for atom, one in self.pairs.items():
            for near in self.after.neighbours[atom]:
                partner = self.pairs.get(near)
                if partner is None or partner in self.before.neighbours[one]:
                    continue
                for other in self._list_free(partner, self.before.elements[one]):
                    if self._try(atom, other):
                        return True
        return False

    def _try(self, atom: int, one: int) -> bool:
        """Move an atom and those that can follow it; undo that where it does not pay."""
        left = {atom: self.pairs[atom]}
        self._move(atom, one)
        queue = [atom]
        for here in queue:
            for near in self.after.neighbours[here]:
                partner = self.pairs.get(near)
                if near in left or partner is None or partner in self.before.neighbours[self.pairs[here]]:
                    continue
                free = self._list_free(self.pairs[here], self.before.elements[partner])
                if free:
                    left[near] = partner
                    self._move(near, free[0])
                    queue.append(near)
        taken = {moved: self.pairs[moved] for moved in left}
        ones = {*left.values(), *taken.values()}
        cost = self._sum_costs(left, ones)
        for moved, former in left.items():
            self._move(moved, former)
        if cost > self._sum_costs(left, ones) - _LEAST:
            return False
        for moved, found in taken.items():
            self._move(moved, found)
        return True

    def _list_free(self, one: int, element: int) -> list[int]:
        """Return the reactant atoms beside one that no product atom comes from, of an element."""
        beside = self.before.neighbours[one]
        return [other for other in beside if other not in self.origin and self.before.elements[other] == element]

    def _move(self, atom: int, one: int) -> None:
        if self.origin.get(self.pairs[atom]) == atom:
            del self.origin[self.pairs[atom]]
        self.pairs[atom], self.origin[one] = one, atom

    def _sum_costs(self, atoms: Iterable[int], ones: Iterable[int]) -> float:
        """Return the cost of all bonds at product atoms and at reactant atoms."""
        total = 0.0
        for atom, near in _list_bonds(self.after, atoms):
            one, partner = self.pairs.get(atom), self.pairs.get(near)
            if one is not None and partner is not None and (one, partner) not in self.before.costs:
                total += self.after.costs[atom, near]
        for bond in _list_bonds(self.before, ones):
            ends = (self.origin.get(bond[0], -1), self.origin.get(bond[1], -1))
            if ends == (-1, -1):
                continue
            order = self.after.orders.get(ends)
            kept = None if order is None else _ORDER * abs(order - self.before.orders[bond])
            total += self.before.costs[bond] if kept is None else kept
        return total


def _list_bonds(bonds: BondCosts, atoms: Iterable[int]) -> set[tuple[int, int]]:
    return {(min(here, there), max(here, there)) for here in atoms for there in bonds.neighbours[here]}
