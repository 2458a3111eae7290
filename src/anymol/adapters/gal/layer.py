"""GAL at one linear map."""

from __future__ import annotations

import math
from collections.abc import Collection

import torch
from torch import nn
from torch.nn import functional

from anymol.adapters.adapter_layer import AdapterLayer
from anymol.adapters.gal.config import GalStart, Scalar


class GalLinear(AdapterLayer):
    """A low-rank pair with a learned scale beside one frozen linear map (Omni-Mol, section 3).

    ``y = W0 x + gamma B A x`` with ``gamma = alpha / r**p + beta``; A (r, in) and B (out, r) are those of LoRA, and the
    three scalars belong to this map alone. gamma multiplies the r-wide product, so that its gradient costs r
    multiplications per token and not out.

    Args:
        inputs: Width of the input.
        outputs: Width of the output.
        rank: r.
        alpha: Start of alpha.
        start: Start of p.
        beta: Start of beta.
        learns: Which scalars are parameters; the others are buffers.
        dropout: Probability before A in training mode.
        dtype: Of A and B; the scalars are fp32 at least.
        device: Where parameters are made; ``meta`` works.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        rank: int,
        *,
        alpha: float,
        start: GalStart,
        beta: float = 0.0,
        learns: Collection[Scalar] = frozenset(Scalar),
        dropout: float = 0.0,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__()
        self.rank = rank
        self.dropout = dropout
        self._start = {Scalar.ALPHA: alpha, Scalar.P: start.p, Scalar.BETA: beta}
        self.a = nn.Parameter(torch.empty(rank, inputs, dtype=dtype, device=device))
        self.b = nn.Parameter(torch.empty(outputs, rank, dtype=dtype, device=device))
        for scalar in Scalar:
            # One element rather than none: FSDP2 shards no parameter without a dimension.
            value = torch.empty(1, dtype=torch.promote_types(dtype, torch.float32), device=device)
            if scalar in learns:
                self.register_parameter(scalar.value, nn.Parameter(value))
            else:
                self.register_buffer(scalar.value, value)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw A as LoRA does (kaiming-uniform, a = sqrt 5); B is zero, so that a fresh pair changes nothing."""
        nn.init.kaiming_uniform_(self.a, a=math.sqrt(5))
        nn.init.zeros_(self.b)
        with torch.no_grad():
            for scalar, value in self._start.items():
                self.get_scalar(scalar).fill_(value)

    def get_scalar(self, scalar: Scalar) -> torch.Tensor:
        """Return alpha, p or beta, shape (1,)."""
        value: torch.Tensor = getattr(self, scalar.value)
        return value

    def gamma(self) -> torch.Tensor:
        """Return the scale, shape (), fp32 at least."""
        alpha, p, beta = map(self.get_scalar, (Scalar.ALPHA, Scalar.P, Scalar.BETA))
        return (alpha * torch.exp(p * -math.log(self.rank)) + beta).squeeze()

    def forward(self, base: nn.Module, x: torch.Tensor) -> torch.Tensor:
        """Return ``W0 x + gamma B A x``, shape (..., out).

        Args:
            base: The frozen linear map.
            x: Shape (..., in).
        """
        y: torch.Tensor = base(x)
        dropped = functional.dropout(x, self.dropout) if self.training and self.dropout else x
        low = functional.linear(dropped, self.a.to(x.dtype))
        low = low * self.gamma().to(low.dtype)
        # One product that adds into the frozen output: a sum of its own would pass over memory once more.
        flat = torch.addmm(y.flatten(0, -2), low.flatten(0, -2).to(y.dtype), self.b.to(y.dtype).T)
        return flat.view_as(y)

    def low_rank(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return A (r, in) and ``gamma B`` (out, r): an ordinary LoRA of scale 1."""
        return self.a, self.gamma().to(self.b.dtype) * self.b

    def weight_delta(self) -> torch.Tensor:
        """Return ``gamma B A``, shape (out, in)."""
        return self.gamma().to(self.b.dtype) * (self.b @ self.a)
