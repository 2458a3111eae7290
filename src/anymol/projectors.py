"""Projectors: encoder states of width d become molecule tokens of the decoder's width H."""

from __future__ import annotations

from typing import Annotated, Literal, assert_never

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import nn

from anymol.encoder_states import EncoderStates, pad_states


class _ProjectorConfig(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    def count_tokens(self, n_states: int) -> int:
        """Return how many tokens a molecule of so many states becomes: one per state."""
        return n_states


class LinearProjectorConfig(_ProjectorConfig):
    """One linear map per state (Omni-Mol, LLaVA-1)."""

    kind: Literal["linear"] = "linear"


class MlpProjectorConfig(_ProjectorConfig):
    """Linear, GELU, linear per state (ChemDFM-X, LLaVA-1.5).

    Attributes:
        kind: Tag of this config.
        hidden: Width between the two maps; None takes the decoder's.
    """

    kind: Literal["mlp"] = "mlp"
    hidden: int | None = Field(default=None, ge=1)


class ResamplerProjectorConfig(_ProjectorConfig):
    """K learned queries attend to the states of one molecule (Flamingo's Perceiver resampler, one layer per block).

    Attributes:
        kind: Tag of this config.
        n_tokens: K, the tokens that each molecule becomes.
        n_heads: Attention heads; must divide the decoder's width.
        n_layers: Blocks of cross-attention and feed-forward.
    """

    kind: Literal["resampler"] = "resampler"
    n_tokens: int = Field(default=8, ge=1)
    n_heads: int = Field(default=4, ge=1)
    n_layers: int = Field(default=1, ge=1)

    def count_tokens(self, n_states: int) -> int:
        """Return K, however many states there are."""
        return self.n_tokens


ProjectorConfig = Annotated[
    LinearProjectorConfig | MlpProjectorConfig | ResamplerProjectorConfig, Field(discriminator="kind")
]


class LinearProjector(nn.Module):
    """``t = W s + b``, state by state.

    Args:
        config: Has no choices.
        width_in: Width d of a state.
        width_out: Width H of a token.
    """

    def __init__(self, config: LinearProjectorConfig, width_in: int, width_out: int) -> None:
        super().__init__()
        self.config = config
        self.linear = nn.Linear(width_in, width_out)

    def forward(self, encoded: EncoderStates) -> EncoderStates:
        """Return tokens (N, H) and the unchanged counts (M,)."""
        return EncoderStates(self.linear(encoded.states), encoded.counts)


class MlpProjector(nn.Module):
    """``t = W2 gelu(W1 s + b1) + b2``, state by state.

    Args:
        config: Width between the maps.
        width_in: Width d of a state.
        width_out: Width H of a token.
    """

    def __init__(self, config: MlpProjectorConfig, width_in: int, width_out: int) -> None:
        super().__init__()
        self.config = config
        hidden = config.hidden or width_out
        self.mlp = nn.Sequential(nn.Linear(width_in, hidden), nn.GELU(), nn.Linear(hidden, width_out))

    def forward(self, encoded: EncoderStates) -> EncoderStates:
        """Return tokens (N, H) and the unchanged counts (M,)."""
        return EncoderStates(self.mlp(encoded.states), encoded.counts)


class _ResamplerBlock(nn.Module):
    """Queries attend to states, then a feed-forward; both residual and pre-normed."""

    def __init__(self, width: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.query_norm = nn.LayerNorm(width)
        self.state_norm = nn.LayerNorm(width)
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)
        self.mlp = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )

    def forward(self, queries: torch.Tensor, states: torch.Tensor, real: torch.Tensor) -> torch.Tensor:
        """Return queries (M, K, H) after looking at states (M, V, H) where `real` (M, V) holds."""
        query = self.query(self.query_norm(queries)).unflatten(-1, (self.n_heads, -1)).transpose(1, 2)
        key, value = (
            part.unflatten(-1, (self.n_heads, -1)).transpose(1, 2)
            for part in self.key_value(self.state_norm(states)).chunk(2, dim=-1)
        )
        seen = nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=real[:, None, None])
        queries = queries + self.out(seen.transpose(1, 2).flatten(2))
        updated: torch.Tensor = queries + self.mlp(queries)
        return updated


class ResamplerProjector(nn.Module):
    """K tokens per molecule, however many states it has.

    Args:
        config: Number of tokens, heads and blocks.
        width_in: Width d of a state.
        width_out: Width H of a token.

    Raises:
        ValueError: The heads do not divide the width.
    """

    def __init__(self, config: ResamplerProjectorConfig, width_in: int, width_out: int) -> None:
        super().__init__()
        if width_out % config.n_heads:
            raise ValueError(f"n_heads {config.n_heads} does not divide the decoder's width {width_out}")
        self.config = config
        self.queries = nn.Parameter(torch.randn(config.n_tokens, width_out) * 0.02)
        self.input = nn.Linear(width_in, width_out)
        self.blocks = nn.ModuleList(_ResamplerBlock(width_out, config.n_heads) for _ in range(config.n_layers))

    def forward(self, encoded: EncoderStates) -> EncoderStates:
        """Return tokens (M * K, H) and the counts (M,), all K."""
        states, counts = encoded
        padded, real = pad_states(self.input(states), counts)
        queries = self.queries.to(padded.dtype).expand(len(counts), -1, -1)
        for block in self.blocks:
            queries = block(queries, padded, real)
        return EncoderStates(queries.flatten(0, 1), torch.full_like(counts, self.config.n_tokens))


Projector = LinearProjector | MlpProjector | ResamplerProjector


def build_projector(config: ProjectorConfig, width_in: int, width_out: int) -> Projector:
    """Return the projector that `config` describes.

    Args:
        config: One of the projector configs.
        width_in: Width d of the encoder's states.
        width_out: Width H of the decoder.
    """
    match config:
        case LinearProjectorConfig():
            return LinearProjector(config, width_in, width_out)
        case MlpProjectorConfig():
            return MlpProjector(config, width_in, width_out)
        case ResamplerProjectorConfig():
            return ResamplerProjector(config, width_in, width_out)
        case _:
            assert_never(config)
