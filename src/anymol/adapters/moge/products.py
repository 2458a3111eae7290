"""All experts of a block on its tokens, differentiated by autograd, in three forms of the same sum.

For token n and its experts e with weight w_ne, and the frozen gate g0 and up u0 computed once for all::

    g_e = g0 + gamma B_g A_g x,   u_e = u0 + gamma B_u A_u x,   h_e = act(g_e) * u_e
    mixed = sum_e w_ne h_e        (the frozen down projection is applied to this once, outside)
    low = sum_e w_ne gamma_e B_e A_e h_e

Without a gate, ``h_e = act(u_e)``. :func:`mix_looped` takes the experts one by one, each on its own tokens, and reads
on the host which these are. The others have static shapes and no host syncs, for compilation and accelerators: grouped
products over tokens sorted by expert, where ``torch._grouped_mm`` takes the dtype and the widths; and every expert on
every token, where it does not.
"""

from __future__ import annotations

import torch
from torch.nn import functional

from anymol.adapters.moge.experts import Activation, Pairs

_ALIGNMENT = 16
"""Bytes that the strides of a grouped product must be multiples of."""

_MOST_SIZES = 16
"""Sizes that the experts' shares of a pass come in, in bf16 on a CPU: oneDNN compiles a product anew for every number
of rows, which takes milliseconds and half a megabyte that it keeps."""


def is_groupable(dtype: torch.dtype, *widths: int) -> bool:
    """Whether ``torch._grouped_mm`` multiplies matrices of this dtype and these widths, compiled too: bf16 alone."""
    return dtype is torch.bfloat16 and all(width * dtype.itemsize % _ALIGNMENT == 0 for width in widths)


def mix_looped(
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
    """Run each expert on its own tokens, one expert after the other.

    Args:
        x: Input of the inward A's, shape (N, H).
        weights: Shape (N, E); 0 where an expert was not chosen.
        chosen: All experts of each token, shared ones too, shape (N, k + S), int64.
        gate0: The frozen gate, shape (N, F), or None.
        up0: The frozen up, shape (N, F).
        inward: Pairs at gate and up.
        outward: Pairs at down.
        activation: Of the block.
        dropout: Probability before the outward A.

    Returns:
        The weighted sum of hidden states (N, F), and the outward pairs' part of the output (N, H).
    """
    weights = weights.to(up0.dtype)
    mixed, low = torch.zeros_like(up0), torch.zeros_like(x)
    step = -(-len(x) // _MOST_SIZES) if up0.dtype is torch.bfloat16 and up0.device.type == "cpu" else 1
    for e in range(weights.shape[-1]):
        rows = (chosen == e).any(-1).nonzero().squeeze(-1)
        weight = weights[rows, e, None]
        if padding := -len(rows) % step:  # with the first token, which weighs 0 here
            rows, weight = functional.pad(rows, (0, padding)), functional.pad(weight, (0, 0, 0, padding))
        gate = None if gate0 is None else gate0[rows]
        h, part = _run_expert(e, x[rows], weight, gate, up0[rows], inward, outward, activation, dropout)
        mixed, low = mixed.index_add(0, rows, h), low.index_add(0, rows, part)
    return mixed, low


def mix_dense(
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
    """Run every expert on every token, where one that was not chosen weighs 0; as :func:`mix_looped`."""
    weights = weights.to(up0.dtype)
    mixed, low = torch.zeros_like(up0), torch.zeros_like(x)
    for e in range(weights.shape[-1]):
        h, part = _run_expert(e, x, weights[:, e, None], gate0, up0, inward, outward, activation, dropout)
        mixed, low = mixed + h, low + part
    return mixed, low


def _run_expert(
    e: int,
    x: torch.Tensor,
    weight: torch.Tensor,
    gate0: torch.Tensor | None,
    up0: torch.Tensor,
    inward: Pairs,
    outward: Pairs,
    activation: Activation,
    dropout: float,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the weighted hidden states (n, F) of one expert, and its outward pair's part of the output (n, H)."""
    dtype, width = up0.dtype, up0.shape[-1]
    a, b, gamma = inward.a[e].to(dtype), inward.b[e].to(dtype), inward.gamma[e].to(dtype)
    up = torch.addmm(up0, functional.linear(x, a[-1]) * gamma[-1], b[-1, -width:].T)
    if gate0 is None:
        h = activation(up)
    else:
        gate = torch.addmm(gate0, functional.linear(x, a[0]) * gamma[0], b[0, :width].T)
        h = activation(gate) * up
    h = h * weight
    dropped = functional.dropout(h, dropout) if dropout else h
    outer = functional.linear(dropped, outward.a[e, 0].to(dtype)) * outward.gamma[e, 0].to(dtype)
    return h, functional.linear(outer, outward.b[e, 0].to(dtype))


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
    """Run all experts at once by grouped products over tokens sorted by expert; as :func:`mix_looped`."""
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
