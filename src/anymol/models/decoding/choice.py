"""Which decoder runs a model: the lean one where it can, else transformers' own."""

from __future__ import annotations

from contextlib import AbstractContextManager

from anymol.models.decoding.feed import Condition, StepDecoder
from anymol.models.decoding.lean import LeanDecoder, find_obstacle
from anymol.models.decoding.wrapped import WrappedDecoder
from anymol.models.modeling import AnyMolForCausalLM


def choose_decoder(model: AnyMolForCausalLM) -> StepDecoder:
    """Return what runs the decoder of a model as it is now: an adapter put in later would not be seen."""
    if find_obstacle(model.decoder) is None:
        return LeanDecoder(model.decoder)
    adapter = model.adapter
    if adapter is None or not model.is_conditioned:
        return WrappedDecoder(model.decoder)

    def open_scope(condition: Condition) -> AbstractContextManager[None]:
        return adapter.conditioned_on(*condition.tensors, keys=condition.keys)

    return WrappedDecoder(model.decoder, open_scope)
