"""What a search is told at each step, and what it says.

A search follows one prompt. It holds branches, each a beginning of an answer. Each step it is given, for every branch,
what may follow, and says which branches there are next: from which branch each goes on, and with what token.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from torch import Tensor


class Grammar(Protocol):
    """An automaton over token ids that says what may come next. States are small integers."""

    def start(self) -> int:
        """Return the state before the first token of an answer."""

    def advance(self, state: int, token: int) -> int:
        """Return the state after `token`."""

    def forbidden(self, state: int, remaining: int) -> Tensor:
        """Return a (V,) bool tensor of tokens that may not follow, with `remaining` tokens left to finish in."""


@dataclass(frozen=True)
class Hypothesis:
    """One decoded answer.

    Attributes:
        tokens: Token ids without the end token.
        log_prob: Sum of the natural-log probabilities of the tokens, end token included.
        complete: Whether the end token came before the limit.
    """

    tokens: tuple[int, ...]
    log_prob: float
    complete: bool


@dataclass(frozen=True)
class Bounds:
    """What holds for every answer to a prompt.

    Attributes:
        end: Id of the token that ends an answer.
        max_new_tokens: Most tokens per answer, end included.
        grammar: What may come next; None for anything.
        no_repeat: No answer holds the same run of this many tokens twice; None for any run.
    """

    end: int
    max_new_tokens: int
    grammar: Grammar | None = None
    no_repeat: int | None = None


class Step(NamedTuple):
    """How a branch goes on.

    Attributes:
        source: Place of the branch before.
        token: What follows it.
    """

    source: int
    token: int


@dataclass(frozen=True)
class Branch:
    """The beginning of an answer.

    Attributes:
        tokens: Token ids.
        log_prob: Sum of their natural-log probabilities.
        state: Of the grammar after them; 0 without one.
    """

    tokens: tuple[int, ...] = ()
    log_prob: float = 0.0
    state: int = 0


class Ranking(NamedTuple):
    """The most probable tokens after each branch of one search.

    Attributes:
        log_probs: For each branch natural-log probabilities, falling; -inf for what may not come.
        tokens: For each branch the ids they belong to.
    """

    log_probs: Sequence[Sequence[float]]
    tokens: Sequence[Sequence[int]]


class Search(ABC):
    """Follows one prompt.

    Args:
        bounds: What holds for every answer.

    Attributes:
        bounds: What holds for every answer.
        branches: The branches to which something is added next.
        steps: Tokens that each of them has.
    """

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.branches: list[Branch] = [Branch(state=bounds.grammar.start() if bounds.grammar is not None else 0)]
        self.steps = 0

    @property
    @abstractmethod
    def width(self) -> int:
        """Most branches there are at a time."""

    @property
    @abstractmethod
    def answers(self) -> list[Hypothesis]:
        """What was found; final when :meth:`choose` has returned nothing."""

    @property
    def remaining(self) -> int:
        """Tokens that each branch may still get."""
        return self.bounds.max_new_tokens - self.steps

    def grow(self, branch: Branch, token: int, log_prob: float) -> Branch:
        """Return a branch with one token more."""
        grammar = self.bounds.grammar
        state = branch.state if grammar is None else grammar.advance(branch.state, token)
        return Branch((*branch.tokens, token), branch.log_prob + log_prob, state)


class RankedSearch(Search):
    """A search that looks at the most probable tokens."""

    @property
    @abstractmethod
    def candidates(self) -> int:
        """How many of the most probable tokens after each branch it looks at."""

    @abstractmethod
    def choose(self, ranking: Ranking) -> list[Step]:
        """Return the next branches, none where the search is over, and take them for :attr:`branches`."""


def list_repeats(tokens: Sequence[int], length: int, end: int) -> list[int]:
    """Return the tokens that would complete a run of `length` tokens which is there already; never the end token.

    A search must be able to stop.
    """
    if len(tokens) < length:
        return []
    lead = tuple(tokens[len(tokens) - length + 1 :])
    runs = (tokens[start : start + length] for start in range(len(tokens) - length + 1))
    return [run[-1] for run in runs if tuple(run[:-1]) == lead and run[-1] != end]
