"""What the spectrum encoders share: Fourier features of a physical quantity, and a pre-normed transformer."""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional


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


class TransformerLayer(nn.Module):
    """Self-attention, then a feed-forward; both residual and pre-normed (Xiong et al. 2020).

    Args:
        width: Size d of a state.
        n_heads: Attention heads; must divide `width`.
        ffn_size: Width inside the feed-forward.
        dropout: Probability of dropping a feature before it is added.
    """

    def __init__(self, width: int, n_heads: int, ffn_size: int, dropout: float) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.attention_norm = nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.ffn_norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, ffn_size)
        self.down = nn.Linear(ffn_size, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, states: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
        """Return states (M, L, d); `seen` (M, L) is True at places that others may look at."""
        query, key, value = (
            part.unflatten(-1, (self.n_heads, -1)).transpose(1, 2)
            for part in self.query_key_value(self.attention_norm(states)).chunk(3, dim=-1)
        )
        attended = functional.scaled_dot_product_attention(query, key, value, attn_mask=seen[:, None, None])
        states = states + self.dropout(self.out(attended.transpose(1, 2).flatten(2)))
        updated: torch.Tensor = states + self.dropout(self.down(functional.gelu(self.up(self.ffn_norm(states)))))
        return updated


class TransformerStack(nn.Module):
    """Layers of a transformer with a norm at the end.

    Args:
        width: Size d of a state.
        n_layers: Layers.
        n_heads: Attention heads.
        ffn_size: Width inside the feed-forward.
        dropout: Probability of dropping a feature.
    """

    def __init__(self, width: int, n_layers: int, n_heads: int, ffn_size: int, dropout: float) -> None:
        super().__init__()
        self.layers = nn.ModuleList(TransformerLayer(width, n_heads, ffn_size, dropout) for _ in range(n_layers))
        self.norm = nn.LayerNorm(width)

    def forward(self, states: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
        """Return states (M, L, d); `seen` (M, L) is True at places that others may look at."""
        for layer in self.layers:
            states = layer(states, seen)
        normed: torch.Tensor = self.norm(states)
        return normed
