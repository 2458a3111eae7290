"""Bond orders, formal charges and unpaired electrons of atoms whose neighbours are known: an integer programme.

Every atom is in one *state*: how many bonds it makes, its formal charge and its unpaired electrons. A state costs what
a chemist would call unusual about it, and the structure written is the cheapest one::

    minimise    sum_a cost(state of a) + sum_b misfit(order of b) + price * |charge|
                - relief * (bonds between opposite charges, none at an atom twice)
                - bonus * (six-membered rings of alternating bonds)
                + crowd * (unpaired electrons but one)
    subject to  sum of the orders at a = bonds of the state of a        for every atom a
                sum of the charges     = charge                         where it is given

Costs of states and the price of a total charge are whole steps; how well lengths fit only decides between structures
that are equal otherwise, such as which oxygen of a carboxylate carries its charge. The programme is solved exactly
(HiGHS by scipy), so that the answer does not depend on the order of the atoms.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from anymol.errors import ConformerError, TimeLimitError

SOLVE_SECONDS: Final = 5.0
"""Time for one programme; drug-like molecules take 10 to 30 ms."""


class State(NamedTuple):
    """How an atom may bind.

    Attributes:
        bonds: Sum of the orders of its bonds.
        charge: Formal charge.
        unpaired: Unpaired electrons.
        cost: How unusual that is; 0 for the valences of textbooks.
        gaps: Empty orbitals, but for that of trivalent boron.
        is_bent: Whether its neighbours lie in no line though its bonds would have them so.
    """

    bonds: int
    charge: int
    unpaired: int
    cost: float
    gaps: int = 0
    is_bent: bool = False


RADICAL_COST: Final = 4.0
_CROWD: Final = 3.0
"""Further cost of each unpaired electron after the first."""
_SEPARATE: Final = 3.5
"""Cost of any formal charge, relieved where it stands beside an opposite one, as in nitro groups and azides. It is such
that a radical (4) is written before an ion (4.5 and its price), and an ion before electrons that wander far (9)."""
_SLIGHT: Final = 0.5
"""What is relieved of the cost of a carbanion beside a cation."""
CHARGE_PRICE: Final = 1.0
"""Cost of each elementary charge of the whole."""
_IONIC_RADICAL: Final = 3.0
"""Further cost of an unpaired electron on atoms that are met with an electron more, or less, instead."""
_GAP: Final = 4.5
"""Cost of an empty orbital, as in a carbocation or a carbene."""
_BARE: Final = 6.0
"""Further cost of an empty orbital at a cation of an element that would rather share a lone pair, as nitrogen."""
_BENT: Final = 3.0
"""Cost of two double bonds, or a triple bond, at an atom whose neighbours do not lie in line."""
_IN_LINE: Final = 145.0
"""Least angle at such an atom, in degrees; that of cyclooctyne is 155."""
_MISFIT: Final = 0.5
"""Cost per angstrom between the length of a bond and what is usual of its order."""
_ALTERNATION: Final = 0.5
"""Bonus of a six-membered ring with three double bonds."""
_NITRITE: Final = 125.0
"""Angle O-N-O in degrees between those of nitrite (115) and of nitrogen dioxide (134)."""

_PLUS: Final = {
    "H": 2.0, "C": 0.5, "N": 1.0, "P": 1.0, "As": 1.0, "Sb": 1.0, "O": 2.0, "S": 1.2, "Se": 1.2, "Te": 1.2, "I": 1.0
}  # fmt: skip
_MINUS: Final = {"B": 0.5, "C": 1.7, "P": 1.5, "S": 0.95, "Se": 0.95, "Te": 0.95}
_OTHER_PLUS: Final = 2.5
_OTHER_MINUS: Final = 1.0

_VALENCE_ELECTRONS: Final = {
    symbol: electrons
    for electrons, symbols in enumerate(
        ("H", "", "B", "C Si Ge Sn", "N P As Sb", "O S Se Te", "F Cl Br I", "He Ne Ar Kr Xe"), start=1
    )
    for symbol in symbols.split()
}

_EXPANDED: Final[Mapping[str, Mapping[tuple[int, int, int], int]]] = {
    symbols: valences
    for elements, valences in (
        ("Si Ge Sn", {(5, -1, 0): 5, (6, -2, 0): 6}),
        ("P As Sb", {(5, 0, 0): 4, (6, -1, 0): 6}),
        ("S Se Te", {(4, 0, 0): 3, (6, 0, 0): 4, (5, 0, 1): 3, (5, 1, 0): 4, (5, -1, 0): 5}),
        ("Cl Br I", {(2, -1, 0): 2, (3, 0, 0): 3, (4, -1, 0): 4, (4, 1, 0): 3, (5, 0, 0): 3, (7, 0, 0): 4}),
        ("Kr Xe", {(2, 0, 0): 2, (4, 0, 0): 4, (6, 0, 0): 3}),
    )
    for symbols in elements.split()
}
"""Element -> (bonds, charge, unpaired electrons) beyond the octet -> neighbours with which that is usual."""

_HALOGENS: Final = frozenset({"F", "Cl", "Br", "I"})

_OCTET_BONDS: Final = {"P": 3, "As": 3, "Sb": 3, "S": 2, "Se": 2, "Te": 2, "Cl": 1, "Br": 1, "I": 1}
"""Bonds of a neutral atom within the octet, of elements that go beyond it."""

_ACID_FORMERS: Final = frozenset({"B", "C", "N", "P", "S", "As", "Se"})
"""Elements whose atoms, with two oxygens or sulfurs at their ends, make anions."""

_PERACID_FORMERS: Final = frozenset({"Cl", "Br", "I"})
"""Elements that do so with three; with two, chlorine dioxide is a radical."""

_SULFURANE: Final = 3.0
"""Cost of sulfur with four single bonds that are not mostly to halogens."""

_FOLDED: Final = 12.0
"""Cost of six bonds at sulfur whose three neighbours lie to one side: sulfur trioxide is flat, sulfite is not."""
_FLAT: Final = 335.0
"""Least sum, in degrees, of the three angles at an atom that is taken for flat; that of sulfite is 318."""

_YLIDE: Final = 3.0
"""Cost of a double bond between carbon and an atom beyond the octet: phosphonium ions are written before the radicals
that they would be without their charge."""

_CROWDED: Final = 1.2
"""Cost of each neighbour that such an atom has less: sulfur dioxide and sulfines are known, others are not."""

_RADII: Final[Mapping[str, tuple[float, float, float]]] = {
    "H": (0.32, 0.32, 0.32), "B": (0.85, 0.78, 0.73), "C": (0.75, 0.67, 0.60), "N": (0.71, 0.60, 0.54),
    "O": (0.63, 0.57, 0.53), "F": (0.64, 0.59, 0.53), "Si": (1.16, 1.07, 1.02), "P": (1.11, 1.02, 0.94),
    "S": (1.03, 0.94, 0.95), "Cl": (0.99, 0.95, 0.93), "Ge": (1.21, 1.11, 1.14), "As": (1.21, 1.14, 1.06),
    "Se": (1.16, 1.07, 1.07), "Br": (1.14, 1.09, 1.10), "Sn": (1.40, 1.30, 1.32), "Sb": (1.40, 1.33, 1.27),
    "Te": (1.36, 1.28, 1.21), "I": (1.33, 1.29, 1.25), "Xe": (1.31, 1.35, 1.22),
}  # fmt: skip
"""Covalent radii of single, double and triple bonds in angstrom (Pyykkö and Atsumi 2009; Pyykkö, Riedel, Patzschke
2005)."""


@dataclass(frozen=True)
class LewisStructure:
    """The cheapest structure of a charge.

    Attributes:
        orders: Order of each bond.
        states: State of each atom.
        cost: What it costs, the price of its total charge left out.
    """

    orders: tuple[int, ...]
    states: tuple[State, ...]
    cost: float

    @property
    def charge(self) -> int:
        """Total charge, elementary charges."""
        return sum(state.charge for state in self.states)

    @property
    def unpaired(self) -> int:
        """Number of unpaired electrons."""
        return sum(state.unpaired for state in self.states)


class Skeleton:
    """Atoms and bonds whose orders are asked for.

    Args:
        symbols: Element of each atom.
        bonds: Pairs of bonded atoms.
        coordinates: Shape (V, 3), angstrom.
    """

    def __init__(
        self, symbols: Sequence[str], bonds: Sequence[tuple[int, int]], coordinates: NDArray[np.float64]
    ) -> None:
        self.symbols = tuple(symbols)
        self.bonds = tuple(bonds)
        self.coordinates = coordinates
        self.neighbours: list[list[int]] = [[] for _ in symbols]
        self.rings = _find_rings(self.symbols, self.bonds)
        for one, other in bonds:
            self.neighbours[one].append(other)
            self.neighbours[other].append(one)

    def measure_length(self, bond: tuple[int, int]) -> float:
        """Return the length of a bond in angstrom."""
        return float(np.linalg.norm(self.coordinates[bond[0]] - self.coordinates[bond[1]]))

    def measure_misfits(self, bond: tuple[int, int]) -> list[float]:
        """Return how much longer, in angstrom, a bond is than what is usual of orders 1, 2 and 3."""
        radii = (_RADII[self.symbols[atom]] for atom in bond)
        length = self.measure_length(bond)
        return [length - one - other for one, other in zip(*radii, strict=True)]

    def measure_angle(self, atom: int) -> float:
        """Return the angle at an atom of two neighbours in degrees."""
        one, other = (self.coordinates[near] - self.coordinates[atom] for near in self.neighbours[atom])
        cosine = float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other)))
        return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))

    def sum_angles(self, atom: int) -> float:
        """Return the sum of the angles at an atom between each two of its neighbours, in degrees."""
        around = [self.coordinates[near] - self.coordinates[atom] for near in self.neighbours[atom]]
        units = [vector / np.linalg.norm(vector) for vector in around]
        cosines = [float(one @ other) for one, other in combinations(units, 2)]
        return float(np.degrees(np.arccos(np.clip(cosines, -1.0, 1.0))).sum())

    def is_ylide(self, bond: tuple[int, int]) -> bool:
        """Whether a double bond would join carbon and an atom beyond the octet."""
        carbons = [atom for atom in bond if self.symbols[atom] == "C"]
        return len(carbons) == 1 and any(
            len(self.neighbours[atom]) > _OCTET_BONDS.get(self.symbols[atom], len(self.symbols)) for atom in bond
        )

    def list_states(self, atom: int) -> list[State]:
        """Return the states that an atom may be in, the place it has in the molecule considered."""
        symbol, near = self.symbols[atom], self.neighbours[atom]
        states = list(_list_states(symbol, len(near)))
        if len(near) == 2 and symbol in "BCN" and self.measure_angle(atom) < _IN_LINE:
            states = [
                state._replace(cost=state.cost + _BENT, is_bent=True) if state.bonds == 4 else state for state in states
            ]
        if symbol in ("S", "Se", "Te") and len(near) == 2 and all(self.symbols[one] == "C" for one in near):
            # Thiophenes of quadruply bonded sulfur are written with charges.
            states = [state._replace(cost=state.cost + 2.0 * (state.bonds == 4)) for state in states]
        if symbol in ("S", "Se", "Te") and len(near) == 4 and sum(self.symbols[one] in _HALOGENS for one in near) < 2:
            # Four single bonds are those of SF4; else it is a sulfone, or a sulfoxonium ion.
            states = [state._replace(cost=state.cost + _SULFURANE * (state.bonds == 4)) for state in states]
        if symbol in ("S", "Se", "Te") and len(near) == 3 and self.sum_angles(atom) < _FLAT:
            states = [state._replace(cost=state.cost + _FOLDED * (state.bonds == 6)) for state in states]
        if symbol in _HALOGENS:
            # Iodine that binds carbon is an iodonium ion, among halogens a polyhalide.
            usual = -1 if all(self.symbols[one] in _HALOGENS for one in near) else 1
            states = [state._replace(cost=state.cost + 2.0 * (state.charge == -usual)) for state in states]
        if self._is_ionic(atom, symbol):
            states = [state._replace(cost=state.cost + _IONIC_RADICAL * state.unpaired) for state in states]
        return states

    def is_acidic(self, atom: int) -> bool:
        """Whether a proton leaves an atom of this place easily.

        So it does nitrogen of sulfonamides, sulfur of thioamides, and oxygen of cyclic 1,3-dicarbonyls.
        """
        symbol, near = self.symbols[atom], self.neighbours[atom]
        if symbol == "N" and len(near) == 2:
            return any(self.symbols[one] == "S" and self._count_ends(one, ("O",)) == 2 for one in near)
        if len(near) != 1 or self.symbols[near[0]] != "C" or len(self.neighbours[near[0]]) != 3:
            return False
        around = self.neighbours[near[0]]
        if symbol == "S":
            return any(self.symbols[one] == "N" for one in around)
        return symbol == "O" and any(
            self.symbols[middle] == self.symbols[far] == "C"
            and far != near[0]
            and len(self.neighbours[middle]) == len(self.neighbours[far]) == 3
            and self._count_ends(far, ("O",)) == 1
            and self._share_ring(near[0], middle, far)
            for middle in around
            for far in self.neighbours[middle]
        )

    def _is_ionic(self, atom: int, symbol: str) -> bool:
        """Whether an atom is met with a charge where it would have an unpaired electron.

        So are halides and pseudohalides, and the ends of oxoanions.
        """
        if len(self.neighbours[atom]) != 1:
            return symbol in _HALOGENS and not self.neighbours[atom]
        hub = self.neighbours[atom][0]
        around = self.neighbours[hub]
        is_dioxide = self.symbols[hub] == "N" and len(around) == 2 and self.measure_angle(hub) > _NITRITE
        fewest = 2 if self.symbols[hub] in _ACID_FORMERS else 3 if self.symbols[hub] in _PERACID_FORMERS else 0
        if symbol in ("O", "S") and fewest and not is_dioxide and self._count_ends(hub, ("O", "S")) >= fewest:
            return True
        if symbol == "C" and len(around) == 1:
            return self.symbols[hub] == "N"  # cyanide
        if len(around) != 2 or self.symbols[hub] not in ("C", "N") or self.measure_angle(hub) < _IN_LINE:
            return False
        is_alone = all(len(self.neighbours[one]) == 1 for one in around)
        return symbol == "N" or (is_alone and symbol in ("O", "S", "Se"))  # diazonium and azide; cyanate, thiocyanate

    def _share_ring(self, *atoms: int) -> bool:
        return any(set(atoms) <= set(ring) for ring in self.rings)

    def _count_ends(self, atom: int, symbols: tuple[str, ...]) -> int:
        """Return how many atoms of some elements are bonded to an atom and to no other."""
        return sum(self.symbols[one] in symbols and len(self.neighbours[one]) == 1 for one in self.neighbours[atom])


@cache
def _list_states(symbol: str, degree: int) -> tuple[State, ...]:
    """Return the states of an element with a number of neighbours."""
    electrons, orbitals = _VALENCE_ELECTRONS[symbol], 1 if symbol in ("H", "He") else 4
    states = []
    for charge in (-2, -1, 0, 1, 2):
        for bonds in range(degree, min(3 * degree, 8) + 1):
            left = electrons - charge - bonds  # electrons that make no bond
            unpaired, lone = left % 2, (left + 1) // 2
            if left < 0:
                continue
            cost = RADICAL_COST * unpaired + _price_charge(symbol, charge)
            if lone <= orbitals - bonds:
                if abs(charge) == 2 and degree:
                    continue
                gaps = max(0, orbitals - bonds - lone - (symbol == "B"))
                cost += _GAP * gaps + _BARE * (gaps > 0 and charge > 0 and electrons > 4 and degree > 0)
                states.append(State(bonds, charge, unpaired, cost, gaps))
            elif unpaired and bonds != degree + 2:  # sulfonyl radicals are known, others beyond the octet hardly
                continue
            elif (usual := _EXPANDED.get(symbol, {}).get((bonds, charge, unpaired))) is not None:
                states.append(State(bonds, charge, unpaired, cost + _CROWDED * max(0, usual - degree)))
    return tuple(states)


def _price_charge(symbol: str, charge: int) -> float:
    if charge == 0:
        return 0.0
    once = _PLUS.get(symbol, _OTHER_PLUS) if charge > 0 else _MINUS.get(symbol, _OTHER_MINUS)
    return (_SEPARATE + once) * (1 if abs(charge) == 1 else 3)


class Programme:
    """The integer programme of a skeleton, built once and solved for several charges."""

    def __init__(self, skeleton: Skeleton) -> None:
        self._skeleton = skeleton
        self._states = [skeleton.list_states(atom) for atom in range(len(skeleton.symbols))]
        for atom, states in enumerate(self._states):
            if not states:
                raise ConformerError(
                    f"{skeleton.symbols[atom]} (atom {atom + 1}) has {len(skeleton.neighbours[atom])} neighbours, "
                    "with which no bonds fit"
                )
        self._costs: list[float] = []
        self._rows: list[tuple[dict[int, float], float, float]] = []
        self._place_states()
        self._place_orders()
        self._relieve_neighbours()
        self._reward_alternation()
        self._limit_radicals()
        self._balance_charges()

    def solve(self, charge: int | None) -> LewisStructure | None:
        """Return the cheapest structure of a charge, or of any; None where there is none.

        Which double bonds alternate in a ring matters where charges or unpaired electrons could stand in it. In large
        aromatic systems, where all structures are alike, it would only take time.

        Raises:
            TimeLimitError: It took too long.
        """
        structure = self._solve(charge, alternating=False)
        if structure is None or not any(self._is_loose(structure, atom) for atom in range(len(structure.states))):
            return structure
        try:
            return self._solve(charge, alternating=True)
        except TimeLimitError:
            return structure

    def _is_loose(self, structure: LewisStructure, atom: int) -> bool:
        """Whether an atom is charged, with no opposite charge beside it, or has an unpaired electron."""
        state = structure.states[atom]
        beside = (structure.states[one].charge for one in self._skeleton.neighbours[atom])
        return state.unpaired > 0 or (state.charge != 0 and all(state.charge * charge >= 0 for charge in beside))

    def _solve(self, charge: int | None, *, alternating: bool) -> LewisStructure | None:
        from scipy.optimize import Bounds, LinearConstraint, milp  # half a second that few calls need
        from scipy.sparse import csr_array

        n = len(self._costs)
        upper = np.ones(n)
        upper[self._rewards] = float(alternating)
        upper[self._crowd] = np.inf
        upper[[self._plus, self._minus]] = np.inf if charge is None else (max(charge, 0), max(-charge, 0))
        lower = np.zeros(n)
        if charge is not None:
            lower[[self._plus, self._minus]] = max(charge, 0), max(-charge, 0)
        rows = [row for row, (terms, _, _) in enumerate(self._rows) for _ in terms]
        columns = [column for terms, _, _ in self._rows for column in terms]
        values = [value for terms, _, _ in self._rows for value in terms.values()]
        matrix = csr_array((values, (rows, columns)), shape=(len(self._rows), n))
        bounds = LinearConstraint(matrix, [low for _, low, _ in self._rows], [high for _, _, high in self._rows])
        found = milp(
            np.array(self._costs),
            integrality=np.ones(n),
            bounds=Bounds(lower, upper),
            constraints=bounds,
            options={"time_limit": SOLVE_SECONDS, "mip_rel_gap": 0.0},
        )
        if found.status == 1:
            raise TimeLimitError(f"bond orders were not settled within {SOLVE_SECONDS:g} s")
        return None if found.x is None else self._read(np.rint(found.x).astype(int), float(found.fun))

    def _add(self, cost: float) -> int:
        self._costs.append(cost)
        return len(self._costs) - 1

    def _place_states(self) -> None:
        self._chosen = [[self._add(state.cost) for state in states] for states in self._states]
        for variables in self._chosen:
            self._rows.append((dict.fromkeys(variables, 1.0), 1.0, 1.0))

    def _place_orders(self) -> None:
        """Add for each bond whether it is at least double, and whether triple; the orders at an atom fill its state."""
        sums: list[dict[int, float]] = [
            {variable: -float(state.bonds) for variable, state in zip(chosen, states, strict=True)}
            for chosen, states in zip(self._chosen, self._states, strict=True)
        ]
        self._raised: dict[tuple[int, int], tuple[int, ...]] = {}
        for bond in self._skeleton.bonds:
            room = min(
                max(state.bonds for state in self._states[atom]) - len(self._skeleton.neighbours[atom]) for atom in bond
            )
            misfits = [_MISFIT * abs(misfit) for misfit in self._skeleton.measure_misfits(bond)]
            costs = [misfits[order] - misfits[order - 1] for order in (1, 2)]
            costs[0] += _YLIDE * self._skeleton.is_ylide(bond)
            raised = tuple(map(self._add, costs[: min(room, 2)]))
            if len(raised) == 2:
                self._rows.append(({raised[0]: 1.0, raised[1]: -1.0}, 0.0, np.inf))
            self._raised[bond] = raised
            for atom in bond:
                sums[atom] |= dict.fromkeys(raised, 1.0)
        for atom, terms in enumerate(sums):
            degree = float(len(self._skeleton.neighbours[atom]))
            self._rows.append((terms, -degree, -degree))

    def _relieve_neighbours(self) -> None:
        """Reward opposite charges side by side.

        Of a carbanion beside a cation, but for isonitriles, little is relieved: what can be written as an enolate is.
        """
        pairs: dict[tuple[int, int], list[int]] = defaultdict(list)
        for one, other in self._skeleton.bonds:
            for plus, minus in ((one, other), (other, one)):
                ends = len(self._skeleton.neighbours[minus]) == 1
                symbol = self._skeleton.symbols[minus]
                if self._skeleton.symbols[plus] in ("N", "O") and symbol != "H":
                    relief = self._add(-_SLIGHT if symbol == "C" and not ends else -2 * _SEPARATE)
                    pairs[plus, 1].append(relief)
                    pairs[minus, -1].append(relief)
        for (atom, sign), reliefs in pairs.items():
            chosen = zip(self._chosen[atom], self._states[atom], strict=True)
            charged = dict.fromkeys((variable for variable, state in chosen if state.charge == sign), -1.0)
            self._rows.append((charged | dict.fromkeys(reliefs, 1.0), -np.inf, 0.0))

    def _limit_radicals(self) -> None:
        crowd = self._add(_CROWD)
        unpaired = {
            variable: float(state.unpaired)
            for chosen, states in zip(self._chosen, self._states, strict=True)
            for variable, state in zip(chosen, states, strict=True)
            if state.unpaired
        }
        self._crowd = crowd
        self._rows.append((unpaired | {crowd: -1.0}, -np.inf, 1.0))

    def _reward_alternation(self) -> None:
        self._rewards: list[int] = []
        for ring in self._skeleton.rings:
            if len(ring) != 6:
                continue
            bonds = [(min(pair), max(pair)) for pair in zip(ring, [*ring[1:], ring[0]], strict=True)]
            doubles = [raised[0] for bond in bonds if (raised := self._raised[bond])]
            if len(doubles) >= 3:
                reward = self._add(-_ALTERNATION)
                self._rewards.append(reward)
                self._rows.append((dict.fromkeys(doubles, 1.0) | {reward: -3.0}, 0.0, np.inf))

    def _balance_charges(self) -> None:
        self._plus, self._minus = self._add(CHARGE_PRICE), self._add(CHARGE_PRICE)
        terms = {
            variable: float(state.charge)
            for chosen, states in zip(self._chosen, self._states, strict=True)
            for variable, state in zip(chosen, states, strict=True)
            if state.charge
        }
        self._rows.append((terms | {self._plus: -1.0, self._minus: 1.0}, 0.0, 0.0))

    def _read(self, values: NDArray[np.int_], cost: float) -> LewisStructure:
        states = tuple(
            next(state for variable, state in zip(chosen, states, strict=True) if values[variable])
            for chosen, states in zip(self._chosen, self._states, strict=True)
        )
        orders = tuple(1 + sum(int(values[one]) for one in self._raised[bond]) for bond in self._skeleton.bonds)
        price = CHARGE_PRICE * abs(sum(state.charge for state in states))
        return LewisStructure(orders, states, cost - price)


def _find_rings(symbols: Sequence[str], bonds: Sequence[tuple[int, int]]) -> list[tuple[int, ...]]:
    """Return the smallest rings, each as its atoms in order."""
    mol = Chem.RWMol()
    for symbol in symbols:
        mol.AddAtom(Chem.Atom(symbol))
    for bond in bonds:
        mol.AddBond(*bond, Chem.BondType.SINGLE)
    return [tuple(ring) for ring in Chem.GetSSSR(mol)]
