"""The conformer encoder: Uni-Mol's transformer, whose attention is biased by distances, in plain torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import nn
from torch.nn import functional

from anymol.encoder_states import EncoderStates, mark_real
from anymol.encoders.encoder import Batch, ExtraParameters, Features, count_rows, pad_features

if TYPE_CHECKING:
    from anymol.modalities.conformer import Conformer

PAD, CLS, SEP, UNKNOWN = 0, 1, 2, 3
ELEMENTS = (6, 7, 8, 16, 1, 17, 9, 35, 53, 14, 15, 5, 11, 19, 13, 20, 50, 33, 80, 26, 30, 24, 34, 64, 79, 3)
"""Atomic numbers of the types from 4 on, in the order of the published dictionary."""
N_ATOM_TYPES = 4 + len(ELEMENTS) + 1
"""The last is the mask of pre-training."""
N_KERNELS = 128

_TYPE_OF = np.full(256, UNKNOWN, dtype=np.int64)
_TYPE_OF[list(ELEMENTS)] = 4 + np.arange(len(ELEMENTS))


class ConformerEncoderConfig(BaseModel):
    """Choices of the conformer encoder; the defaults are those of Uni-Mol's published weights.

    Attributes:
        kind: Tag of this config among encoder configs.
        width: Size d of an atom's state.
        n_layers: Layers of the transformer.
        n_heads: Attention heads, which is the width of the pair representation; must divide `width`.
        ffn_size: Width inside the feed-forward; None takes four times `width`.
        hydrogens: Whether hydrogens are read. Without them a molecule of nothing else keeps its hydrogens.
        dropout: Probability of dropping a feature or an attention weight.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["uni_mol"] = "uni_mol"
    width: int = Field(default=512, ge=1)
    n_layers: int = Field(default=15, ge=1)
    n_heads: int = Field(default=64, ge=1)
    ffn_size: int | None = Field(default=None, ge=1)
    hydrogens: bool = False
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)

    @model_validator(mode="after")
    def _check_heads(self) -> ConformerEncoderConfig:
        if self.width % self.n_heads:
            raise ValueError(f"n_heads {self.n_heads} does not divide width {self.width}")
        return self

    def read(self, record: Conformer) -> dict[str, NDArray[Any]]:
        """Return what the encoder reads of a conformer.

        Args:
            record: The conformer.

        Returns:
            ``types`` (V,), int64, and ``coordinates`` (V, 3), float32, angstrom, their mean at the origin.
        """
        numbers, coordinates = np.asarray(record.atomic_numbers), np.asarray(record.coordinates, np.float64)
        heavy = numbers != 1
        if not self.hydrogens and heavy.any():
            numbers, coordinates = numbers[heavy], coordinates[heavy]
        centred = coordinates - coordinates.mean(axis=0)
        return {"types": _TYPE_OF[numbers], "coordinates": centred.astype(np.float32)}

    def count_states(self, features: Features) -> int:
        """Return the number of states: one per atom that is read."""
        return len(features["types"])


class PairKernels(ExtraParameters):
    """Gaussians of distances, scaled and shifted by the pair of atom types (Zhou et al. 2023, section 2.1).

    ``g_k = N(a_t x + b_t; mu_k, |sigma_k|)`` for a distance x between atoms whose types make the pair t.
    """

    def __init__(self) -> None:
        super().__init__()
        self.means = nn.Parameter(torch.empty(N_KERNELS))
        self.stds = nn.Parameter(torch.empty(N_KERNELS))
        self.scale = nn.Parameter(torch.empty(N_ATOM_TYPES**2))
        self.shift = nn.Parameter(torch.empty(N_ATOM_TYPES**2))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Spread the Gaussians over 0 to 3; widths stay away from 0, where a Gaussian is a spike."""
        nn.init.uniform_(self.means, 0, 3)
        nn.init.uniform_(self.stds, 0.1, 3)
        nn.init.ones_(self.scale)
        nn.init.zeros_(self.shift)

    def forward(self, distances: torch.Tensor, pairs: torch.Tensor) -> torch.Tensor:
        """Return Gaussians (..., K), float32, of `distances` (...), angstrom, between atoms of `pairs` (...), int64."""
        scaled = functional.embedding(pairs, self.scale.float()[:, None])[..., 0] * distances
        scaled = scaled + functional.embedding(pairs, self.shift.float()[:, None])[..., 0]
        stds = self.stds.float().abs() + 1e-5
        exponents = -0.5 * ((scaled[..., None] - self.means.float()) / stds) ** 2
        # 3.14159, not pi: that is what the published weights were trained with.
        gaussians: torch.Tensor = exponents.exp() / ((2 * 3.14159) ** 0.5 * stds)
        return gaussians


class PairBiasLayer(nn.Module):
    """A pre-normed transformer layer whose attention logits carry on as the pair representation.

    ``q_l = Q K^T / sqrt(d_head) + q_(l-1)``, and attention is the softmax of ``q_l`` (equations 1 and 2).

    Args:
        width: Size d of a state.
        n_heads: Attention heads.
        ffn_size: Width inside the feed-forward.
        dropout: Probability of dropping a feature or an attention weight.
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

    def forward(self, states: torch.Tensor, pairs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return states (M, V, d) and pair representation (M, heads, V, V), -inf at keys that are padding."""
        query, key, value = (
            part.unflatten(-1, (self.n_heads, -1)).transpose(1, 2)
            for part in self.query_key_value(self.attention_norm(states)).chunk(3, dim=-1)
        )
        pairs = (query * query.shape[-1] ** -0.5) @ key.transpose(-1, -2) + pairs
        attended = self.dropout(pairs.softmax(dim=-1)).to(value.dtype) @ value
        states = states + self.dropout(self.out(attended.transpose(1, 2).flatten(2)))
        states = states + self.dropout(self.down(functional.gelu(self.up(self.ffn_norm(states)))))
        return states, pairs


class Attended(NamedTuple):
    """What the layers make of a batch, the tokens of beginning and end included.

    Attributes:
        states: Shape (M, V + 2, d), before the last norm.
        first: Shape (M, heads, V + 2, V + 2): the pair representation that enters; -inf at keys that are padding.
        last: The same after all layers.
    """

    states: torch.Tensor
    first: torch.Tensor
    last: torch.Tensor


class ConformerEncoder(nn.Module):
    """Uni-Mol: one state per atom, the same however the molecule is turned or moved.

    Only distances enter. As published, a token before and one after the atoms stand at the molecule's centre; their
    states are dropped.

    Args:
        config: Sizes and choices.
    """

    def __init__(self, config: ConformerEncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.width = width = config.width
        self.atom_embedding = nn.Embedding(N_ATOM_TYPES, width)
        self.kernels = PairKernels()
        self.pair_input = nn.Sequential(
            nn.Linear(N_KERNELS, N_KERNELS), nn.GELU(), nn.Linear(N_KERNELS, config.n_heads)
        )
        self.input_norm = nn.LayerNorm(width)
        ffn_size = config.ffn_size or 4 * width
        self.layers = nn.ModuleList(
            PairBiasLayer(width, config.n_heads, ffn_size, config.dropout) for _ in range(config.n_layers)
        )
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(config.dropout)

    def make_dummy(self) -> dict[str, torch.Tensor]:
        """Return a batch of one carbon atom."""
        return collate_conformers([{"types": np.array([4]), "coordinates": np.zeros((1, 3), np.float32)}])

    def forward(self, batch: Batch) -> EncoderStates:
        """Return one state per atom.

        Args:
            batch: What :func:`collate_conformers` gives.

        Returns:
            States (N, d) in the order of the atoms, and the number of atoms of each molecule.
        """
        counts = batch["n_atoms"]
        atoms = mark_real(counts, batch["types"].shape[1] - 2)
        return EncoderStates(self.norm(self.attend(batch).states)[:, 1:-1][atoms], counts)

    def attend(self, batch: Batch) -> Attended:
        """Return states and pair representation, which pre-training reads.

        Args:
            batch: What :func:`collate_conformers` gives.
        """
        types, counts = batch["types"], batch["n_atoms"]
        present = mark_real(counts + 2, types.shape[1])  # (M, V + 2)
        coordinates = batch["coordinates"]
        distances = torch.cdist(coordinates, coordinates, compute_mode="donot_use_mm_for_euclid_dist")
        gaussians = self.kernels(distances, types[:, :, None] * N_ATOM_TYPES + types[:, None, :])
        dtype = self.atom_embedding.weight.dtype
        pairs = self.pair_input(gaussians.to(dtype)).permute(0, 3, 1, 2)  # (M, heads, V + 2, V + 2)
        first = pairs = pairs.masked_fill(~present[:, None, None], -torch.inf)
        states = self.dropout(self.input_norm(self.atom_embedding(types)))
        for layer in self.layers:
            states, pairs = layer(states, pairs)
        return Attended(states, first, pairs)


def collate_conformers(features: Sequence[Features]) -> dict[str, torch.Tensor]:
    """Return the batch of M conformers.

    Args:
        features: What :meth:`ConformerEncoderConfig.read` gives for each; at least one.

    Returns:
        ``types`` (M, V + 2), int64, between the tokens of beginning and end; ``coordinates`` (M, V + 2, 3), float32,
        those tokens at the origin; ``n_atoms`` (M,), int64.
    """
    edge = np.zeros((1, 3), np.float32)
    types = [np.concatenate([[CLS], one["types"], [SEP]]) for one in features]
    coordinates = [np.concatenate([edge, one["coordinates"], edge]) for one in features]
    return {
        "types": pad_features(types, PAD),
        "coordinates": pad_features(coordinates),
        "n_atoms": count_rows([one["types"] for one in features]),
    }
