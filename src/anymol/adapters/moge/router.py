"""The router of one MoGE block: which routed experts see a token, and with what weight every expert counts."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional


class Start(StrEnum):
    """How the experts' weights are normalised, which decides what a fresh block gives.

    With p_k the router's probabilities of the chosen experts and S shared experts, a fresh block gives the frozen
    block's output times the sum of the weights.
    """

    PUBLISHED = "published"
    """Every shared expert weighs 1 and every routed one p_k (Omni-Mol, section 3): a fresh block gives
    (S + sum p_k) times the frozen output."""
    PRESERVING = "preserving"
    """All of that divided by (S + sum p_k), always: a fresh block gives the frozen output."""


class Routing(NamedTuple):
    """What the router decided for N tokens.

    Attributes:
        probabilities: Of all routed experts, shape (N, X), at least fp32.
        chosen: Indexes of the routed experts, ascending in each row, shape (N, k), int64.
        weights: Of the chosen experts, then of the shared ones, shape (N, k + S), at least fp32.
    """

    probabilities: torch.Tensor
    chosen: torch.Tensor
    weights: torch.Tensor


class Router(nn.Module):
    """Softmax over a bias-free linear map, then the k most probable experts (Omni-Mol, section 3, after DeepSeekMoE).

    ``p = softmax(W x)``; the chosen experts weigh p_k (or, renormalised, p_k over their sum), a shared expert weighs 1.
    Everything is computed in fp32 at least, under autocast too: choices made in bf16 flip between passes.

    Args:
        width: H, the decoder's width.
        experts: X, the routed experts.
        top_k: k, the experts a token is routed to.
        shared: S, the experts that see every token.
        renormalise: Whether the chosen probabilities are divided by their sum.
        start: How the weights are normalised over shared and routed experts.
        dtype: Of the weight; at least fp32.
        device: Where the weight is made.
    """

    def __init__(
        self,
        width: int,
        experts: int,
        top_k: int,
        shared: int,
        *,
        renormalise: bool,
        start: Start,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__()
        self.experts = experts
        self.top_k = top_k
        self.shared = shared
        self.renormalise = renormalise
        self.start = start
        self.weight = nn.Parameter(
            torch.empty(experts, width, dtype=torch.promote_types(dtype, torch.float32), device=device)
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the weight as the published router does (that of a fresh ``nn.Linear``)."""
        nn.init.kaiming_uniform_(self.weight, a=math.sqrt(5))

    def forward(self, x: torch.Tensor) -> Routing:
        """Route tokens.

        Args:
            x: Shape (N, H), any floating dtype.
        """
        with torch.autocast(x.device.type, enabled=False):
            dtype = torch.promote_types(self.weight.dtype, torch.float32)
            probabilities = functional.linear(x.to(dtype), self.weight.to(dtype)).softmax(-1)
            chosen = probabilities.detach().topk(self.top_k, -1, sorted=False).indices.sort(-1).values
            weights = probabilities.gather(-1, chosen)
            if self.renormalise:
                weights = weights / weights.sum(-1, keepdim=True)
            if self.shared:
                weights = torch.cat([weights, weights.new_ones(len(weights), self.shared)], -1)
            match self.start:
                case Start.PRESERVING:
                    weights = weights / weights.sum(-1, keepdim=True)
                case Start.PUBLISHED:
                    pass
        return Routing(probabilities, chosen, weights)
