"""All experts of a block in plain torch operations with static shapes: for compilation and for accelerators.

Two forms of :class:`anymol.adapters.moge.segments.MixExperts`, differentiated by autograd and free of host syncs:
grouped products over tokens sorted by expert, where ``torch._grouped_mm`` takes the dtype and the widths; and every
expert on every token, where it does not.
"""

from __future__ import annotations

import torch
from torch.nn import functional

from anymol.adapters.moge.experts import Activation, Pairs

_ALIGNMENT = 16
"""Bytes that the strides of a grouped product must be multiples of."""


def is_groupable(dtype: torch.dtype, *widths: int) -> bool:
    """Whether ``torch._grouped_mm`` multiplies matrices of this dtype and these widths, compiled too: bf16 alone."""
    return dtype is torch.bfloat16 and all(width * dtype.itemsize % _ALIGNMENT == 0 for width in widths)


def mix_dense(
    x: torch.Tensor,
    weights: torch.Tensor,
    gate0: torch.Tensor | None,
    up0: torch.Tensor,
    inward: Pairs,
    outward: Pairs,
    activation: Activation,
    dropout: float,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Run every expert on every token; an expert that was not chosen weighs 0.

    Args:
        x: Input of the inward A's, shape (N, H).
        weights: Shape (N, E).
        gate0: The frozen gate, shape (N, F), or None.
        up0: The frozen up, shape (N, F).
        inward: Pairs at gate and up.
        outward: Pairs at down.
        activation: Of the block.
        dropout: Probability before the outward A.

    Returns:
        The weighted sum of hidden states (N, F), and the outward pairs' part of the output (N, H).
    """
    dtype, width = up0.dtype, up0.shape[-1]
    weights = weights.to(dtype)
    mixed, low = torch.zeros_like(up0), torch.zeros_like(x)
    for e in range(weights.shape[-1]):
        a, b, gamma = inward.a[e].to(dtype), inward.b[e].to(dtype), inward.gamma[e].to(dtype)
        inner = [functional.linear(x, a[j]) * gamma[j] for j in range(len(a))]
        up = torch.addmm(up0, inner[-1], b[-1, -width:].T)
        gate = None if gate0 is None else torch.addmm(gate0, inner[0], b[0, :width].T)
        h = activation(up) if gate is None else activation(gate) * up
        h = h * weights[:, e, None]
        mixed = mixed + h
        if dropout:
            h = functional.dropout(h, dropout)
        outer = functional.linear(h, outward.a[e, 0].to(dtype)) * outward.gamma[e, 0].to(dtype)
        low = torch.addmm(low, outer, outward.b[e, 0].to(dtype).T)
    return mixed, low


def mix_grouped(
    x: torch.Tensor,
    weights: torch.Tensor,
    chosen: torch.Tensor,
    gate0: torch.Tensor | None,
    up0: torch.Tensor,
    inward: Pairs,
    outward: Pairs,
    activation: Activation,
    dropout: float,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Run each expert on its tokens by grouped products; arguments and result as of :func:`mix_dense`.

    Args:
        x: See there.
        weights: See there.
        chosen: All experts of each token, shared ones too, shape (N, k + S), int64.
        gate0: See there.
        up0: See there.
        inward: See there.
        outward: See there.
        activation: See there.
        dropout: See there.
    """
    n, per_token = chosen.shape
    dtype, width = up0.dtype, up0.shape[-1]
    expert, order = chosen.flatten().sort(stable=True)
    row = order // per_token
    ends = torch.searchsorted(expert, torch.arange(weights.shape[-1], device=expert.device), right=True).int()
    a, b = inward.a.to(dtype), inward.b.to(dtype)
    maps = a.shape[1]
    inner = torch._grouped_mm(x[row], a.flatten(1, 2).transpose(1, 2), offs=ends)
    inner = inner.view(n * per_token, maps, -1) * inward.gamma.to(dtype)[expert][..., None]
    up = up0[row] + torch._grouped_mm(inner[:, -1].contiguous(), b[:, -1, -width:].transpose(1, 2), offs=ends)
    if gate0 is None:
        h = activation(up)
    else:
        gate = gate0[row] + torch._grouped_mm(inner[:, 0].contiguous(), b[:, 0, :width].transpose(1, 2), offs=ends)
        h = activation(gate) * up
    weighted = h * weights.to(dtype)[row, expert, None]
    dropped = functional.dropout(weighted, dropout) if dropout else weighted
    outer = torch._grouped_mm(dropped, outward.a[:, 0].to(dtype).transpose(1, 2), offs=ends)
    outer = outer * outward.gamma[:, 0].to(dtype)[expert][:, None]
    part = torch._grouped_mm(outer, outward.b[:, 0].to(dtype).transpose(1, 2), offs=ends)
    # A gather through the inverse order sums each token's experts; index_add would add atomically, in any order.
    back = torch.empty_like(order).scatter_(0, order, torch.arange(len(order), device=order.device))
    mixed = weighted[back].view(n, per_token, width).sum(1)
    low = part[back].view(n, per_token, -1).sum(1)
    return mixed, low
