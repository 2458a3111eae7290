"""Attention within the examples of packed rows, as an attention implementation of transformers.

Letters: B rows, L positions, T = B * L, h query heads, g query heads per key-value head, d width of a head, n examples
of one length N.

Each example attends causally to itself and to nothing else:

    S = scale * Q K^T + mask,   P = softmax(S),   O = P V
    dV = P^T dO,   dP = dO V^T,   dS = P * (dP - rowsum(P * dP)),   dQ = scale * dS K,   dK = scale * dS^T Q

A dense mask over packed rows computes scores between strangers, and torch's attention for CPUs is slow backwards. Here
the examples are taken out of their rows into batches of like length (filled up to the next of `LENGTHS`), so that all
of it is matrix products in the inputs' own arithmetic, over hardly more positions than there are. As a key beyond an
example's end stands after all of its queries, the causal mask is the only one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final, NamedTuple

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

NAME: Final = "anymol_packed"
"""Under this name transformers finds the implementation."""

_STEP: Final = 32
LENGTHS: Final = (*range(_STEP, 257, _STEP), 320, 384, 448, 512, 640, 768, 1024, 1536, 2048, 3072, 4096, 8192)
"""Lengths that examples are filled up to. Few, as oneDNN makes a kernel for each shape it meets; steps of 16 gained
nothing over these."""


@contextmanager
def packed_attention(decoder: PreTrainedModel) -> Iterator[None]:
    """Let a decoder attend by :func:`attend_packed` in this scope, where its mask is the segments of packed rows.

    Where it is called with an ordinary mask, it attends as by ``sdpa``.
    """
    AttentionInterface.register(NAME, _attend)
    AttentionMaskInterface.register(NAME, sdpa_mask)
    before = decoder.config._attn_implementation
    decoder.set_attn_implementation(NAME)
    try:
        yield
    finally:
        decoder.set_attn_implementation(before)


def can_attend_packed(decoder: PreTrainedModel) -> bool:
    """Whether a decoder attends by ``sdpa``, and plainly and causally, which is what :func:`attend_packed` computes."""
    config = decoder.config
    plain = all(kind == "full_attention" for kind in getattr(config, "layer_types", None) or ())
    return (
        plain
        and config._attn_implementation == "sdpa"
        and decoder._supports_attention_backend
        and not getattr(config, "attention_dropout", 0.0)
        and not getattr(config, "attn_logit_softcapping", None)
        and not getattr(config, "v_head_dim", None)  # values of another width than keys
        and (getattr(config, "layer_types", None) is not None or not getattr(config, "sliding_window", None))
    )


def attend_packed(query: Tensor, key: Tensor, value: Tensor, segments: Tensor, scale: float) -> Tensor:
    """Return the attention of each example to itself.

    Args:
        query: Shape (B, h, L, d).
        key: Shape (B, h / g, L, d).
        value: As `key`.
        segments: B * L int64 in any shape: which example a position is of, each number in one unbroken stretch; -1 is
            padding.
        scale: Factor on the scores.

    Returns:
        Shape (B, L, h, d); 0 at padding.
    """
    attended: Tensor = _forward(query, key, value, segments, scale)[0]
    return attended


def _attend(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    **kwargs: Any,
) -> tuple[Tensor, Tensor | None]:
    """Attend in the form that transformers calls; a mask of whole numbers is the segments of packed rows."""
    if attention_mask is not None and attention_mask.dtype == torch.int64:
        scale = query.shape[-1] ** -0.5 if scaling is None else scaling
        if torch.is_autocast_enabled(query.device.type):  # which does not reach into an operator of our own
            arithmetic = torch.get_autocast_dtype(query.device.type)
            query, key, value = (states.to(arithmetic) for states in (query, key, value))
        return attend_packed(query, key, value, attention_mask, scale), None
    attended: tuple[Tensor, Tensor | None] = sdpa_attention_forward(
        module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **kwargs
    )
    return attended


class _Bucket(NamedTuple):
    """Examples that are filled up to one length.

    Attributes:
        size: n, how many.
        length: N.
        place: Shape (n * N,), int64. Their positions in (T,); an example's last one is repeated to fill up.
        real: Shape (r,), int64. The entries of `place` that are not filling.
        filling: Shape (n * N - r,), int64. The others.
    """

    size: int
    length: int
    place: Tensor
    real: Tensor
    filling: Tensor


def _sort_into_buckets(segments: Tensor) -> list[_Bucket]:
    numbers, counts = torch.unique_consecutive(segments.reshape(-1), return_counts=True)
    starts = counts.cumsum(0) - counts
    examples: dict[int, list[tuple[int, int]]] = {}
    for number, start, count in zip(numbers.tolist(), starts.tolist(), counts.tolist(), strict=True):
        if number >= 0:
            place = bisect_left(LENGTHS, count)
            examples.setdefault(LENGTHS[place] if place < len(LENGTHS) else count, []).append((start, count))
    buckets = []
    for length, spans in sorted(examples.items()):
        first, size = torch.tensor(spans).unbind(1)
        along = torch.arange(length)
        index = first[:, None] + torch.minimum(along, size[:, None] - 1)
        is_real = (along < size[:, None]).reshape(-1)
        real, filling = is_real.nonzero()[:, 0], (~is_real).nonzero()[:, 0]
        buckets.append(_Bucket(len(spans), length, index.reshape(-1), real, filling))
    return buckets


@lru_cache(maxsize=64)
def _causal(length: int, group: int, dtype: torch.dtype) -> Tensor:
    """Return the mask of `group` query heads, shape (1, g * N, N), to be added to the scores."""
    return torch.full((length, length), float("-inf")).triu(1).to(dtype).repeat(group, 1)[None]


def _rows(states: Tensor) -> Tensor:
    """Return states (B, h, L, d) as (T, h * d)."""
    return states.transpose(1, 2).reshape(states.shape[0] * states.shape[2], -1)


def _take(rows: Tensor, bucket: _Bucket, n_groups: int, width: int) -> Tensor:
    """Take a bucket's examples out of (T, h * d): shape (n * h / g, g * N, d)."""
    taken = rows.index_select(0, bucket.place).view(bucket.size, bucket.length, n_groups, -1, width)
    return taken.permute(0, 2, 3, 1, 4).reshape(bucket.size * n_groups, -1, width)


def _put(into: Tensor, states: Tensor, bucket: _Bucket, n_groups: int) -> None:
    """Write (n * h / g, g * N, d) back to where `_take` took it from."""
    width = states.shape[-1]
    back = states.view(bucket.size, n_groups, -1, bucket.length, width).permute(0, 3, 1, 2, 4)
    back = back.reshape(bucket.size * bucket.length, -1)
    into.index_copy_(0, bucket.place.index_select(0, bucket.real), back.index_select(0, bucket.real))


# An operator of its own: to `torch.compile` it is one opaque step, however many examples of whatever lengths there are.
@torch.library.custom_op("anymol::packed_attention", mutates_args=())
def _forward(query: Tensor, key: Tensor, value: Tensor, segments: Tensor, scale: float) -> tuple[Tensor, Tensor]:
    n_rows, n_heads, n_positions, width = query.shape
    n_groups = key.shape[1]
    buckets = _sort_into_buckets(segments)
    q, k, v = _rows(query), _rows(key), _rows(value)
    attended = torch.zeros_like(q)
    kept = query.new_empty(sum(one.size * n_heads * one.length**2 for one in buckets))
    at = 0
    for one in buckets:
        queries, keys, values = (_take(states, one, n_groups, width) for states in (q, k, v))
        mask = _causal(one.length, n_heads // n_groups, query.dtype)
        scores = torch.baddbmm(mask, queries, keys.transpose(1, 2), beta=1, alpha=scale)
        weights = kept[at : at + scores.numel()].view_as(scores)
        torch.softmax(scores, -1, out=weights)
        _put(attended, torch.bmm(weights, values), one, n_groups)
        at += scores.numel()
    return attended.view(n_rows, n_positions, n_heads, width), kept


@_forward.register_fake
def _(query: Tensor, key: Tensor, value: Tensor, segments: Tensor, scale: float) -> tuple[Tensor, Tensor]:
    n_rows, n_heads, n_positions, width = query.shape
    kept = torch.library.get_ctx().new_dynamic_size()
    return query.new_empty(n_rows, n_positions, n_heads, width), query.new_empty(kept)


@torch.library.custom_op("anymol::packed_attention_backward", mutates_args=())
def _backward(
    gradient: Tensor, query: Tensor, key: Tensor, value: Tensor, segments: Tensor, kept: Tensor, scale: float
) -> tuple[Tensor, Tensor, Tensor]:
    n_rows, n_heads, n_positions, width = query.shape
    n_groups = key.shape[1]
    q, k, v, d_out = _rows(query), _rows(key), _rows(value), gradient.reshape(n_rows * n_positions, -1)
    d_q, d_k, d_v = torch.zeros_like(q), torch.zeros_like(k), torch.zeros_like(v)
    at = 0
    for one in _sort_into_buckets(segments):
        queries, keys, values = (_take(states, one, n_groups, width) for states in (q, k, v))
        arrived = d_out.index_select(0, one.place).index_fill_(0, one.filling, 0.0)
        arrived = arrived.view(one.size, one.length, n_groups, -1, width).permute(0, 2, 3, 1, 4).reshape_as(queries)
        size = one.size * n_heads * one.length**2
        weights = kept[at : at + size].view(one.size * n_groups, -1, one.length)
        at += size
        d_weights = torch.bmm(arrived, values.transpose(1, 2))
        d_scores = torch._softmax_backward_data(d_weights, weights, -1, weights.dtype).mul_(scale)
        _put(d_q, torch.bmm(d_scores, keys), one, n_groups)
        _put(d_k, torch.bmm(d_scores.transpose(1, 2), queries), one, n_groups)
        _put(d_v, torch.bmm(weights.transpose(1, 2), arrived), one, n_groups)

    def shape_back(states: Tensor, n: int) -> Tensor:
        return states.view(n_rows, n_positions, n, width).transpose(1, 2).contiguous()

    return shape_back(d_q, n_heads), shape_back(d_k, n_groups), shape_back(d_v, n_groups)


@_backward.register_fake
def _(
    gradient: Tensor, query: Tensor, key: Tensor, value: Tensor, segments: Tensor, kept: Tensor, scale: float
) -> tuple[Tensor, Tensor, Tensor]:
    return query.new_empty(query.shape), key.new_empty(key.shape), value.new_empty(value.shape)


def _save(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, Tensor]) -> None:
    *tensors, ctx.scale = inputs
    ctx.save_for_backward(*tensors, output[1])


def _differentiate(ctx: Any, gradient: Tensor, _: Tensor | None) -> tuple[Tensor | None, ...]:
    return (*_backward(gradient.contiguous(), *ctx.saved_tensors, ctx.scale), None, None)


_forward.register_autograd(_differentiate, setup_context=_save)
