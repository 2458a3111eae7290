"""The weights of a small decoder of the Llama and Qwen kind, and its shape: what our own decoders are built from.

They come from a file, or from a decoder of transformers (:mod:`anymol.models.decoding.own_modules`), under the names
that transformers gives them; this is the one place that knows those names.

Shape letters: H width, Q query heads, G key-value heads, d width of a head, F width of the feed-forward part, V
vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor

FAMILIES: Final = ("llama", "qwen2", "qwen3")
"""Model types whose layers are those written here, plain or with biases, with norms of queries and keys or without."""

MOST_WEIGHTS: Final = 200_000_000
"""Of a decoder that is run so. In a larger one arithmetic counts, and a second copy of the weights hurts."""

_EMBEDDING: Final = "model.embed_tokens.weight"
_HEAD: Final = "lm_head.weight"

_PLAIN_ROTARY: Final = ("default", "linear", "llama3", "yarn")
"""Kinds of rotary positions whose frequencies do not change with the length."""


@dataclass(frozen=True)
class DecoderShape:
    """Sizes of a decoder.

    Attributes:
        width: H.
        queries: Q.
        groups: G.
        head: d.
        layers: Number of layers.
        epsilon: What is added to the mean square in each norm.
        vocabulary: V.
        positions: Longest sequence.
        is_tied: Whether the head is the embedding.
    """

    width: int
    queries: int
    groups: int
    head: int
    layers: int
    epsilon: float
    vocabulary: int
    positions: int
    is_tied: bool

    @classmethod
    def read(cls, config: Mapping[str, Any]) -> DecoderShape:
        """Return the shape that a decoder's config states, in the keys of transformers.

        Raises:
            KeyError: It leaves one of them out.
        """
        width, queries = config["hidden_size"], config["num_attention_heads"]
        return cls(
            width,
            queries,
            config["num_key_value_heads"],
            config.get("head_dim") or width // queries,
            config["num_hidden_layers"],
            config["rms_norm_eps"],
            config["vocab_size"],
            config["max_position_embeddings"],
            config["tie_word_embeddings"],
        )


@dataclass(frozen=True)
class Projection:
    """A linear map.

    Attributes:
        weight: Output width first.
        bias: None where there is none.
    """

    weight: Tensor
    bias: Tensor | None


@dataclass(frozen=True)
class LayerWeights:
    """Weights of one layer.

    Attributes:
        attention_norm: (H,).
        query: To (Q d,).
        key: To (G d,).
        value: To (G d,).
        query_norm: (d,); None where queries are not normed.
        key_norm: (d,), or None.
        out: From (Q d,).
        feed_forward_norm: (H,).
        gate: (F, H).
        up: (F, H).
        down: (H, F).
    """

    attention_norm: Tensor
    query: Projection
    key: Projection
    value: Projection
    query_norm: Tensor | None
    key_norm: Tensor | None
    out: Projection
    feed_forward_norm: Tensor
    gate: Tensor
    up: Tensor
    down: Tensor


@dataclass(frozen=True)
class DecoderWeights:
    """A decoder, its embedding left out.

    Attributes:
        shape: Its sizes.
        layers: Its layers.
        norm: The last norm, (H,).
        head: (V, H).
        frequencies: Of the rotary positions, (d / 2,).
        stretch: What rotations are multiplied by.
    """

    shape: DecoderShape
    layers: tuple[LayerWeights, ...]
    norm: Tensor
    head: Tensor
    frequencies: Tensor
    stretch: float = 1.0


def find_config_obstacle(config: Mapping[str, Any]) -> str | None:
    """Return why a decoder of this config is not one of those described here; None where it is one.

    Args:
        config: In the keys of transformers.
    """
    if config.get("model_type") not in FAMILIES:
        return f"its family is {config.get('model_type')}"
    if config.get("hidden_act") != "silu" or config.get("mlp_bias", False):
        return "its feed-forward part is another one"
    if any(kind != "full_attention" for kind in config.get("layer_types") or ()):
        return "it attends within a window"
    if (config.get("rope_parameters") or {}).get("rope_type", "default") not in _PLAIN_ROTARY:
        return "its rotary positions change with the length"
    return None


def compute_frequencies(base: float, head: int) -> Tensor:
    """Return the frequencies of plain rotary positions, ``base^(-2 i / d)``, (d / 2,)."""
    return 1.0 / base ** (torch.arange(0, head, 2).float() / head)


def read_decoder_weights(
    shape: DecoderShape, tensors: Mapping[str, Tensor], frequencies: Tensor, stretch: float = 1.0
) -> DecoderWeights:
    """Return the weights of a decoder from its tensors, by their names in transformers; none is copied.

    Args:
        shape: Its sizes.
        tensors: Name -> tensor, as ``model.layers.0.self_attn.q_proj.weight``.
        frequencies: Of its rotary positions, (d / 2,).
        stretch: What rotations are multiplied by.

    Raises:
        KeyError: One is missing.
        ValueError: One has another shape than the sizes say, or is of no layer.
    """
    taken = {_EMBEDDING, _HEAD}

    def take(name: str, *size: int) -> Tensor:
        tensor = tensors[name]
        taken.add(name)
        if tuple(tensor.shape) != size:
            raise ValueError(f"{name} has shape {tuple(tensor.shape)}, not {size}")
        return tensor

    def take_if_there(name: str, *size: int) -> Tensor | None:
        return take(name, *size) if name in tensors else None

    def take_projection(name: str, width: int, given: int) -> Projection:
        return Projection(take(f"{name}.weight", width, given), take_if_there(f"{name}.bias", width))

    wide, all_queries, all_keys = shape.width, shape.queries * shape.head, shape.groups * shape.head
    layers = []
    for number in range(shape.layers):
        layer = f"model.layers.{number}"
        inner = len(tensors[f"{layer}.mlp.gate_proj.weight"])
        layers.append(
            LayerWeights(
                take(f"{layer}.input_layernorm.weight", wide),
                take_projection(f"{layer}.self_attn.q_proj", all_queries, wide),
                take_projection(f"{layer}.self_attn.k_proj", all_keys, wide),
                take_projection(f"{layer}.self_attn.v_proj", all_keys, wide),
                take_if_there(f"{layer}.self_attn.q_norm.weight", shape.head),
                take_if_there(f"{layer}.self_attn.k_norm.weight", shape.head),
                take_projection(f"{layer}.self_attn.o_proj", wide, all_queries),
                take(f"{layer}.post_attention_layernorm.weight", wide),
                take(f"{layer}.mlp.gate_proj.weight", inner, wide),
                take(f"{layer}.mlp.up_proj.weight", inner, wide),
                take(f"{layer}.mlp.down_proj.weight", wide, inner),
            )
        )
    norm, head = take("model.norm.weight", wide), take(_EMBEDDING if shape.is_tied else _HEAD, shape.vocabulary, wide)
    if unknown := sorted(set(tensors) - taken):
        raise ValueError(f"the decoder has no {unknown[0]}")
    return DecoderWeights(shape, tuple(layers), norm, head, frequencies, stretch)
