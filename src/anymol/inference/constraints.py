"""Grammars for answers: which token may come next, so that molecules close their rings and numbers are numbers.

`Grammars` holds one per kind of answer; that of SMILES has a file of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import Enum, auto
from typing import Any, Final

from anymol.chem.notation import Notation
from anymol.inference.automaton import MARGIN, Automaton
from anymol.inference.searches.search import Grammar
from anymol.inference.smiles_grammar import SmilesGrammar
from anymol.inference.symbols import SymbolTable, read_symbols
from anymol.models.tokens import Tokenizer
from anymol.tasks.task import AnswerKind

_MAX_DECIMALS: Final = 4
_MAX_DIGITS: Final = 6


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
        return -MARGIN

    def options(self, state: bool, *, closing: bool) -> Iterable[int]:
        """Return the tokens that may follow."""
        return (*self._words, self._end) if state else self._words

    def follow(self, state: bool, token: int) -> bool | None:
        """Return that something is written."""
        return True if token in self._words or (state and token == self._end) else None


class LabelGrammar(Automaton[tuple[int, ...]]):
    """One of some labels, then the end. Its state is what was written so far.

    Args:
        vocabulary: Number of token ids.
        labels: Token ids of each label.
        end: Id of the token that ends an answer.
    """

    def __init__(self, vocabulary: int, labels: Iterable[Sequence[int]], end: int) -> None:
        super().__init__(vocabulary)
        self._written = [(*label, end) for label in labels]

    def initial(self) -> tuple[int, ...]:
        """Return that nothing is written yet."""
        return ()

    def need(self, state: tuple[int, ...]) -> int:
        """Return the tokens that the longest label needs from here."""
        return max(len(label) for label in self._list_possible(state)) - len(state)

    def options(self, state: tuple[int, ...], *, closing: bool) -> Iterable[int]:
        """Return the tokens that may follow."""
        return {label[len(state)] for label in self._list_possible(state) if len(label) > len(state)}

    def follow(self, state: tuple[int, ...], token: int) -> tuple[int, ...] | None:
        """Return what is written with `token`, or None where no label goes on so."""
        written = (*state, token)
        return written if self._list_possible(written) else None

    def _list_possible(self, state: tuple[int, ...]) -> list[tuple[int, ...]]:
        return [label for label in self._written if label[: len(state)] == state]


class Grammars:
    """The grammars of one tokenizer, built once.

    Args:
        tokenizer: The model's tokenizer.
        notation: Notation that stands between ``<mol>`` and ``</mol>``.
        end: Id of the token that ends an answer.
        vocabulary: Width of the model's logits, V; tokens beyond the tokenizer's are never allowed.
    """

    def __init__(self, tokenizer: Tokenizer, notation: Notation, *, end: int, vocabulary: int) -> None:
        written = _write_tokens(tokenizer)
        special = set(tokenizer.all_special_ids)
        molecular: set[int] = set()
        self.symbols = read_symbols(tokenizer, notation, end, molecular)
        pieces = {
            token: text for token, text in written.items() if token not in special and re.fullmatch(r"[-.\d]+", text)
        }
        words = [token for token in written if token not in special and token not in molecular]
        match notation:
            case Notation.SMILES:
                self._molecule: Automaton[Any] = SmilesGrammar(vocabulary, self.symbols)
            case Notation.SELFIES:
                self._molecule = SelfiesGrammar(vocabulary, self.symbols)
        self._number = NumberGrammar(vocabulary, pieces, end)
        self._text = TextGrammar(vocabulary, words, end)
        self._tokenizer = tokenizer
        self._vocabulary = vocabulary
        self._end = end
        self._labels: dict[tuple[str, ...], Automaton[Any]] = {}

    @property
    def is_full(self) -> bool:
        """Whether one of them knows so many states that all should be forgotten when none is in use."""
        return any(one.is_full for one in self._list())

    def forget(self) -> None:
        """Forget the states met so far; their numbers mean nothing afterwards."""
        for one in self._list():
            one.forget()

    def _list(self) -> list[Automaton[Any]]:
        return [self._molecule, self._number, self._text, *self._labels.values()]

    def for_labels(self, labels: tuple[str, ...]) -> Grammar:
        """Return the grammar of answers that are one of some labels."""
        if labels not in self._labels:
            ids = [self._tokenizer.encode(label, add_special_tokens=False) for label in labels]
            self._labels[labels] = LabelGrammar(self._vocabulary, ids, self._end)
        return self._labels[labels]

    def for_kind(self, kind: AnswerKind) -> Grammar:
        """Return what may be written as an answer of this kind; texts and reactions are bound by their ends alone."""
        match kind:
            case AnswerKind.MOLECULE | AnswerKind.MIXTURE:
                return self._molecule
            case AnswerKind.NUMBER:
                return self._number
            case AnswerKind.TEXT | AnswerKind.REACTION | AnswerKind.CLASS:
                return self._text


def _write_tokens(tokenizer: Tokenizer) -> dict[int, str]:
    """Return the text of every token on its own."""
    return {token: str(tokenizer.decode([token])) for token in range(len(tokenizer))}
