"""Any decoder of transformers run by its own modules, over the cache that the lean one has."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel
from transformers.cache_utils import Cache, DynamicLayer

from anymol.errors import ConfigError
from anymol.models.decoding.feed import Condition, Feed
from anymol.models.decoding.key_values import KeyValues

_KINDS = ("full_attention", "sliding_attention")

Conditioning = Callable[[Condition], AbstractContextManager[None]]
"""Opens a scope in which the adapters are those of some prompts' molecules."""


class _Layer(DynamicLayer):
    """One layer of a cache of ours, as transformers writes to it."""

    def __init__(self, store: KeyValues, number: int) -> None:
        super().__init__()
        self._store = store
        self._number = number
        self.is_initialized = True

    def update(
        self, key_states: Tensor, value_states: Tensor, *args: object, **kwargs: object
    ) -> tuple[Tensor, Tensor]:
        """Add columns and return all."""
        return self._store.append(self._number, key_states, value_states)

    def get_seq_length(self) -> int:
        """Return how many columns there were before this step."""
        return self._store.length

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """Return length and offset of the columns that a query of `query_length` tokens meets."""
        return self._store.length + query_length, 0


class WrappedDecoder:
    """A decoder of transformers.

    Args:
        decoder: The decoder, with whatever adapters stand in it.
        conditioning: Opens the scope of the adapters of some prompts; None where no adapter reads molecules.

    Raises:
        ConfigError: Its layers keep something else than keys and values.
    """

    def __init__(self, decoder: PreTrainedModel, conditioning: Conditioning | None = None) -> None:
        self._decoder: Any = decoder
        self._conditioning = conditioning
        # The scope of the adapters stands in the modules themselves, which all threads share.
        self._conditioned = threading.Lock()
        config = decoder.config.get_text_config(decoder=True)
        kinds = set(getattr(config, "layer_types", None) or ())
        if unknown := kinds - set(_KINDS):
            raise ConfigError(
                f"layers of {sorted(unknown)[0]} are not decoded",
                value=config.model_type,
                hint=f"{', '.join(_KINDS)} are",
            )
        self._by_kind = "sliding_attention" in kinds
        self._window: int | None = getattr(config, "sliding_window", None) if self._by_kind or not kinds else None
        self.layers = int(config.num_hidden_layers)

    def run(self, feeds: Sequence[Feed]) -> list[Tensor]:
        """Add the tokens of several feeds and return the logits of each, (B, keep, V)."""
        return [self._run(feed) for feed in feeds]

    def _run(self, feed: Feed) -> Tensor:
        with self._adapt(feed.condition):
            output = self._decoder(
                inputs_embeds=feed.embeddings,
                attention_mask=self._read_mask(feed),
                position_ids=feed.positions,
                past_key_values=Cache(layers=[_Layer(feed.cache, number) for number in range(self.layers)]),
                use_cache=True,
                logits_to_keep=feed.keep,
                return_dict=True,
            )
        feed.cache.advance(feed.embeddings.shape[1])
        logits: Tensor = output.logits[:, -feed.keep :]
        return logits

    @contextmanager
    def _adapt(self, condition: Condition | None) -> Iterator[None]:
        """Run the decoder with the adapters of some prompts, or with those that are written for none."""
        if self._conditioning is None:
            yield
            return
        with self._conditioned, nullcontext() if condition is None else self._conditioning(condition):
            yield

    def _read_mask(self, feed: Feed) -> Any:
        """Return the mask, (B, 1, W, T), by kind of layer where there are several kinds."""
        full = feed.mask[:, None].to(feed.embeddings.dtype)
        if self._window is None:
            return full
        distance = feed.positions[:, None, :, None] - feed.key_positions[:, None, None, :]
        near = full.masked_fill(distance >= self._window, -torch.inf)
        return {"full_attention": full, "sliding_attention": near} if self._by_kind else near
