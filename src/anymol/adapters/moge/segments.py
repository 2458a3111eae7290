"""All experts of a block over sorted tokens, with a backward written by hand: the path taken outside compilation.

What costs time beside the frozen products is memory traffic: every expert of every token makes several tensors as wide
as the feed-forward block. So tokens are sorted by their *set* of experts: one segment of rows then holds the
tokens of one set, every expert of the set works on the same contiguous rows while they are in cache, and nothing
as wide as the block is ever gathered or scattered. Where there are too many sets (many experts, large k), each
expert gathers its own rows instead.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

import torch

from anymol.adapters.moge.experts import Activation, Pairs

_PIECE_BYTES = 2**20
"""Largest piece of one block-wide tensor that is worked on at once, so that an expert's tensors stay in cache."""
_LEAST_ROWS = 32
"""Fewer rows than this are not worth a product of their own, however wide the block."""
_ROWS_PER_SET = 24
"""Fewer tokens per set of experts than this, on average, and products per set are slower than gathering rows."""
_ALWAYS_SETS = 4
"""So few tokens that sorting them into sets is cheap whatever the sets (decoding)."""


@dataclass(frozen=True)
class Segment:
    """Rows that one expert works on.

    Attributes:
        rows: Contiguous, or indexes, int64.
        n: Their number.
        expert: Index into the stacked pairs.
        is_first: Whether no segment before has worked on any of these rows.
    """

    rows: slice | torch.Tensor
    n: int
    expert: int
    is_first: bool


@dataclass(frozen=True)
class Plan:
    """In which order tokens are worked on, and by whom.

    Attributes:
        order: Sorted row -> row, shape (N,), int64; None where rows stay as they are.
        inverse: Row -> sorted row, shape (N,), int64.
        segments: What is done; every row is in at least one.
    """

    order: torch.Tensor | None
    inverse: torch.Tensor | None
    segments: tuple[Segment, ...]


def _run(start: int, n: int, largest: int, expert: int, is_first: bool) -> Iterator[Segment]:
    """Cut n rows from `start` into equal segments of at most `largest`."""
    pieces = -(-n // largest)
    for piece in range(pieces):
        size = n // pieces + (piece < n % pieces)
        yield Segment(slice(start, start + size), size, expert, is_first)
        start += size


def plan_segments(chosen: torch.Tensor, experts: int, shared: int, width: int, item_bytes: int) -> Plan:
    """Sort tokens by their set of experts. Reads the choices on the host (one sync where they are on an accelerator).

    In that order the tokens of one set are contiguous, and so are those whose sets begin alike: expert by expert, a
    shared one has one run of rows, the lowest routed one of each set X at most, the next X (X - 1) / 2, and so on.

    Args:
        chosen: Routed experts of each token, ascending, shape (N, k), int64.
        experts: X, the routed experts.
        shared: S, the experts of every token; their indexes are X to X + S - 1.
        width: Of the feed-forward block.
        item_bytes: Size of one number.
    """
    n, k = chosen.shape
    largest = max(_LEAST_ROWS, _PIECE_BYTES // (width * item_bytes))
    segments = [
        segment
        for expert in range(experts, experts + shared)
        for segment in _run(0, n, largest, expert, expert == experts)
    ]
    if n == 1:
        routed = (Segment(slice(0, 1), 1, e, not shared and i == 0) for i, e in enumerate(chosen[0].tolist()))
        return Plan(None, None, (*segments, *routed))
    if n > _ALWAYS_SETS and math.comb(experts, k) * _ROWS_PER_SET > n:
        flat = chosen.flatten()
        rows = (flat.argsort(stable=True) // k).split(flat.bincount(minlength=experts).tolist())
        for expert, all_rows in enumerate(rows):
            segments.extend(Segment(part, len(part), expert, False) for part in all_rows.split(largest) if len(part))
        return Plan(None, None, tuple(segments))
    code = chosen[:, 0]
    for column in range(1, k):
        code = code * experts + chosen[:, column]
    code, order = code.sort(stable=True)
    sets, counts = (t.tolist() for t in code.unique_consecutive(return_counts=True))
    for position in range(k):
        start = 0
        rest = experts ** (k - 1 - position)
        for beginning, members in groupby(zip((code // rest for code in sets), counts, strict=True), itemgetter(0)):
            size = sum(count for _, count in members)
            segments.extend(_run(start, size, largest, beginning % experts, not shared and position == 0))
            start += size
    inverse = torch.empty_like(order).scatter_(0, order, torch.arange(n, device=order.device))
    return Plan(order, inverse, tuple(segments))


class Permute(torch.autograd.Function):
    """Rows in another order; the gradient is gathered back, where index_select's own would scatter."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, order: torch.Tensor, inverse: torch.Tensor) -> torch.Tensor:
        """Return ``x[order]``; `inverse` undoes `order`."""
        ctx.save_for_backward(order, inverse)
        return x.index_select(0, order)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """Return the gradient in the first order."""
        order, inverse = ctx.saved_tensors
        return Permute.apply(grads[0], inverse, order), None, None


@dataclass(frozen=True)
class Work:
    """What :class:`MixExperts` is to do, apart from tensors.

    Attributes:
        plan: Who works on which rows.
        activation: Of the block, elementwise.
        width: F, of one half of a fused gate and up, or of the whole.
        recompute: Whether block-wide tensors are computed again in the backward rather than kept.
        dropout: Probability before the outward A.
    """

    plan: Plan
    activation: Activation
    width: int
    recompute: bool
    dropout: float


def _rows(x: torch.Tensor, segment: Segment) -> torch.Tensor:
    """Return the segment's rows: a view where they are contiguous."""
    return x[segment.rows] if isinstance(segment.rows, slice) else x.index_select(0, segment.rows)


class _Sum:
    """A sum over segments of rows; the first to come writes, the others add."""

    def __init__(self, like: torch.Tensor, plan: Plan, width: int | None = None) -> None:
        self.scattered = any(not isinstance(segment.rows, slice) for segment in plan.segments)
        shape = (len(like), like.shape[1] if width is None else width)
        self.total = like.new_zeros(shape) if self.scattered else like.new_empty(shape)

    def add(self, segment: Segment, value: torch.Tensor) -> None:
        """Add the values of the segment's rows."""
        if not isinstance(segment.rows, slice):
            self.total.index_add_(0, segment.rows, value)
        elif segment.is_first and not self.scattered:
            self.total[segment.rows] = value
        else:
            self.total[segment.rows].add_(value)

    def add_scaled(self, segment: Segment, value: torch.Tensor, scale: torch.Tensor) -> None:
        """Add the values times a scale of each row, shape (n, 1)."""
        if not isinstance(segment.rows, slice):
            self.total.index_add_(0, segment.rows, value * scale)
        elif segment.is_first and not self.scattered:
            torch.mul(value, scale, out=self.total[segment.rows])
        else:
            self.total[segment.rows].addcmul_(value, scale)

    def add_product(self, segment: Segment, left: torch.Tensor, right: torch.Tensor) -> None:
        """Add ``left @ right``."""
        if not isinstance(segment.rows, slice):
            self.total.index_add_(0, segment.rows, left @ right)
        elif segment.is_first and not self.scattered:
            torch.mm(left, right, out=self.total[segment.rows])
        else:
            self.total[segment.rows].addmm_(left, right)


def _add_product(total: torch.Tensor, left: torch.Tensor, right: torch.Tensor) -> None:
    """Add ``left @ right`` to a parameter's gradient, which is fp32 at least."""
    if total.dtype == left.dtype:
        total.addmm_(left, right)
    else:
        total.add_(left @ right)


class MixExperts(torch.autograd.Function):
    """Weighted sum of the experts' hidden states, and the outward pairs' part of the block's output.

    For token n and its experts e with weight w_ne::

        g_e = g0 + gamma B_g A_g x,   u_e = u0 + gamma B_u A_u x,   h_e = act(g_e) * u_e
        mixed = sum_e w_ne h_e        (the frozen down projection is applied to this once, outside)
        low = sum_e w_ne gamma_e B_e A_e h_e

    Without a gate, ``h_e = act(u_e)``. Rows are in the plan's order.
    """

    @staticmethod
    def forward(
        ctx: Any,
        work: Work,
        x: torch.Tensor,
        weights: torch.Tensor,
        first: torch.Tensor,
        second: torch.Tensor | None,
        a_in: torch.Tensor,
        b_in: torch.Tensor,
        gamma_in: torch.Tensor,
        a_out: torch.Tensor,
        b_out: torch.Tensor,
        gamma_out: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return `mixed` (N, F) and `low` (N, H), both in the dtype of `first`.

        Args:
            ctx: Of autograd.
            work: The plan and the block's form.
            x: Input of the inward A's (after dropout), shape (N, H).
            weights: Of all experts, 0 where an expert does not work on a token, shape (N, E).
            first: The frozen inward product: g0, or g0 and u0 fused, or u0 where there is no gate; shape (N, F or 2 F).
            second: u0 where it is a product of its own, shape (N, F).
            a_in: Shape (E, P, r, H).
            b_in: Shape (E, P, F or 2 F, r).
            gamma_in: Shape (E, P).
            a_out: Shape (E, 1, r, F).
            b_out: Shape (E, 1, H, r).
            gamma_out: Shape (E, 1).
        """
        dtype = first.dtype
        casts = tuple(tensor.to(dtype) for tensor in (weights, a_in, b_in, gamma_in, a_out, b_out, gamma_out))
        w, ai, bi, gi, ao, bo, go = casts
        n_slots = sum(segment.n for segment in work.plan.segments)
        maps, rank, _ = ai.shape[1:]
        inner = x.new_empty(n_slots, maps * rank)
        outer = x.new_empty(n_slots, rank)
        is_gated = second is not None or first.shape[1] != work.width
        kept_gate = x.new_empty(0 if work.recompute or not is_gated else n_slots, work.width)
        kept_up = x.new_empty(0 if work.recompute else n_slots, work.width)
        kept_mask = x.new_empty(n_slots if work.dropout else 0, work.width, dtype=torch.bool)
        mixed = _Sum(first, work.plan, work.width)
        low = _Sum(first, work.plan, bo.shape[2])
        slot = 0
        with torch.autocast(first.device.type, enabled=False):
            for segment in work.plan.segments:
                x_rows, w_rows = _rows(x, segment), _rows(w, segment)
                gate0, up0 = _halves(first, second, segment, work.width)
                e = segment.expert
                here = slice(slot, slot + segment.n)
                slot += segment.n
                torch.mm(x_rows, ai[e].flatten(0, 1).T, out=inner[here])
                gate, up = _inward(
                    gate0,
                    up0,
                    inner[here],
                    bi[e],
                    gi[e],
                    out=None if work.recompute else (kept_gate[here], kept_up[here]),
                )
                h = work.activation(up) if gate is None else work.activation(gate).mul_(up)
                scale = w_rows[:, e, None]
                mixed.add_scaled(segment, h, scale)
                if work.dropout:
                    kept_mask[here].bernoulli_(1 - work.dropout)
                    h = h * kept_mask[here] / (1 - work.dropout)
                torch.mm(h, ao[e, 0].T, out=outer[here])
                low.add_product(segment, outer[here] * (go[e] * scale), bo[e, 0].T)
        ctx.work = work
        ctx.dtypes = tuple(t.dtype for t in (weights, a_in, b_in, gamma_in, a_out, b_out, gamma_out))
        ctx.save_for_backward(x, first, second, *casts, inner, outer, kept_gate, kept_up, kept_mask)
        return mixed.total, low.total

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *grads: Any) -> Any:
        """Return the gradients of the tensors of :meth:`forward`."""
        work: Work = ctx.work
        x, first, second, w, ai, bi, gi, ao, bo, go, inner, outer, kept_gate, kept_up, kept_mask = ctx.saved_tensors
        d_mixed, d_low = (grad.contiguous() for grad in grads)
        maps, rank, _ = ai.shape[1:]
        width = work.width
        total = torch.promote_types(first.dtype, torch.float32)
        d_x = _Sum(x, work.plan) if ctx.needs_input_grad[1] else None
        d_first = _Sum(first, work.plan) if ctx.needs_input_grad[3] else None
        d_second = _Sum(second, work.plan) if second is not None and ctx.needs_input_grad[4] else None
        d_w = torch.zeros_like(w, dtype=total)
        d_ai, d_bi, d_gi, d_ao, d_bo, d_go = (torch.zeros_like(t, dtype=total) for t in (ai, bi, gi, ao, bo, go))
        slot = 0
        for segment in work.plan.segments:
            x_rows, w_rows = _rows(x, segment), _rows(w, segment)
            dm_rows, dl_rows = _rows(d_mixed, segment), _rows(d_low, segment)
            gate0, up0 = _halves(first, second, segment, width)
            e = segment.expert
            here = slice(slot, slot + segment.n)
            slot += segment.n
            if work.recompute:
                gate, up = _inward(gate0, up0, inner[here], bi[e], gi[e], out=None)
            else:
                gate, up = (kept_gate[here] if len(kept_gate) else None), kept_up[here]
            with torch.enable_grad():
                bent = (up if gate is None else gate).detach().requires_grad_()
                active = work.activation(bent)
            s = active.detach()
            h = s if gate is None else s * up
            scale = w_rows[:, e, None]
            # Through the outward pair.
            t = outer[here]
            q = dl_rows @ bo[e, 0]
            along = (q * t).sum(-1, dtype=total)
            d_w_e = (dm_rows * h).sum(-1, dtype=total) + go[e, 0].to(total) * along
            if isinstance(segment.rows, slice):
                d_w[segment.rows, e] += d_w_e
            else:
                d_w[:, e].index_add_(0, segment.rows, d_w_e)
            d_go[e, 0] += (along * scale[:, 0]).sum()
            q *= go[e]
            _add_product(d_bo[e, 0], dl_rows.T, t * (go[e] * scale))
            if work.dropout:
                mask = kept_mask[here]
                dropped = h * mask / (1 - work.dropout)
                v = dm_rows + (q @ ao[e, 0]) * mask / (1 - work.dropout)
            else:
                dropped = h
                v = torch.addmm(dm_rows, q, ao[e, 0])
            _add_product(d_ao[e, 0], (q * scale).T, dropped)
            v *= scale
            # Through activation and gate.
            if gate is None:
                d_gate, d_up = None, torch.autograd.grad(active, bent, v)[0]
            else:
                d_up = v * s
                d_gate = torch.autograd.grad(active, bent, v.mul_(up))[0]
            # Through the inward pairs.
            a = inner[here].view(segment.n, maps, rank)
            d_a = torch.empty_like(a)
            for j, parts in enumerate(_map_grads(d_gate, d_up, maps, width)):
                for part, (grad_rows, columns) in enumerate(parts):
                    b = bi[e, j, columns]
                    if part == 0:
                        torch.mm(grad_rows, b, out=d_a[:, j])
                    else:
                        d_a[:, j].addmm_(grad_rows, b)
                    _add_product(d_bi[e, j, columns], grad_rows.T, a[:, j] * gi[e, j])
            d_gi[e] += (d_a * a).sum((0, 2), dtype=total)
            d_a *= gi[e][:, None]
            d_a = d_a.view(segment.n, maps * rank)
            _add_product(d_ai[e].flatten(0, 1), d_a.T, x_rows)
            if d_x is not None:
                d_x.add_product(segment, d_a, ai[e].flatten(0, 1))
            if d_first is not None:
                if d_gate is None:
                    d_first.add(segment, d_up)
                else:
                    d_first.add(segment, torch.cat([d_gate, d_up], -1) if second is None else d_gate)
            if d_second is not None:
                d_second.add(segment, d_up)
        parameters = (d_w, d_ai, d_bi, d_gi, d_ao, d_bo, d_go)
        d_w, d_ai, d_bi, d_gi, d_ao, d_bo, d_go = (t.to(d) for t, d in zip(parameters, ctx.dtypes, strict=True))
        rows = tuple(None if s is None else s.total for s in (d_x, d_first, d_second))
        return None, rows[0], d_w, rows[1], rows[2], d_ai, d_bi, d_gi, d_ao, d_bo, d_go


def _halves(
    first: torch.Tensor, second: torch.Tensor | None, segment: Segment, width: int
) -> tuple[torch.Tensor | None, torch.Tensor]:
    """Return the frozen gate (None where there is none) and up of the segment's rows."""
    rows = _rows(first, segment)
    if second is not None:
        return rows, _rows(second, segment)
    return (None, rows) if rows.shape[1] == width else (rows[:, :width], rows[:, width:])


def _inward(
    gate0: torch.Tensor | None,
    up0: torch.Tensor,
    inner: torch.Tensor,
    b: torch.Tensor,
    gamma: torch.Tensor,
    out: tuple[torch.Tensor, torch.Tensor] | None,
) -> tuple[torch.Tensor | None, torch.Tensor]:
    """Return one expert's gate and up: the frozen ones plus its pairs' part."""
    maps, _, rank = b.shape
    scaled = (inner.view(-1, maps, rank) * gamma[:, None]).unbind(1)
    width = up0.shape[1]
    up = torch.addmm(up0, scaled[-1], b[-1, -width:].T, out=None if out is None else out[1])
    if gate0 is None:
        return None, up
    return torch.addmm(gate0, scaled[0], b[0, :width].T, out=None if out is None else out[0]), up


def _map_grads(
    d_gate: torch.Tensor | None, d_up: torch.Tensor, maps: int, width: int
) -> list[list[tuple[torch.Tensor, slice]]]:
    """Return, per inward map, the gradients of its output and the columns they stand in."""
    whole = slice(0, width)
    if d_gate is None:
        return [[(d_up, whole)]]
    if maps == 1:
        return [[(d_gate, whole), (d_up, slice(width, 2 * width))]]
    return [[(d_gate, whole)], [(d_up, whole)]]


def mix_segments(
    work: Work,
    x: torch.Tensor,
    weights: torch.Tensor,
    first: torch.Tensor,
    second: torch.Tensor | None,
    inward: Pairs,
    outward: Pairs,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return :class:`MixExperts`'s `mixed` and `low`."""
    mixed, low = MixExperts.apply(
        work, x, weights, first, second, inward.a, inward.b, inward.gamma, outward.a, outward.b, outward.gamma
    )
    return mixed, low
