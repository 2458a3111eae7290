"""The loss that keeps routed experts equally busy, and the way its gradient joins the model's."""

from __future__ import annotations

from typing import Any

import torch


def balance_loss(probabilities: torch.Tensor, chosen: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
    """Return ``X sum_i f_i P_i`` over real tokens: 1 where all experts are equally busy, up to X where one does all.

    f_i is the share of the choices that fell on expert i (the shares sum to 1) and P_i the mean probability of expert i
    (Omni-Mol, section 3; Switch Transformer, equation 4). Padding, which the published code counts, is left out.

    Args:
        probabilities: Shape (N, X).
        chosen: Shape (N, k), int64.
        mask: True at real tokens, shape (N,); None where all are.

    Returns:
        A scalar in the dtype of `probabilities`; 0 where no token is real. Its gradient flows through P_i alone.
    """
    experts = probabilities.shape[-1]
    busy, mean = routed_shares(probabilities, chosen, mask)
    return experts * (busy * mean).sum()


def routed_shares(
    probabilities: torch.Tensor, chosen: torch.Tensor, mask: torch.Tensor | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return f and P of :func:`balance_loss`, each of shape (X,)."""
    real = probabilities.new_ones(len(probabilities)) if mask is None else mask.to(probabilities.dtype)
    n_real = real.sum().clamp(min=1)
    # A product with the one-hot choices rather than a count: no host sync, static shapes, deterministic.
    hot = probabilities.new_zeros(probabilities.shape).scatter_(-1, chosen, 1.0)
    return real @ hot / (n_real * chosen.shape[-1]), real @ probabilities / n_real


class AttachLoss(torch.autograd.Function):
    """Hands a tensor through and adds a loss to whatever is differentiated: d(total) gains ``scale * d(loss)``.

    The form of Megatron-LM's auxiliary loss: the trainer's own loss need not know of it, so it works under any loop,
    under gradient checkpointing and under compilation.
    """

    @staticmethod
    def forward(ctx: Any, output: torch.Tensor, loss: torch.Tensor, scale: float) -> torch.Tensor:
        """Return `output` as it is."""
        ctx.scale = scale
        ctx.like = (loss.dtype, loss.device)
        return output.view_as(output)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """Return the output's gradient as it is, and `scale` for the loss."""
        dtype, device = ctx.like
        return grads[0], torch.full((), ctx.scale, dtype=dtype, device=device), None
