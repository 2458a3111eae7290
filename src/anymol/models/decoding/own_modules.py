"""A decoder of transformers as the weights that our own decoders are built from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import nn
from transformers import PreTrainedModel

from anymol.models.decoding.weights import (
    MOST_WEIGHTS,
    DecoderShape,
    DecoderWeights,
    find_config_obstacle,
    read_decoder_weights,
)


def find_obstacle(decoder: PreTrainedModel) -> str | None:
    """Return why a decoder is not run by its weights alone; None where it can be."""
    if obstacle := find_config_obstacle(decoder.config.to_dict()):
        return obstacle
    if any(parameter.dtype != torch.float32 for parameter in decoder.parameters()):
        return "its weights are not in fp32"
    if sum(parameter.numel() for parameter in decoder.parameters()) > MOST_WEIGHTS:
        return "it is large"
    plain = (nn.Linear, nn.Embedding, nn.ModuleList)
    body: Any = decoder.get_decoder()
    modules: Iterator[tuple[str, Any]] = body.layers.named_modules()
    for name, module in modules:
        is_own = type(module).__module__.startswith("transformers.")
        if not (is_own or type(module) in plain):
            return f"its {name} is wrapped"  # an adapter, or quantised
        if module._forward_hooks or module._forward_pre_hooks:
            return f"its {name} has a hook"
    return None


def is_plain_head(head: nn.Module) -> bool:
    """Whether a head is one product and nothing else: no bias, no hook that changes its logits."""
    weights = [name for name, _ in head.named_parameters()]
    return type(head) is nn.Linear and weights == ["weight"] and not head._forward_hooks


def take_weights(decoder: PreTrainedModel) -> DecoderWeights:
    """Return the weights of a decoder; they are its own, not copied.

    Raises:
        ValueError: It cannot be run by its weights alone.
    """
    if obstacle := find_obstacle(decoder):
        raise ValueError(f"this decoder cannot be run by its weights alone: {obstacle}")
    body: Any = decoder.get_decoder()
    shape = DecoderShape.read(decoder.config.to_dict())
    return read_decoder_weights(
        shape, decoder.state_dict(), body.rotary_emb.inv_freq, float(body.rotary_emb.attention_scaling)
    )
