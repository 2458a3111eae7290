"""Grammars as automata over token ids.

States are discovered while decoding and interned as small integers; the mask of each state is computed once, so that a
step costs one dictionary look-up and one row of a table per beam.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Final, Generic, TypeVar

import torch
from torch import Tensor

_MAX_STATES: Final = 20_000
"""States known before the table is emptied: bounds memory in a long batch."""

MARGIN: Final = 4
"""Most by which one token may raise the need of a state: the first ring opened needs two atoms, a digit, an atom."""

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
        # A search may start on one thread while another, which takes the steps, forgets what is known.
        self._beginning = threading.Lock()
        self._dead = torch.ones(vocabulary, dtype=torch.bool)

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
        """Return the number of the state before the first token, which is 0."""
        with self._beginning:
            return self._begin()

    @property
    def is_full(self) -> bool:
        """Whether so many states are known that they should be forgotten when none is in use."""
        return len(self._states) > _MAX_STATES

    def forget(self) -> None:
        """Forget all states but the first. Their numbers mean nothing afterwards."""
        with self._beginning:
            self._ids.clear()
            self._shared.clear()
            for table in (self._states, self._next, self._needs, self._masks, self._closing):
                table.clear()
            self._begin()

    def _begin(self) -> int:
        if not self._states:
            self._intern(self.initial())
        return 0

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

    def forbidden(self, state: int, remaining: int) -> Tensor:
        """Return a (V,) bool tensor of tokens that may not follow, with `remaining` tokens left to finish in."""
        if state < 0:
            return self._dead
        closing = remaining <= self._needs[state] + MARGIN
        masks = self._closing if closing else self._masks
        mask = masks[state]
        if mask is None:
            # Many states forbid the same tokens: they share one tensor.
            options = frozenset(self.options(self._states[state], closing=closing))
            mask = self._shared.get(options)
            if mask is None:
                mask = torch.ones(self.vocabulary, dtype=torch.bool)
                mask[list(options)] = False
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
