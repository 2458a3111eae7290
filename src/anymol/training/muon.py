"""Muon, with all matrices of one shape orthogonalised together.

``torch.optim.Muon`` takes one matrix after another; for a decoder of a few layers that leaves a CPU with products too
small to be worth their overhead. The rule is the same, so is the form of its state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import torch
from torch import Tensor

from anymol.training.sharding import make_whole, shard_like

_COEFFICIENTS: Final = (3.4445, -4.7750, 2.0315)
_STEPS: Final = 5
_EPSILON: Final = 1e-7


class BatchedMuon(torch.optim.Optimizer):
    """Momentum, orthogonalised (Jordan et al. 2024, "Muon: an optimizer for hidden layers").

    With gradient G, momentum mu, decay w and rate lr, and a scale that carries over AdamW's rates (Liu et al. 2025,
    "Muon is scalable for LLM training", equation 4):

        B <- mu B + (1 - mu) G
        O <- NewtonSchulz5((1 - mu) G + mu B)
        W <- (1 - lr w) W - lr 0.2 sqrt(max(m, n)) O

    Args:
        params: Matrices, or groups of them; each group may hold its own ``lr`` and ``weight_decay``.
        lr: Learning rate.
        momentum: mu.
        weight_decay: w.
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]],
        lr: float = 1e-3,
        momentum: float = 0.95,
        weight_decay: float = 0.1,
    ) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.ndim != 2:
                    raise ValueError(f"Muon updates matrices, and one parameter has shape {tuple(parameter.shape)}")

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Update every matrix that has a gradient."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            by_shape: dict[torch.Size, list[Tensor]] = {}
            for parameter in group["params"]:
                if parameter.grad is not None:
                    by_shape.setdefault(parameter.shape, []).append(parameter)
            for matrices in by_shape.values():
                self._update(matrices, group["lr"], group["momentum"], group["weight_decay"])
        return loss

    def _update(self, matrices: list[Tensor], lr: float, momentum: float, weight_decay: float) -> None:
        buffers = []
        for matrix in matrices:
            state = self.state[matrix]
            if "momentum_buffer" not in state:
                state["momentum_buffer"] = torch.zeros_like(matrix)
            buffers.append(state["momentum_buffer"])
        gradients = [matrix.grad for matrix in matrices if matrix.grad is not None]
        torch._foreach_lerp_(buffers, gradients, 1 - momentum)
        ahead = torch._foreach_lerp(gradients, buffers, momentum)
        # Orthogonal is a property of the whole matrix: of shards, each process makes the whole and keeps its part.
        whole = orthogonalise(torch.stack([make_whole(one) for one in ahead])).to(matrices[0].dtype)
        orthogonal = [shard_like(one, matrix) for one, matrix in zip(whole, matrices, strict=True)]
        torch._foreach_mul_(matrices, 1 - lr * weight_decay)
        scale = 0.2 * max(matrices[0].shape) ** 0.5
        torch._foreach_add_(matrices, orthogonal, alpha=-lr * scale)


def orthogonalise(matrices: Tensor) -> Tensor:
    """Bring the singular values of matrices near 1 (five quintic Newton-Schulz iterations, in bf16).

    Args:
        matrices: Shape (n, rows, columns).

    Returns:
        The same shape, bf16; singular values between about 0.7 and 1.2.
    """
    a, b, c = _COEFFICIENTS
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.bfloat16()
    if tall:
        x = x.mT.contiguous()
    x = x / x.norm(dim=(1, 2), keepdim=True).clamp(min=_EPSILON)
    for _ in range(_STEPS):
        gram = x @ x.mT
        polynomial = torch.baddbmm(gram, gram, gram, beta=b, alpha=c)
        x = torch.baddbmm(x, polynomial, x, beta=a)
    return x.mT if tall else x
