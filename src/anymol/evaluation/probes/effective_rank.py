"""Effective rank: how many directions a matrix really uses."""

from __future__ import annotations

import torch


def effective_rank(matrix: torch.Tensor) -> float:
    """Return the effective rank of a matrix (Roy and Vetterli 2007, "The effective rank").

    ``erank = exp(-sum_i p_i ln p_i)`` with ``p_i = s_i / sum_j s_j`` of the singular values s: the number of equal
    singular values that would have the same entropy.

    Args:
        matrix: Shape (out, in).

    Returns:
        A figure from 1 to min(out, in); 0 for a matrix of zeros.

    Raises:
        ValueError: The matrix has not two dimensions or holds values that are not finite.
    """
    if matrix.ndim != 2:
        raise ValueError(f"a matrix has two dimensions, not {matrix.ndim}")
    if not torch.isfinite(matrix).all():
        raise ValueError("the matrix holds values that are not finite")
    return _erank(torch.linalg.svdvals(matrix.detach().double()))


def effective_rank_of_product(b: torch.Tensor, a: torch.Tensor) -> float:
    """Return the effective rank of ``B A`` without forming it.

    Args:
        b: Shape (out, r).
        a: Shape (r, in).
    """
    # The singular values of B A are those of the small R_b R_a^T of two thin QR decompositions.
    _, upper_b = torch.linalg.qr(b.detach().double())
    _, upper_a = torch.linalg.qr(a.detach().double().mT)
    return effective_rank(upper_b @ upper_a.mT)


def _erank(singular: torch.Tensor) -> float:
    total = float(singular.sum())
    if total == 0.0:
        return 0.0
    shares = singular / total
    return float(torch.exp(-torch.special.xlogy(shares, shares).sum()))
