"""Searches of like width that are decoded together, each in one row of a cache.

Shape letters: B searches, W branches of the widest, T columns of the cache, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import torch
from torch import Tensor

from anymol.inference.drafts import draft
from anymol.inference.prefixes import ReadPrompt
from anymol.inference.searches.search import Search, Step
from anymol.models.decoding.feed import Feed, join_conditions
from anymol.models.decoding.key_values import KeyValues

_DEAD: Final = 48
"""Columns from which no branch descends any more, beyond which the cache is swept."""

_LOOK_EVERY: Final = 8
"""Steps after which dead columns are counted."""


@dataclass(eq=False)
class Running:
    """A search that is being decoded.

    Attributes:
        search: The search.
        prompt: What it follows.
        asked: Tokens of the prompt.
        steps: What it adds next.
        draft: What was fed behind the only step, on trial.
        origin: Place, in what was fed last, of the first of the branches that the sources of the steps number.
    """

    search: Search
    prompt: ReadPrompt
    asked: Sequence[int]
    steps: Sequence[Step]
    draft: Sequence[int] = ()
    origin: int = 0

    @property
    def position(self) -> int:
        """Of the tokens that are added next."""
        return self.prompt.length + self.search.steps - 1

    def begin_step(self, most_drafted: int) -> list[_Fed]:
        """Draft, and return the tokens that are fed next, those drafted behind a single step included."""
        fed = [_Fed(self.origin + step.source, step.token, self.position) for step in self.steps]
        # Behind the last token that may come nothing is asked.
        most = min(most_drafted, self.search.remaining - 1)
        self.draft = draft(self.asked, self.search.branches[0].tokens, most) if most > 0 else ()
        self.origin = 0
        source, _, position = fed[0]
        return fed + [_Fed(source, token, position + place) for place, token in enumerate(self.draft, start=1)]

    def follow_draft(self) -> bool:
        """Go on along the draft where the search has chosen what it says; return whether it has."""
        is_drafted = self.origin < len(self.draft) and bool(self.steps)
        if not is_drafted or self.steps[0].token != self.draft[self.origin]:
            return False
        self.origin += 1
        return True


class _Fed(NamedTuple):
    """A token as it is fed.

    Attributes:
        source: Place, in what was fed before, of the branch that it follows.
        token: The token.
        position: Its position.
    """

    source: int
    token: int
    position: int


class Pool:
    """Searches with their cache.

    Args:
        layers: Of the decoder.
        embed: Returns the embeddings (B, W, H) of token ids (B, W).
        device: Where the decoder is.
        drafts: Whether what is fed of a search is one token and a draft behind it; else it is a token of each branch.
    """

    def __init__(
        self, layers: int, embed: Callable[[Tensor], Tensor], device: torch.device, *, drafts: bool = False
    ) -> None:
        self._drafts = drafts
        self._embed = embed
        self._device = device
        self._layers = layers
        self._since = 0
        self._newcomers: list[Running] = []
        self.running: list[Running] = []
        self._clear()

    def _clear(self) -> None:
        """Hold nothing: what a long answer took is not kept for the short ones after it."""
        self._cache = KeyValues(self._layers)
        # (B, W, T): 0 where a branch descends from a column, -inf elsewhere.
        self._mask = torch.empty(0, 1, 0, device=self._device)
        self._key_positions = torch.empty(0, 0, dtype=torch.int64, device=self._device)

    def join(self, newcomer: Running) -> None:
        """Take up a search whose first steps are known; :meth:`settle` gives it its place."""
        self._newcomers.append(newcomer)

    def settle(self) -> None:
        """Give the newcomers their rows, all at once."""
        newcomers, self._newcomers = self._newcomers, []
        if not newcomers:
            return
        before, width = len(self.running), self._mask.shape[1]
        self._cache.put([one.prompt.columns for one in newcomers])
        rows, columns = before + len(newcomers), self._cache.length
        mask = torch.full((rows, width, columns), -torch.inf, device=self._device)
        mask[:before, :, : self._mask.shape[2]] = self._mask
        positions = torch.zeros(rows, columns, dtype=torch.int64, device=self._device)
        positions[:before, : self._key_positions.shape[1]] = self._key_positions
        for row, one in enumerate(newcomers, before):
            mask[row, :, : one.prompt.length] = 0.0
            positions[row, : one.prompt.length] = torch.arange(one.prompt.length, device=self._device)
        self._mask, self._key_positions = mask, positions
        self.running += newcomers

    def feed(self, most_drafted: int = 0) -> Feed:
        """Return the next tokens of all searches; those with fewer repeat their first.

        Args:
            most_drafted: Tokens that are drafted for each search, where the pool drafts.
        """
        fed = [one.begin_step(most_drafted if self._drafts else 0) for one in self.running]
        width = max(map(len, fed))
        padded = [[*tokens, *[tokens[0]] * (width - len(tokens))] for tokens in fed]
        sources, tokens, positions = torch.tensor(padded, dtype=torch.int64).to(self._device).unbind(-1)
        inherited = self._mask.gather(1, sources[:, :, None].expand(-1, -1, self._mask.shape[2]))
        hidden = torch.full((width, width), -torch.inf, device=self._device)
        # Drafted tokens follow one another; branches stand side by side.
        own = hidden.triu(1) if self._drafts else hidden.fill_diagonal_(0.0)
        self._mask = torch.cat([inherited, own.expand(len(self.running), -1, -1)], dim=2)
        self._key_positions = torch.cat([self._key_positions, positions], dim=1)
        return Feed(
            self._embed(tokens),
            positions,
            self._mask,
            self._cache,
            self._key_positions,
            keep=width,
            condition=join_conditions([one.prompt.condition for one in self.running]),
        )

    def leave(self, finished: Sequence[Running]) -> None:
        """Let searches go; the last ones take their rows."""
        for one in finished:
            row, last = self.running.index(one), len(self.running) - 1
            self._cache.drop(row)
            self.running[row] = self.running[last]
            self.running.pop()
            for tensor in (self._mask, self._key_positions):
                if row != last:
                    tensor[row] = tensor[last].clone()
            self._mask, self._key_positions = self._mask[:last], self._key_positions[:last]
        if finished and not self.running:
            self._clear()

    def sweep(self) -> None:
        """Now and then drop columns from which no branch descends any more."""
        self._since += 1
        if self._since < _LOOK_EVERY or not self.running:
            return
        self._since = 0
        alive = (self._mask == 0).any(dim=1)
        needed = int(alive.sum(dim=1).max())
        if self._mask.shape[2] - needed < _DEAD:
            return
        # Living columns first, in their order; those behind them in a row with fewer stay hidden.
        columns = alive.long().argsort(dim=1, descending=True, stable=True)[:, :needed]
        self._cache.select(columns)
        self._mask = self._mask.gather(2, columns[:, None].expand(-1, self._mask.shape[1], -1))
        self._key_positions = self._key_positions.gather(1, columns)
