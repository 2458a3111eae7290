"""A small decoder of the Llama and Qwen kind run with few kernels.

A step of a decoder with a few million weights is hundreds of tiny operations, each of which costs more to call than to
compute. Here a layer is a dozen of them:

* the products for queries, keys and values are one, those for gate and up are one;
* the scale of each norm is part of the product after it: ``W (g * x / rms(x)) = (W diag(g) sqrt(H)) (x / |x|)``, where
  ``|x| = sqrt(sum x^2 + H eps)`` is one `hypot`;
* rotary positions are one complex product, for which the two halves of a head are interleaved in the weights;
* the query heads that share a key-value head are further queries to it, so that no key is repeated.

The weights are the decoder's own, copied; the numbers are its numbers but for the order of summation (tested to 1e-4).

Shape letters: B prompts, W tokens of each, N tokens of all feeds, H width, Q query heads, G key-value heads, d width of
a head, T columns of the cache.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel

from anymol.models.decoding.feed import Feed

FAMILIES: Final = ("llama", "qwen2", "qwen3")
"""Model types whose layers are those written here, plain or with biases, with norms of queries and keys or without."""

MOST_WEIGHTS: Final = 200_000_000
"""Of a decoder that is run so. In a larger one arithmetic counts, and a second copy of the weights hurts."""

_PLAIN_ROTARY: Final = ("default", "linear", "llama3", "yarn")
"""Kinds of rotary positions whose frequencies do not change with the length."""


@dataclass(frozen=True)
class _Layer:
    """Weights of one layer as they are used, transposed: input width first.

    Attributes:
        qkv: (H, (Q + 2 G) d).
        qkv_bias: ((Q + 2 G) d,), or None.
        head_norm: (Q + G, d), the scale of the norms of queries and keys times sqrt(d); None where there are none.
        out: (Q d, H).
        out_bias: (H,), or None.
        gate_up: (H, 2 F), the scale of the norm before it included.
        down: (F, H).
    """

    qkv: Tensor
    qkv_bias: Tensor | None
    head_norm: Tensor | None
    out: Tensor
    out_bias: Tensor | None
    gate_up: Tensor
    down: Tensor


def find_obstacle(decoder: PreTrainedModel) -> str | None:
    """Return why a decoder cannot be run so; None where it can."""
    config = decoder.config
    if config.model_type not in FAMILIES:
        return f"its family is {config.model_type}"
    if any(parameter.dtype != torch.float32 for parameter in decoder.parameters()):
        return "its weights are not in fp32"
    if sum(parameter.numel() for parameter in decoder.parameters()) > MOST_WEIGHTS:
        return "it is large"
    if config.hidden_act != "silu" or getattr(config, "mlp_bias", False):
        return "its feed-forward part is another one"
    kinds = getattr(config, "layer_types", None) or ["full_attention"]
    if any(kind != "full_attention" for kind in kinds):
        return "it attends within a window"
    if config.rope_parameters.get("rope_type", "default") not in _PLAIN_ROTARY:
        return "its rotary positions change with the length"
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


def interleave_halves(width: int) -> Tensor:
    """Return the order, (d,), that puts number i of the first half of a head beside number i of the second.

    Queries and keys are kept so: what rotary positions turn together then stands together.
    """
    return torch.arange(width).view(2, width // 2).t().reshape(-1)


class LeanDecoder:
    """A decoder of one of the :data:`FAMILIES`.

    Args:
        decoder: The decoder; see :func:`find_obstacle`.

    Raises:
        ValueError: It cannot be run so.
    """

    def __init__(self, decoder: PreTrainedModel) -> None:
        if obstacle := find_obstacle(decoder):
            raise ValueError(f"this decoder cannot be run lean: {obstacle}")
        config = decoder.config
        body: Any = decoder.get_decoder()
        self._width: int = config.hidden_size
        self._queries: int = config.num_attention_heads
        self._groups: int = config.num_key_value_heads
        self._head: int = body.layers[0].self_attn.head_dim
        with torch.no_grad():
            self._layers = [self._read_layer(layer) for layer in body.layers]
        device = body.embed_tokens.weight.device
        # |x| with the epsilon inside: sqrt(sum x^2 + H eps), as hypot(|x|, sqrt(H eps)).
        self._floor = torch.tensor(math.sqrt(self._width * config.rms_norm_eps), device=device)
        self._head_floor = torch.tensor(math.sqrt(self._head * config.rms_norm_eps), device=device)
        self._norm = body.norm
        self._output: Any = decoder.get_output_embeddings()
        self._logits: Tensor | None = None
        if is_plain_head(self._output):
            with torch.no_grad():
                self._logits = _turn(self._output.weight * (body.norm.weight * math.sqrt(self._width)))
        self._frequencies: Tensor = body.rotary_emb.inv_freq
        self._stretch: float = body.rotary_emb.attention_scaling
        self._rotations = torch.empty(0, self._head // 2, dtype=torch.complex64, device=device)

    @property
    def layers(self) -> int:
        """Number of layers."""
        return len(self._layers)

    def _read_layer(self, layer: Any) -> _Layer:
        attention, scale = layer.self_attn, math.sqrt(self._width)
        order = interleave_halves(self._head)
        parts, biases, norms = [], [], []
        for projection, heads, is_rotated in (
            (attention.q_proj, self._queries, True),
            (attention.k_proj, self._groups, True),
            (attention.v_proj, self._groups, False),
        ):
            weight = projection.weight.view(heads, self._head, self._width)
            bias = None if projection.bias is None else projection.bias.view(heads, self._head)
            if is_rotated:
                weight = weight[:, order]
                bias = None if bias is None else bias[:, order]
            parts.append(weight.reshape(-1, self._width))
            biases.append(bias)
        for name, heads in (("q_norm", self._queries), ("k_norm", self._groups)):
            if (norm := getattr(attention, name, None)) is not None:
                norms.append((norm.weight[order] * math.sqrt(self._head)).expand(heads, -1))
        qkv = torch.cat(parts) * (layer.input_layernorm.weight * scale)
        bias = None if biases[0] is None else torch.cat([one.reshape(-1) for one in biases if one is not None])
        gate_up = torch.cat([layer.mlp.gate_proj.weight, layer.mlp.up_proj.weight])
        gate_up = gate_up * (layer.post_attention_layernorm.weight * scale)
        return _Layer(
            _turn(qkv),
            bias,
            torch.cat(norms) if norms else None,
            _turn(attention.o_proj.weight),
            attention.o_proj.bias,
            _turn(gate_up),
            _turn(layer.mlp.down_proj.weight),
        )

    def _rotate_by(self, positions: Tensor) -> Tensor:
        """Return the rotations at positions (N,) as complex numbers (N, 1, d / 2)."""
        longest, known = int(positions.max()) + 1, self._rotations
        if longest > len(known):
            every = torch.arange(2 * longest, device=positions.device, dtype=torch.float32)
            angles = every[:, None] * self._frequencies.to(positions.device, torch.float32)
            # Another thread may put shorter ones in their place meanwhile: those looked up are these.
            self._rotations = known = torch.polar(torch.full_like(angles, self._stretch), angles)
        return known[positions][:, None]

    def run(self, feeds: Sequence[Feed]) -> list[Tensor]:
        """Add the tokens of several feeds and return the logits of each, (B, keep, V)."""
        shapes = [feed.embeddings.shape[:2] for feed in feeds]
        sizes = [rows * width for rows, width in shapes]
        rotations = self._rotate_by(_join([feed.positions.reshape(-1) for feed in feeds]))
        masks = [self._spread(feed.mask) for feed in feeds]
        states = _join([feed.embeddings.reshape(-1, self._width) for feed in feeds])
        for number, layer in enumerate(self._layers):
            mixed = self._attend(number, layer, self._project(layer, states, rotations), feeds, masks, sizes)
            before = states if layer.out_bias is None else states + layer.out_bias
            states = torch.addmm(before, mixed, layer.out)
            inner = torch.mm(self._scale(states), layer.gate_up)
            half = inner.shape[1] // 2
            states = torch.addmm(states, functional.silu(inner[:, :half]).mul_(inner[:, half:]), layer.down)
        for feed, (_, width) in zip(feeds, shapes, strict=True):
            feed.cache.advance(width)
        kept = [
            one.view(rows, width, -1)[:, width - feed.keep :].reshape(rows * feed.keep, -1)
            for feed, (rows, width), one in zip(feeds, shapes, states.split(sizes), strict=True)
        ]
        last = _join(kept)
        # What a hook on the head adds (tokens of our own beside a frozen vocabulary) happens in the head itself.
        logits = self._output(self._norm(last)) if self._logits is None else torch.mm(self._scale(last), self._logits)
        found = logits.split([rows * feed.keep for feed, (rows, _) in zip(feeds, shapes, strict=True)])
        return [one.view(rows, feed.keep, -1) for one, feed, (rows, _) in zip(found, feeds, shapes, strict=True)]

    def _scale(self, states: Tensor) -> Tensor:
        """Return states over their length; what is left of the norm is in the weights behind it."""
        return states / torch.hypot(torch.linalg.vector_norm(states, dim=-1, keepdim=True), self._floor)

    def _project(self, layer: _Layer, states: Tensor, rotations: Tensor) -> Tensor:
        """Return queries, keys and values (N, Q + 2 G, d), the first two rotated."""
        scaled = self._scale(states)
        if layer.qkv_bias is None:
            joined = torch.mm(scaled, layer.qkv)
        else:
            joined = torch.addmm(layer.qkv_bias, scaled, layer.qkv)
        joined = joined.view(len(states), self._queries + 2 * self._groups, self._head)
        rotated = joined[:, : self._queries + self._groups]
        if layer.head_norm is not None:
            length = torch.linalg.vector_norm(rotated, dim=-1, keepdim=True)
            rotated.mul_(layer.head_norm).div_(torch.hypot(length, self._head_floor))
        torch.view_as_complex(rotated.unflatten(-1, (-1, 2))).mul_(rotations)
        return joined

    def _attend(
        self,
        number: int,
        layer: _Layer,
        projected: Tensor,
        feeds: Sequence[Feed],
        masks: Sequence[Tensor],
        sizes: Sequence[int],
    ) -> Tensor:
        """Return what each token reads, (N, Q d)."""
        found = []
        for feed, mask, mine in zip(feeds, masks, projected.split(list(sizes)), strict=True):
            rows, width = feed.embeddings.shape[:2]
            heads = mine.view(rows, width, -1, self._head).transpose(1, 2)
            first, second = self._queries, self._queries + self._groups
            keys, values = feed.cache.append(number, heads[:, first:second], heads[:, second:])
            # (B, Q, W, d) to (B, G, (Q / G) W, d): the heads of a group ask the same keys.
            queries = heads[:, :first].reshape(rows, self._groups, -1, self._head)
            read = functional.scaled_dot_product_attention(queries, keys, values, attn_mask=mask)
            read = read.view(rows, self._queries, width, self._head).transpose(1, 2)
            found.append(read.reshape(rows * width, -1))
        return _join(found)

    def _spread(self, mask: Tensor) -> Tensor:
        """Return a mask (B, W, T) for the queries of a group, (B, 1, (Q / G) W, T)."""
        rows, width, columns = mask.shape
        shared = self._queries // self._groups
        return mask[:, None].expand(-1, shared, -1, -1).reshape(rows, 1, shared * width, columns)


def _turn(weight: Tensor) -> Tensor:
    """Return a weight with the input width first, contiguous.

    The product of one row with it then reads the weights in one stream, which takes two thirds of the time.
    """
    return weight.detach().t().contiguous()


def _join(tensors: Sequence[Tensor]) -> Tensor:
    return tensors[0] if len(tensors) == 1 else torch.cat(list(tensors))
