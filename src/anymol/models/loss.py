"""The loss of a causal language model."""

from __future__ import annotations

import torch
from torch.nn import functional

IGNORED = -100
"""Label of a token without loss."""


def compute_loss(
    logits: torch.Tensor, labels: torch.Tensor, num_items_in_batch: int | torch.Tensor | None = None
) -> torch.Tensor:
    """Return the cross-entropy of predicting each label from the place before it, in fp32.

    Args:
        logits: Shape (B, L, vocabulary).
        labels: Shape (B, L); -100 has no loss.
        num_items_in_batch: Divide the sum by this instead of by the number of labels here.
    """
    shifted = functional.pad(labels, (0, 1), value=IGNORED)[:, 1:]
    flat, targets = logits.flatten(0, 1).float(), shifted.flatten()
    if num_items_in_batch is None:
        return functional.cross_entropy(flat, targets, ignore_index=IGNORED)
    return functional.cross_entropy(flat, targets, ignore_index=IGNORED, reduction="sum") / num_items_in_batch
