"""Grammars for answers: which token may come next, so that molecules close their rings and numbers are numbers.

A grammar is an automaton over token ids. Its states are discovered while decoding and interned as small integers; the
mask of each state is computed once, so that a step costs one dictionary look-up and one row of a table per beam.

SMILES symbols are classed as atoms, bonds, ring digits, branches and dots. The automaton keeps branches balanced,
closes every ring before the end, never bonds two atoms twice, leaves no bond dangling and no branch empty. Valence and
aromaticity are left to the network and to the chemistry that reads the answer.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Final, Generic, TypeVar

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from anymol.chem.notation import MOL_CLOSE, MOL_OPEN, SMILES_SIGN, Notation
from anymol.inference.decoding import Grammar
from anymol.tasks.task import AnswerKind

_MAX_STATES: Final = 20_000
"""States interned before the table is emptied: bounds memory in a long batch."""

_MARGIN: Final = 4
"""Most by which one token may raise the need of a state: the first ring opened needs two atoms, a digit, an atom."""

_MAX_DECIMALS: Final = 3
_MAX_DIGITS: Final = 6

_ATOM = re.compile(r"\[[^\[\]]+\]|Br|Cl|[BCNOPSFI]|[bcnops]|\*")
_BOND = re.compile(r"[-=#$:/\\~]|->|<-")
_RING = re.compile(r"\d|%\d\d|%\(\d+\)")

State = TypeVar("State")


class Automaton(ABC, Generic[State]):
    """A grammar whose states are found as they are met. Subclasses say what follows what.

    Args:
        vocabulary: Number of token ids, V.
    """

    def __init__(self, vocabulary: int) -> None:
        self.vocabulary = vocabulary
        self._ids: dict[State, int] = {}
        self._states: list[State] = []
        self._next: list[dict[int, int]] = []
        self._needs: list[int] = []
        self._masks: list[Tensor | None] = []
        self._closing: list[Tensor | None] = []
        self._shared: dict[frozenset[int], Tensor] = {}
        self._dead = torch.zeros(vocabulary, dtype=torch.bool)

    @abstractmethod
    def initial(self) -> State:
        """Return the state before the first token."""

    @abstractmethod
    def follow(self, state: State, token: int) -> State | None:
        """Return the state after `token`, or None where it may not come."""

    @abstractmethod
    def options(self, state: State, *, closing: bool) -> Iterable[int]:
        """Return the tokens that may follow; with `closing`, only those that bring the end nearer."""

    @abstractmethod
    def need(self, state: State) -> int:
        """Return an upper bound of the tokens that `state` needs to finish, end token included."""

    def start(self) -> int:
        """Return the number of the state before the first token. Called before any decoding."""
        if len(self._states) > _MAX_STATES:
            self._forget()
        return self._intern(self.initial())

    def advance(self, state: int, token: int) -> int:
        """Return the number of the state after `token`; -1, from which nothing follows, where it may not come."""
        if state < 0:
            return -1
        known = self._next[state].get(token)
        if known is None:
            after = self.follow(self._states[state], token)
            known = -1 if after is None else self._intern(after)
            self._next[state][token] = known
        return known

    def allowed(self, states: Sequence[int], remaining: int) -> Tensor:
        """Return a (rows, V) bool tensor of tokens that may follow, with `remaining` tokens left to finish in."""
        return torch.stack([self._mask(state, remaining) for state in states])

    def _mask(self, state: int, remaining: int) -> Tensor:
        if state < 0:
            return self._dead
        closing = remaining <= self._needs[state] + _MARGIN
        masks = self._closing if closing else self._masks
        mask = masks[state]
        if mask is None:
            # Many states allow the same tokens: they share one tensor.
            options = frozenset(self.options(self._states[state], closing=closing))
            mask = self._shared.get(options)
            if mask is None:
                mask = torch.zeros(self.vocabulary, dtype=torch.bool)
                mask[list(options)] = True
                self._shared[options] = mask
            masks[state] = mask
        return mask

    def _intern(self, state: State) -> int:
        number = self._ids.get(state)
        if number is None:
            number = len(self._states)
            self._ids[state] = number
            self._states.append(state)
            self._next.append({})
            self._needs.append(self.need(state))
            self._masks.append(None)
            self._closing.append(None)
        return number

    def _forget(self) -> None:
        self._ids.clear()
        self._shared.clear()
        for table in (self._states, self._next, self._needs, self._masks, self._closing):
            table.clear()


@dataclass(frozen=True)
class SymbolTable:
    """Ids of the tokens that write molecules.

    Attributes:
        opening: Id of ``<mol>``.
        closing: Id of ``</mol>``.
        end: Id of the token that ends an answer.
        atoms: SMILES atoms.
        bonds: SMILES bonds.
        rings: SMILES ring closures, with their written number.
        branch_open: ``(``, or None where the vocabulary lacks it.
        branch_close: ``)``.
        dot: The dot between molecules, in the notation of the table.
        selfies: SELFIES symbols in brackets.
    """

    opening: int
    closing: int
    end: int
    atoms: frozenset[int] = frozenset()
    bonds: frozenset[int] = frozenset()
    rings: dict[int, str] = field(default_factory=dict)
    branch_open: int | None = None
    branch_close: int | None = None
    dot: int | None = None
    selfies: frozenset[int] = frozenset()


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


class SelfiesPlace(Enum):
    """Where in a SELFIES the automaton stands."""

    BEFORE = auto()
    START = auto()
    SYMBOL = auto()
    AFTER = auto()


class SelfiesGrammar(Automaton[SelfiesPlace]):
    """``<mol>``, at least one SELFIES symbol, ``</mol>``, end. Every such string decodes."""

    def __init__(self, vocabulary: int, symbols: SymbolTable) -> None:
        super().__init__(vocabulary)
        self._symbols = symbols

    def initial(self) -> SelfiesPlace:
        """Return the state before ``<mol>``."""
        return SelfiesPlace.BEFORE

    def need(self, state: SelfiesPlace) -> int:
        """Return the tokens needed to finish."""
        return {SelfiesPlace.BEFORE: 4, SelfiesPlace.START: 3, SelfiesPlace.SYMBOL: 2, SelfiesPlace.AFTER: 1}[state]

    def options(self, state: SelfiesPlace, *, closing: bool) -> Iterable[int]:
        """Return the tokens that may follow."""
        symbols = self._symbols
        match state:
            case SelfiesPlace.BEFORE:
                return (symbols.opening,)
            case SelfiesPlace.START:
                return symbols.selfies
            case SelfiesPlace.SYMBOL:
                if closing:
                    return (symbols.closing,)
                dots = () if symbols.dot is None else (symbols.dot,)
                return (*symbols.selfies, *dots, symbols.closing)
            case SelfiesPlace.AFTER:
                return (symbols.end,)

    def follow(self, state: SelfiesPlace, token: int) -> SelfiesPlace | None:
        """Return the state after `token`, or None where it may not come."""
        if token not in set(self.options(state, closing=False)):
            return None
        if token == self._symbols.opening or token == self._symbols.dot:
            return SelfiesPlace.START
        if token == self._symbols.closing or token == self._symbols.end:
            return SelfiesPlace.AFTER
        return SelfiesPlace.SYMBOL


class NumberGrammar(Automaton[str]):
    """A number in plain decimal form: ``-?digits(.digits)?``, then the end. Its state is the text written so far.

    Args:
        vocabulary: Number of token ids.
        pieces: Token id -> its text, for tokens made of digits, the minus sign and the dot only.
        end: Id of the token that ends an answer.
    """

    _WRITTEN = re.compile(rf"-?(?:0|[1-9]\d{{0,{_MAX_DIGITS - 1}}})?(?:(?<=\d)\.\d{{0,{_MAX_DECIMALS}}})?")
    _FINISHED = re.compile(r"-?\d+(?:\.\d+)?")

    def __init__(self, vocabulary: int, pieces: dict[int, str], end: int) -> None:
        super().__init__(vocabulary)
        self._pieces = pieces
        self._end = end

    def initial(self) -> str:
        """Return the empty text."""
        return ""

    def need(self, state: str) -> int:
        """Return the tokens needed to finish: a digit where none stands last, and the end."""
        return 1 if self._FINISHED.fullmatch(state) else 2

    def options(self, state: str, *, closing: bool) -> Iterable[int]:
        """Return the tokens that may follow."""
        finished = self._FINISHED.fullmatch(state) is not None
        if closing and finished:
            return (self._end,)
        following = [token for token, piece in self._pieces.items() if self._WRITTEN.fullmatch(state + piece)]
        if closing:
            following = [token for token in following if self._FINISHED.fullmatch(state + self._pieces[token])]
        return (*following, self._end) if finished else following

    def follow(self, state: str, token: int) -> str | None:
        """Return the state after `token`, or None where it may not come."""
        if token == self._end:
            return state if self._FINISHED.fullmatch(state) else None
        written = state + self._pieces.get(token, "x")
        return written if self._WRITTEN.fullmatch(written) else None


class TextGrammar(Automaton[bool]):
    """Words: no molecule, no placeholder, no control token; at least one token before the end.

    Args:
        vocabulary: Number of token ids.
        words: Ids of ordinary text tokens.
        end: Id of the token that ends an answer.
    """

    def __init__(self, vocabulary: int, words: Iterable[int], end: int) -> None:
        super().__init__(vocabulary)
        self._words = frozenset(words)
        self._end = end

    def initial(self) -> bool:
        """Return that nothing is written yet."""
        return False

    def need(self, state: bool) -> int:
        """Return so little that the automaton never hurries: a text cut at the limit is still read."""
        return -_MARGIN

    def options(self, state: bool, *, closing: bool) -> Iterable[int]:
        """Return the tokens that may follow."""
        return (*self._words, self._end) if state else self._words

    def follow(self, state: bool, token: int) -> bool | None:
        """Return that something is written."""
        return True if token in self._words or (state and token == self._end) else None


class Grammars:
    """The grammars of one tokenizer, built once.

    Args:
        tokenizer: The model's tokenizer.
        notation: Notation that stands between ``<mol>`` and ``</mol>``.
        end: Id of the token that ends an answer.
        vocabulary: Width of the model's logits, V; tokens beyond the tokenizer's are never allowed.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, notation: Notation, *, end: int, vocabulary: int) -> None:
        written = _write_tokens(tokenizer)
        special = set(tokenizer.all_special_ids)
        molecular: set[int] = set()
        self.symbols = _read_symbols(tokenizer, notation, end, molecular)
        pieces = {
            token: text for token, text in written.items() if token not in special and re.fullmatch(r"[-.\d]+", text)
        }
        words = [token for token in written if token not in special and token not in molecular]
        match notation:
            case Notation.SMILES:
                self._molecule: Grammar = SmilesGrammar(vocabulary, self.symbols)
            case Notation.SELFIES:
                self._molecule = SelfiesGrammar(vocabulary, self.symbols)
        self._number = NumberGrammar(vocabulary, pieces, end)
        self._text = TextGrammar(vocabulary, words, end)

    def for_kind(self, kind: AnswerKind) -> Grammar:
        """Return the grammar of answers of one kind."""
        match kind:
            case AnswerKind.MOLECULE | AnswerKind.MIXTURE:
                return self._molecule
            case AnswerKind.NUMBER:
                return self._number
            case AnswerKind.TEXT:
                return self._text


def _write_tokens(tokenizer: PreTrainedTokenizerBase) -> dict[int, str]:
    """Return the text of every token on its own."""
    return {token: str(tokenizer.decode([token])) for token in range(len(tokenizer))}


def _read_symbols(tokenizer: PreTrainedTokenizerBase, notation: Notation, end: int, molecular: set[int]) -> SymbolTable:
    """Class the symbol tokens of a tokenizer; all of them, of either notation, are added to `molecular`."""
    added = {token: str(text) for text, token in tokenizer.get_added_vocab().items()}
    smiles = {token: text.removeprefix(SMILES_SIGN) for token, text in added.items() if text.startswith(SMILES_SIGN)}
    selfies = {token for token, text in added.items() if re.fullmatch(r"\[[^\[\]]+\]", text)}
    molecular.update(smiles, selfies)
    opening, closing = (tokenizer.get_vocab()[tag] for tag in (MOL_OPEN, MOL_CLOSE))
    molecular.update((opening, closing))
    match notation:
        case Notation.SMILES:
            by_text = {text: token for token, text in smiles.items()}
            return SymbolTable(
                opening,
                closing,
                end,
                atoms=frozenset(token for token, text in smiles.items() if _ATOM.fullmatch(text)),
                bonds=frozenset(token for token, text in smiles.items() if _BOND.fullmatch(text)),
                rings={token: text for token, text in smiles.items() if _RING.fullmatch(text)},
                branch_open=by_text.get("("),
                branch_close=by_text.get(")"),
                dot=by_text.get("."),
            )
        case Notation.SELFIES:
            dot = next((token for token, text in added.items() if text == "."), None)
            if dot is None:
                plain = tokenizer.encode(".", add_special_tokens=False)
                dot = plain[0] if len(plain) == 1 else None
            return SymbolTable(opening, closing, end, dot=dot, selfies=frozenset(selfies))
