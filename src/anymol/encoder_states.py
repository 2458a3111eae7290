"""What encoders hand to projectors: the states of molecules of any size, laid end to end."""

from __future__ import annotations

from typing import NamedTuple

import torch


class EncoderStates(NamedTuple):
    """States of all molecules of a batch, laid end to end.

    Attributes:
        states: Shape (N, d): molecule after molecule, no padding.
        counts: Shape (M,), int64: how many of the N states each molecule has.
    """

    states: torch.Tensor
    counts: torch.Tensor


def mark_real(counts: torch.Tensor, length: int) -> torch.Tensor:
    """Return a mask (M, length) that is True at the first `counts` places of each row."""
    return torch.arange(length, device=counts.device) < counts[:, None]


def pad_states(states: torch.Tensor, counts: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return flat states (N, d) as (M, V, d), V the largest count, and a mask (M, V) that is True at real states."""
    real = mark_real(counts, int(counts.max()))
    padded = states.new_zeros(*real.shape, states.shape[-1])
    return padded.masked_scatter(real[..., None], states), real
