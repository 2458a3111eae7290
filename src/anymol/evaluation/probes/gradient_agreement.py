"""Whether tasks pull shared weights the same way (Omni-Mol's gradient conflict)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import nn


@dataclass(frozen=True, eq=False)
class Agreement:
    """Cosines between the gradients of tasks.

    Attributes:
        tasks: Names, in the order of the matrix.
        cosine: Shape (T, T), fp64. Cosine of the gradients of each pair of tasks; 1 on the diagonal.
        norms: Shape (T,), fp64. Length of each gradient.
    """

    tasks: tuple[str, ...]
    cosine: torch.Tensor
    norms: torch.Tensor

    @property
    def mean(self) -> float:
        """Mean cosine over pairs of different tasks."""
        return float(self._pairs().mean())

    @property
    def conflicting(self) -> float:
        """Share of pairs of different tasks whose cosine is negative (Yu et al. 2020, "Gradient surgery")."""
        return float((self._pairs() < 0).double().mean())

    def _pairs(self) -> torch.Tensor:
        above = torch.ones_like(self.cosine, dtype=torch.bool).triu(diagonal=1)
        return self.cosine[above]


def measure_agreement(
    losses: Mapping[str, Callable[[], torch.Tensor]], parameters: Sequence[nn.Parameter]
) -> Agreement:
    """Return the cosines between the gradients of several tasks' losses.

    Args:
        losses: Task -> function that computes the task's scalar loss anew.
        parameters: Weights whose gradient is compared; those that a loss does not reach count as zero.

    Raises:
        ValueError: There are fewer than two tasks, or a task's gradient is zero throughout.
    """
    if len(losses) < 2:
        raise ValueError(f"agreement takes two tasks or more, not {len(losses)}")
    gradients = []
    for task, loss in losses.items():
        found = torch.autograd.grad(loss(), list(parameters), allow_unused=True)
        flat = torch.cat([
            (torch.zeros_like(weight) if part is None else part).flatten().double()
            for weight, part in zip(parameters, found, strict=True)
        ])  # fmt: skip
        if not flat.any():
            raise ValueError(f"the gradient of {task} is zero throughout")
        gradients.append(flat)
    norms = torch.stack([gradient.norm() for gradient in gradients])
    unit = torch.stack(gradients) / norms[:, None]
    return Agreement(tuple(losses), unit @ unit.mT, norms)
