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

_NOT_PLAIN: Final = (
    "attention_dropout",
    "attn_pdrop",  # GPT-2's word for it
    "attn_logit_softcapping",
    "v_head_dim",  # values of another width than keys
    "keep_window_size",  # Doge reads the mask itself
)
"""Keys of a decoder's config that make its attention another one where they are set."""


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
        and not any(getattr(config, key, None) for key in _NOT_PLAIN)
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
        place: Shape (n, N), int64. Their positions in (T,); an example's last one is repeated to fill up.
        is_real: Shape (n, N), bool. Where a position is not filling.
    """

    place: Tensor
    is_real: Tensor

    @property
    def size(self) -> int:
        """N."""
        return self.place.shape[0]

    @property
    def length(self) -> int:
        """N."""
        return self.place.shape[1]


def _sort_into_buckets(segments: Tensor) -> list[_Bucket]:
    """Return the examples of `segments` by the length that they are filled up to; padding is in none."""
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
        is_real = along < size[:, None]
        buckets.append(_Bucket(first[:, None] + torch.minimum(along, size[:, None] - 1), is_real))
    return buckets


class _Heads(NamedTuple):
    """States as rows of one head each, in whichever order they lie in memory, so that taking them out copies once.

    Attributes:
        rows: Shape (B * L * h, d).
        n: h.
        n_positions: L.
        by_head: Whether the rows are in the order (B, h, L), else (B, L, h).
    """

    rows: Tensor
    n: int
    n_positions: int
    by_head: bool

    @classmethod
    def of(cls, states: Tensor) -> _Heads:
        """Read states of shape (B, h, L, d)."""
        by_head = states.is_contiguous()
        _, n, n_positions, width = states.shape
        rows = (states if by_head else states.transpose(1, 2)).reshape(-1, width)
        return cls(rows, n, n_positions, by_head)

    @classmethod
    def empty(cls, like: Tensor, *, by_head: bool = True) -> _Heads:
        """Return zeros for states like (B, h, L, d), and one row more, into which filling is written."""
        size, n, n_positions, width = like.shape
        return cls(like.new_zeros(size * n * n_positions + 1, width), n, n_positions, by_head)

    def find(self, bucket: _Bucket, n_groups: int) -> Tensor:
        """Return where the heads of a bucket's examples are, shape (n, h / g, g, N)."""
        heads = torch.arange(self.n).view(1, n_groups, -1, 1)
        place = bucket.place[:, None, None]
        if self.by_head:
            return (place // self.n_positions * self.n + heads) * self.n_positions + place % self.n_positions
        return place * self.n + heads

    def take(self, bucket: _Bucket, n_groups: int) -> Tensor:
        """Return a bucket's examples, shape (n * h / g, g * N, d)."""
        taken = self.rows.index_select(0, self.find(bucket, n_groups).view(-1))
        return taken.view(bucket.size * n_groups, -1, self.rows.shape[1])

    def put(self, states: Tensor, bucket: _Bucket, n_groups: int) -> None:
        """Write (n * h / g, g * N, d) to where `take` finds it."""
        where = self.find(bucket, n_groups).masked_fill_(~bucket.is_real[:, None, None], len(self.rows) - 1)
        self.rows.index_copy_(0, where.view(-1), states.reshape(-1, states.shape[-1]))

    def written(self) -> Tensor:
        """Return what was put: (B, h, L, d), or (B, L, h, d) where it lies by position."""
        shape = (self.n, self.n_positions) if self.by_head else (self.n_positions, self.n)
        return self.rows[:-1].view(-1, *shape, self.rows.shape[1])


@lru_cache(maxsize=64)
def _causal(length: int, group: int, dtype: torch.dtype) -> Tensor:
    """Return the mask of `group` query heads, shape (1, g * N, N), to be added to the scores."""
    return torch.full((length, length), float("-inf")).triu(1).to(dtype).repeat(group, 1)[None]


# An operator of its own: to `torch.compile` it is one opaque step, however many examples of whatever lengths there are.
@torch.library.custom_op("anymol::packed_attention", mutates_args=())
def _forward(query: Tensor, key: Tensor, value: Tensor, segments: Tensor, scale: float) -> tuple[Tensor, Tensor]:
    """Return O, shape (B, L, h, d), and the weights P that the backward pass needs, bucket after bucket, flat."""
    n_heads, n_groups = query.shape[1], key.shape[1]
    buckets = _sort_into_buckets(segments)
    q, k, v = _Heads.of(query), _Heads.of(key), _Heads.of(value)
    attended = _Heads.empty(query, by_head=False)
    kept = query.new_empty(sum(one.size * n_heads * one.length**2 for one in buckets))
    at = 0
    for one in buckets:
        queries, keys, values = (states.take(one, n_groups) for states in (q, k, v))
        mask = _causal(one.length, n_heads // n_groups, query.dtype)
        scores = torch.baddbmm(mask, queries, keys.transpose(1, 2), beta=1, alpha=scale)
        weights = kept[at : at + scores.numel()].view_as(scores)
        torch.softmax(scores, -1, out=weights)
        attended.put(torch.bmm(weights, values), one, n_groups)
        at += scores.numel()
    return attended.written(), kept


@_forward.register_fake
def _(query: Tensor, key: Tensor, value: Tensor, segments: Tensor, scale: float) -> tuple[Tensor, Tensor]:
    n_rows, n_heads, n_positions, width = query.shape
    kept = torch.library.get_ctx().new_dynamic_size()
    return query.new_empty(n_rows, n_positions, n_heads, width), query.new_empty(kept)


@torch.library.custom_op("anymol::packed_attention_backward", mutates_args=())
def _backward(
    gradient: Tensor, query: Tensor, key: Tensor, value: Tensor, segments: Tensor, kept: Tensor, scale: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Return dQ, dK and dV in the shapes of Q, K and V; `gradient` is dO, `kept` the weights of the forward pass."""
    n_heads, n_groups = query.shape[1], key.shape[1]
    q, k, v, arriving = (_Heads.of(states) for states in (query, key, value, gradient.transpose(1, 2)))
    d_q, d_k, d_v = (_Heads.empty(states) for states in (query, key, value))
    at = 0
    for one in _sort_into_buckets(segments):
        queries, keys, values = (states.take(one, n_groups) for states in (q, k, v))
        # Filling repeats an example's last position, whose gradient would else count again.
        filling = (~one.is_real)[:, None, None, :, None]
        shape = (one.size, n_groups, n_heads // n_groups, one.length, -1)
        arrived = arriving.take(one, n_groups)
        arrived.view(shape).masked_fill_(filling, 0.0)
        size = one.size * n_heads * one.length**2
        weights = kept[at : at + size].view(one.size * n_groups, -1, one.length)
        at += size
        d_weights = torch.bmm(arrived, values.transpose(1, 2))
        d_scores = torch._softmax_backward_data(d_weights, weights, -1, weights.dtype).mul_(scale)
        d_q.put(torch.bmm(d_scores, keys), one, n_groups)
        d_k.put(torch.bmm(d_scores.transpose(1, 2), queries), one, n_groups)
        d_v.put(torch.bmm(weights.transpose(1, 2), arrived), one, n_groups)
    return d_q.written(), d_k.written(), d_v.written()


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
