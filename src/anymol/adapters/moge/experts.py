"""The experts of one MoGE block: the frozen block's clones, each kept as low-rank pairs with a learned scale (GAL)."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass

import torch
from torch import nn

from anymol.adapters.gal.config import GalStart, Scalar


class ExpertPairs(nn.Module):
    """The GAL pairs of all experts at the linear maps of one side of the block.

    At expert e and map m, ``y = W0 x + gamma B A x`` with ``gamma = alpha / r**p + beta`` (Omni-Mol, section 3); one
    triple of scalars per expert and map. Routed experts stand first, shared ones after them. All experts are one
    tensor, so that an expert without a token gets a zero gradient rather than none, and no rank waits for it.

    Args:
        experts: E, routed and shared.
        maps: P, the linear maps that share the input: gate and up, or one.
        inputs: Width of the input.
        outputs: Width of each map's output.
        rank: r.
        alpha: Start of alpha.
        scale: Start of p.
        beta: Start of beta.
        learns: Which scalars are parameters; the others are buffers.
        dtype: Of A and B; the scalars are fp32 at least.
        device: Where parameters are made; ``meta`` works.
    """

    def __init__(
        self,
        experts: int,
        maps: int,
        inputs: int,
        outputs: int,
        rank: int,
        *,
        alpha: float,
        scale: GalStart,
        beta: float = 0.0,
        learns: Collection[Scalar] = frozenset(Scalar),
        dtype: torch.dtype = torch.float32,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__()
        self.rank = rank
        self._start = {Scalar.ALPHA: alpha, Scalar.P: scale.p, Scalar.BETA: beta}
        self.a = nn.Parameter(torch.empty(experts, maps, rank, inputs, dtype=dtype, device=device))
        self.b = nn.Parameter(torch.empty(experts, maps, outputs, rank, dtype=dtype, device=device))
        for scalar in Scalar:
            value = torch.empty(experts, maps, dtype=torch.promote_types(dtype, torch.float32), device=device)
            if scalar in learns:
                self.register_parameter(scalar.value, nn.Parameter(value))
            else:
                self.register_buffer(scalar.value, value)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw A as LoRA does, kaiming-uniform(a = sqrt 5) per expert; B is zero, so a fresh pair changes nothing."""
        # Of a stacked tensor torch would take r times the width for the fan; this is its bound for each (r, in).
        bound = 1 / math.sqrt(self.a.shape[-1])
        nn.init.uniform_(self.a, -bound, bound)
        nn.init.zeros_(self.b)
        with torch.no_grad():
            for scalar, value in self._start.items():
                self.get_scalar(scalar).fill_(value)

    def get_scalar(self, scalar: Scalar) -> torch.Tensor:
        """Return alpha, p or beta, shape (E, P)."""
        value: torch.Tensor = getattr(self, scalar.value)
        return value

    def gamma(self) -> torch.Tensor:
        """Return the learned scales, shape (E, P), fp32 at least."""
        alpha, p, beta = map(self.get_scalar, (Scalar.ALPHA, Scalar.P, Scalar.BETA))
        return alpha * torch.exp(p * -math.log(self.rank)) + beta


@dataclass(frozen=True)
class Pairs:
    """What the mathematics needs of one side's pairs.

    Attributes:
        a: Shape (E, P, r, in), in the dtype of the computation or the adapter's.
        b: Shape (E, P, out, r).
        gamma: Shape (E, P), fp32 at least.
    """

    a: torch.Tensor
    b: torch.Tensor
    gamma: torch.Tensor


Activation = Callable[[torch.Tensor], torch.Tensor]
