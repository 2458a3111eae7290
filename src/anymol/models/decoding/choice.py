"""Which decoder runs a model of transformers: one of our own where it can, else its own modules."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import partial
from typing import Any

from torch import Tensor
from transformers import PreTrainedModel

from anymol.adapters.adapter import Adapter
from anymol.models.decoding.changing import decode_by_weights
from anymol.models.decoding.feed import Condition, StepDecoder
from anymol.models.decoding.lean import LeanDecoder
from anymol.models.decoding.own_modules import find_obstacle, is_plain_head, take_weights
from anymol.models.decoding.wrapped import WrappedDecoder


def choose_decoder(
    decoder: PreTrainedModel, conditioned: Adapter | None = None, threads: int | None = None
) -> StepDecoder:
    """Return what runs a decoder as it is now: an adapter put in later would not be seen.

    Args:
        decoder: The decoder.
        conditioned: Its adapter, where that is written for each prompt's molecules.
        threads: CPU threads of one step; None for as many as the library takes by itself.
    """
    if find_obstacle(decoder) is None:
        if is_plain_head(decoder.get_output_embeddings()):
            return decode_by_weights(partial(take_weights, decoder), threads)
        return LeanDecoder(take_weights(decoder), _take_head(decoder))
    if conditioned is None:
        return WrappedDecoder(decoder)
    adapter = conditioned

    def open_scope(condition: Condition) -> AbstractContextManager[None]:
        return adapter.conditioned_on(*condition.tensors, keys=condition.keys)

    return WrappedDecoder(decoder, open_scope)


def _take_head(decoder: PreTrainedModel) -> Any:
    """Return the norm and the head as they are: what a hook adds (tokens of our own) happens in the head itself."""
    body: Any = decoder.get_decoder()
    head: Any = decoder.get_output_embeddings()

    def finish(states: Tensor) -> Tensor:
        logits: Tensor = head(body.norm(states))
        return logits

    return finish
