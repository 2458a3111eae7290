"""The grammar of SMILES: rings close, branches balance, nothing dangles.

Symbols are classed as atoms, bonds, ring digits, branches and dots. The automaton keeps branches balanced, closes every
ring before the end, never bonds two atoms twice, leaves no bond dangling and no branch empty. Valence and aromaticity
are left to the network and to the chemistry that reads the answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum, auto

from anymol.inference.automaton import Automaton
from anymol.inference.symbols import SymbolTable


class Place(Enum):
    """Where in a SMILES the automaton stands."""

    BEFORE = auto()
    """Before ``<mol>``."""
    START = auto()
    """An atom must come: the beginning, or after a dot."""
    ATOM = auto()
    """After an atom or its ring digits."""
    BOND = auto()
    """After a bond: an atom or a ring digit must come."""
    OPENED = auto()
    """After ``(``: an atom or a bond must come."""
    OPENED_BOND = auto()
    """After a bond with which a branch begins or that follows one: an atom must come."""
    CLOSED = auto()
    """After ``)``."""
    AFTER = auto()
    """After ``</mol>``: only the end token follows."""


@dataclass(frozen=True)
class Site:
    """An atom, as far as ring closures care.

    Attributes:
        origin: Number of this atom among those with open rings; -1 while it has none.
        bonded: Numbers of atoms with open rings that this atom may not close: itself and those bonded to it already.
    """

    origin: int = -1
    bonded: frozenset[int] = frozenset()


@dataclass(frozen=True)
class SmilesState:
    """What matters of the SMILES written so far.

    Attributes:
        place: Where the automaton stands.
        here: The last atom of the current chain.
        branches: The atoms to which open branches return, outermost first.
        rings: Open ring numbers with the number of the atom that opened each.
    """

    place: Place
    here: Site = Site()
    branches: tuple[Site, ...] = ()
    rings: tuple[tuple[str, int], ...] = ()


class SmilesGrammar(Automaton[SmilesState]):
    """``<mol>``, SMILES symbols of correct syntax, ``</mol>``, end."""

    def __init__(self, vocabulary: int, symbols: SymbolTable) -> None:
        super().__init__(vocabulary)
        self._symbols = symbols

    def initial(self) -> SmilesState:
        """Return the state before ``<mol>``."""
        return SmilesState(Place.BEFORE)

    def need(self, state: SmilesState) -> int:
        """Return an upper bound of the tokens needed: two atoms before a ring closes, two per ring, and so on."""
        match state.place:
            case Place.BEFORE:
                return 4
            case Place.AFTER:
                return 1
            case Place.START | Place.BOND | Place.OPENED | Place.OPENED_BOND | Place.ATOM | Place.CLOSED:
                dangling = 0 if state.place in (Place.ATOM, Place.CLOSED) else 1
                rings = 2 + 2 * len(state.rings) if state.rings else 0
                return 2 + dangling + len(state.branches) + rings

    def options(self, state: SmilesState, *, closing: bool) -> Iterable[int]:
        """Return the tokens that may follow."""
        symbols = self._symbols
        match state.place:
            case Place.BEFORE:
                return (symbols.opening,)
            case Place.AFTER:
                return (symbols.end,)
            case Place.START | Place.OPENED_BOND:
                return symbols.atoms
            case Place.OPENED:
                return symbols.atoms if closing else symbols.atoms | symbols.bonds
            case Place.BOND:
                closable = self._closable(state)
                if closing:
                    return closable or symbols.atoms
                return symbols.atoms | closable | self._openable(state)
            case Place.ATOM | Place.CLOSED:
                return self._after_atom(state, closing=closing)

    def _after_atom(self, state: SmilesState, *, closing: bool) -> frozenset[int]:
        symbols = self._symbols
        after_ring_atom = state.place is Place.ATOM
        closable = self._closable(state) if after_ring_atom else frozenset[int]()
        finished = not state.rings and not state.branches
        leave = frozenset(
            token
            for token, may in (
                (symbols.branch_close, bool(state.branches)),
                (symbols.closing, finished),
                (symbols.dot, finished and not closing),
            )
            if may and token is not None
        )
        if closing:
            if closable:
                return closable
            # An open ring that this atom may not close needs another atom first; it stays in the innermost branch.
            return symbols.atoms if state.rings else leave
        more = symbols.atoms | symbols.bonds | leave | closable
        if after_ring_atom:
            more |= self._openable(state)
        if symbols.branch_open is not None:
            more |= {symbols.branch_open}
        return more

    def _closable(self, state: SmilesState) -> frozenset[int]:
        may = {number for number, origin in state.rings if origin not in state.here.bonded}
        return frozenset(token for token, number in self._symbols.rings.items() if number in may)

    def _openable(self, state: SmilesState) -> frozenset[int]:
        taken = {number for number, _ in state.rings}
        return frozenset(token for token, number in self._symbols.rings.items() if number not in taken)

    def follow(self, state: SmilesState, token: int) -> SmilesState | None:
        """Return the state after `token`, or None where it may not come."""
        if token not in frozenset(self.options(state, closing=False)):
            return None
        symbols = self._symbols
        if token == symbols.opening:
            return replace(state, place=Place.START)
        if token == symbols.closing:
            return SmilesState(Place.AFTER)
        if token == symbols.end:
            return state
        if token in symbols.atoms:
            near = frozenset({state.here.origin} - {-1}) if state.place is not Place.START else frozenset()
            return _renumber(replace(state, place=Place.ATOM, here=Site(bonded=near)))
        if token in symbols.bonds:
            alone = state.place in (Place.OPENED, Place.CLOSED)
            return replace(state, place=Place.OPENED_BOND if alone else Place.BOND)
        if token in symbols.rings:
            return self._ring(state, symbols.rings[token])
        if token == symbols.branch_open:
            return replace(state, place=Place.OPENED, branches=(*state.branches, state.here))
        if token == symbols.branch_close:
            return _renumber(replace(state, place=Place.CLOSED, here=state.branches[-1], branches=state.branches[:-1]))
        return SmilesState(Place.START)  # the dot: no ring or branch is open there

    def _ring(self, state: SmilesState, number: str) -> SmilesState:
        opened = dict(state.rings)
        if number in opened:
            here = replace(state.here, bonded=state.here.bonded | {opened.pop(number)})
        elif state.here.origin >= 0:
            here = state.here
            opened[number] = here.origin
        else:
            origin = 1 + max(opened.values(), default=-1)
            here = Site(origin, state.here.bonded | {origin})
            opened[number] = origin
        after = replace(state, place=Place.ATOM, here=here, rings=tuple(sorted(opened.items())))
        return _renumber(after)


def _renumber(state: SmilesState) -> SmilesState:
    """Number the atoms with open rings 0, 1, ... and forget the others, so that equal situations are equal states."""
    live = list(dict.fromkeys(origin for _, origin in state.rings))
    numbers = {origin: number for number, origin in enumerate(live)}

    def rename(site: Site) -> Site:
        bonded = frozenset(numbers[origin] for origin in site.bonded if origin in numbers)
        return Site(numbers.get(site.origin, -1), bonded)

    return SmilesState(
        state.place,
        rename(state.here),
        tuple(rename(site) for site in state.branches),
        tuple((number, numbers[origin]) for number, origin in state.rings),
    )
