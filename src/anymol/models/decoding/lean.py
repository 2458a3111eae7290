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
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from anymol.models.decoding.feed import Feed
from anymol.models.decoding.weights import DecoderWeights, LayerWeights


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


def interleave_halves(width: int) -> Tensor:
    """Return the order, (d,), that puts number i of the first half of a head beside number i of the second.

    Queries and keys are kept so: what rotary positions turn together then stands together.
    """
    return torch.arange(width).view(2, width // 2).t().reshape(-1)


class LeanDecoder:
    """A decoder of one of the :data:`~anymol.models.decoding.weights.FAMILIES`.

    Args:
        weights: The decoder.
        head: Turns last states (N, H) into logits (N, V), their norm included, where that is more than a product with
            the head's weights; None where it is that.
    """

    def __init__(self, weights: DecoderWeights, head: Callable[[Tensor], Tensor] | None = None) -> None:
        shape = weights.shape
        self._width, self._queries, self._groups, self._head = shape.width, shape.queries, shape.groups, shape.head
        with torch.no_grad():
            self._layers = [self._read_layer(layer) for layer in weights.layers]
        device = weights.norm.device
        # |x| with the epsilon inside: sqrt(sum x^2 + H eps), as hypot(|x|, sqrt(H eps)).
        self._floor = torch.tensor(math.sqrt(self._width * shape.epsilon), device=device)
        self._head_floor = torch.tensor(math.sqrt(self._head * shape.epsilon), device=device)
        if head is None:
            with torch.no_grad():
                logits = _turn(weights.head * (weights.norm * math.sqrt(self._width)))
            self._finish: Callable[[Tensor], Tensor] = lambda states: torch.mm(self._scale(states), logits)
        else:
            self._finish = head
        self._frequencies = weights.frequencies
        self._stretch = weights.stretch
        self._rotations = torch.empty(0, self._head // 2, dtype=torch.complex64, device=device)

    @property
    def layers(self) -> int:
        """Number of layers."""
        return len(self._layers)

    def _read_layer(self, layer: LayerWeights) -> _Layer:
        scale = math.sqrt(self._width)
        order = interleave_halves(self._head)
        parts, biases, norms = [], [], []
        for projection, heads, is_rotated in (
            (layer.query, self._queries, True),
            (layer.key, self._groups, True),
            (layer.value, self._groups, False),
        ):
            weight = projection.weight.view(heads, self._head, self._width)
            bias = None if projection.bias is None else projection.bias.view(heads, self._head)
            if is_rotated:
                weight = weight[:, order]
                bias = None if bias is None else bias[:, order]
            parts.append(weight.reshape(-1, self._width))
            biases.append(bias)
        for norm, heads in ((layer.query_norm, self._queries), (layer.key_norm, self._groups)):
            if norm is not None:
                norms.append((norm[order] * math.sqrt(self._head)).expand(heads, -1))
        qkv = torch.cat(parts) * (layer.attention_norm * scale)
        bias = None if biases[0] is None else torch.cat([one.reshape(-1) for one in biases if one is not None])
        gate_up = torch.cat([layer.gate, layer.up]) * (layer.feed_forward_norm * scale)
        return _Layer(
            _turn(qkv),
            bias,
            torch.cat(norms) if norms else None,
            _turn(layer.out.weight),
            layer.out.bias,
            _turn(gate_up),
            _turn(layer.down),
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
        logits = self._finish(_join(kept))
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
