"""What the tests of answering share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor
from transformers import PreTrainedModel

from anymol.inference.drafts import MOST_DRAFTED
from anymol.inference.engine import Engine, Ticket
from anymol.inference.searches.beams import BeamSearch
from anymol.inference.searches.draws import DrawnSearch
from anymol.inference.searches.greedy import GreedySearch
from anymol.inference.searches.search import Bounds, Hypothesis, Search
from anymol.models.decoding.feed import Condition
from anymol.models.decoding.lean import LeanDecoder
from anymol.models.decoding.own_modules import find_obstacle, take_weights
from anymol.models.decoding.wrapped import WrappedDecoder
from anymol.models.loss import IGNORED
from anymol.models.prompt_writer import EncodedExample


@pytest.fixture
def without_stores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reactions are asked of the model alone, which a made-up one stands for."""
    monkeypatch.setattr("anymol.inference.sources.reactions.has_stores", lambda: False)


class PlainEmbedder:
    """Embeds prompts of a decoder that reads nothing but tokens, and counts them.

    Args:
        table: Its embedding.
    """

    def __init__(self, table: torch.nn.Module) -> None:
        self._table = table
        self.n_prompts = 0

    def embed_prompts(
        self, prompts: Sequence[EncodedExample], keys: Sequence[bytes]
    ) -> tuple[Tensor, list[Condition | None]]:
        self.n_prompts += len(prompts)
        width = max(map(len, prompts))
        ids = torch.tensor([[0] * (width - len(prompt)) + prompt.input_ids for prompt in prompts])
        return self._table(ids), [None] * len(prompts)

    def embed_tokens(self, tokens: Tensor) -> Tensor:
        return self._table(tokens)


@dataclass
class PlainEngine:
    """A bare decoder of transformers asked through the engine.

    Attributes:
        decoder: The decoder.
        end: Id of the token that ends an answer.
        tokens: Bound of the engine's tokens.
        wrapped: Run it by its own modules even where the lean decoder could.
        drafted: Most tokens that are drafted and checked in one step.
    """

    decoder: PreTrainedModel
    end: int
    tokens: int = 100_000
    wrapped: bool = False
    drafted: int = MOST_DRAFTED

    def __post_init__(self) -> None:
        lean = not self.wrapped and find_obstacle(self.decoder) is None
        runs = LeanDecoder(take_weights(self.decoder)) if lean else WrappedDecoder(self.decoder)
        self.embedder = PlainEmbedder(self.decoder.get_input_embeddings())
        self.engine = Engine(runs, self.embedder, torch.device("cpu"), tokens=self.tokens, drafted=self.drafted)

    def make_ticket(self, prompt: Sequence[int], start: Callable[[], Search], **fields: Any) -> Ticket:
        """Return a request; :meth:`bound` gives what a search is bound by."""
        return Ticket(EncodedExample(list(prompt), [IGNORED] * len(prompt)), start, **fields)

    def bound(self, limit: int, **fields: Any) -> Bounds:
        return Bounds(self.end, limit, **fields)

    def _ask(self, prompts: Sequence[Sequence[int]], starts: Sequence[Callable[[], Search]]) -> list[list[Hypothesis]]:
        return self.engine.answer([self.make_ticket(*pair) for pair in zip(prompts, starts, strict=True)])

    def greedy(self, prompts: Sequence[Sequence[int]], limit: int, **fields: Any) -> list[Hypothesis]:
        start = partial(GreedySearch, self.bound(limit, **fields))
        return [row[0] for row in self._ask(prompts, [start] * len(prompts))]

    def beams(self, prompts: Sequence[Sequence[int]], beams: int, limit: int, **fields: Any) -> list[list[Hypothesis]]:
        return self._ask(prompts, [partial(BeamSearch, self.bound(limit, **fields), beams)] * len(prompts))

    def draws(self, prompts: Sequence[Sequence[int]], uniforms: Tensor) -> list[list[Hypothesis]]:
        """Draw by numbers (prompts, n, limit)."""
        return self._ask(prompts, [partial(DrawnSearch, self.bound(one.shape[1]), one) for one in uniforms])


@pytest.fixture
def plain_engine() -> type[PlainEngine]:
    """Asks bare decoders through the engine."""
    return PlainEngine
