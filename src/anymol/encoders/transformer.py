"""What the spectrum encoders share: Fourier features of a physical quantity, and a pre-normed transformer."""

from __future__ import annotations

import math

import torch
from torch import nn


def expand_fourier(values: torch.Tensor, shortest: float, longest: float, n_waves: int) -> torch.Tensor:
    """Return sines and cosines of a quantity at wavelengths from `shortest` to `longest`, evenly spaced in logarithm.

    Phases are taken in float64: a mass of 1,000 Da read at a wavelength of 0.002 Da has half a million cycles, which
    leaves no digits of the phase in float32.

    Args:
        values: Any shape; float64 where its decimals count.
        shortest: Shortest wavelength, in the unit of `values`.
        longest: Longest wavelength, in the unit of `values`.
        n_waves: Number of wavelengths.

    Returns:
        Shape (..., 2 * n_waves), float32: all sines, then all cosines.
    """
    exponents = torch.linspace(math.log(shortest), math.log(longest), n_waves, dtype=torch.float64)
    lengths = exponents.exp().to(values.device)
    phases = (torch.remainder(values.double()[..., None] / lengths, 1.0) * (2 * math.pi)).float()
    return torch.cat([phases.sin(), phases.cos()], dim=-1)


class TransformerStack(nn.Module):
    """Pre-normed layers of a transformer (Xiong et al. 2020) with a norm at the end.

    Each layer is drawn by itself; :class:`torch.nn.TransformerEncoder` would start all of them alike.

    Args:
        width: Size d of a state.
        n_layers: Layers.
        n_heads: Attention heads.
        ffn_size: Width inside the feed-forward.
        dropout: Probability of dropping a feature or an attention weight.
    """

    def __init__(self, width: int, n_layers: int, n_heads: int, ffn_size: int, dropout: float) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                width, n_heads, ffn_size, dropout, activation="gelu", batch_first=True, norm_first=True
            )
            for _ in range(n_layers)
        )
        self.norm = nn.LayerNorm(width)

    def forward(self, states: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
        """Return states (M, L, d); `seen` (M, L) is True at places that others may look at."""
        for layer in self.layers:
            states = layer(states, src_key_padding_mask=~seen)
        normed: torch.Tensor = self.norm(states)
        return normed
