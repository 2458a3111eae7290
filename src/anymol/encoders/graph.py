"""The graph encoder: the GIN of pretrain-gnns, MoleculeSTM and Mole-BERT in plain torch, one state per atom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import nn
from torch.nn import functional

from anymol.encoder_states import EncoderStates
from anymol.encoders.encoder import Batch, Features, count_rows

if TYPE_CHECKING:
    from anymol.modalities.graph import MolecularGraph

N_ATOM_TYPES = 120
N_CHIRALITY_TAGS = 3
N_BOND_TYPES = 6
N_BOND_DIRECTIONS = 3
SELF_LOOP = 4
"""Bond type of the loop from an atom to itself; 5 is the mask type of pre-training, never met here."""


class GraphEncoderConfig(BaseModel):
    """Choices of the graph encoder; the defaults are those of the published weights.

    Attributes:
        kind: Tag of this config among encoder configs.
        n_layers: Rounds of message passing.
        width: Size d of an atom's state.
        dropout: Probability of dropping a feature after each layer.
        jk: Which layers make the state: the ``last`` one, or the ``sum`` of all, the embeddings included.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["gin"] = "gin"
    n_layers: int = Field(default=5, ge=1)
    width: int = Field(default=300, ge=1)
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)
    jk: Literal["last", "sum"] = "last"

    def read(self, record: MolecularGraph) -> dict[str, NDArray[Any]]:
        """Return what the encoder reads of a graph.

        Args:
            record: The graph.

        Returns:
            ``atoms`` (V, 2), uint8; ``bonds`` (E, 2), int32, source first; ``bond_features`` (E, 2), uint8.
        """
        return {"atoms": record.atoms, "bonds": record.bonds.T, "bond_features": record.bond_features}

    def count_states(self, features: Features) -> int:
        """Return the number of states: one per atom."""
        return len(features["atoms"])


class AtomNorm(nn.BatchNorm1d):
    """Batch norm over the atoms of a batch; a batch of one atom is normed by the running statistics."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Return `input` of shape (N, d), normed per feature."""
        if self.training and input.shape[0] == 1:
            return functional.batch_norm(
                input, self.running_mean, self.running_var, self.weight, self.bias, training=False, eps=self.eps
            )
        return super().forward(input)


class GinLayer(nn.Module):
    """One round of message passing (Xu et al. 2019, equation 4.1, with bond features as in Hu et al. 2020).

    ``h_v <- MLP( sum over u in N(v) and v itself of (h_u + e_uv) )``, where ``e_uv`` is the embedding of the bond's
    type plus that of its direction, and the loop from v to v has a bond type of its own.

    Args:
        width: Size d of a state.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width))
        self.bond_embedding = nn.Embedding(N_BOND_TYPES, width)
        self.direction_embedding = nn.Embedding(N_BOND_DIRECTIONS, width)

    def forward(self, states: torch.Tensor, bonds: torch.Tensor, bond_features: torch.Tensor) -> torch.Tensor:
        """Return new states of shape (N, d).

        Args:
            states: Shape (N, d).
            bonds: Shape (2, E), int64, source row first.
            bond_features: Shape (E, 2), int64: type and direction.
        """
        bond = self.bond_embedding.weight.to(states.dtype)
        direction = self.direction_embedding.weight.to(states.dtype)
        # The E bonds share 18 embeddings: adding the two tables first is cheaper than gathering twice.
        table = (bond[:, None] + direction[None]).flatten(0, 1)
        # Rows are gathered by embedding(): the backward pass of plain indexing adds floats in any order, on several
        # threads too, and a resumed run would drift from the one that was stopped.
        edge = functional.embedding(bond_features[:, 0] * N_BOND_DIRECTIONS + bond_features[:, 1], table)  # (E, d)
        messages = functional.embedding(bonds[0], states) + edge  # (E, d)
        loops = states + bond[SELF_LOOP] + direction[0]  # (N, d)
        summed = loops.index_add(0, bonds[1], messages)  # (N, d)
        updated: torch.Tensor = self.mlp(summed)
        return updated


class GraphEncoder(nn.Module):
    """Graph isomorphism network with one state per atom.

    Embeds each atom by type and chirality, then passes messages `n_layers` times; each layer is followed by batch
    norm, ReLU (but for the last) and dropout.

    Args:
        config: Sizes and choices.
    """

    def __init__(self, config: GraphEncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.width = config.width
        self.atom_embedding = nn.Embedding(N_ATOM_TYPES, config.width)
        self.chirality_embedding = nn.Embedding(N_CHIRALITY_TAGS, config.width)
        self.layers = nn.ModuleList(GinLayer(config.width) for _ in range(config.n_layers))
        self.norms = nn.ModuleList(AtomNorm(config.width) for _ in range(config.n_layers))
        self.dropout = nn.Dropout(config.dropout)
        for module in self.modules():
            if isinstance(module, nn.Embedding):
                nn.init.xavier_uniform_(module.weight)

    def make_dummy(self) -> dict[str, torch.Tensor]:
        """Return a batch of one carbon atom: one alone leaves the running statistics alone (:class:`AtomNorm`)."""
        none = np.zeros((0, 2), np.uint8)
        return collate_graphs([{"atoms": np.array([[5, 0]], np.uint8), "bonds": none, "bond_features": none}])

    def forward(self, batch: Batch) -> EncoderStates:
        """Return one state per atom.

        Args:
            batch: What :func:`collate_graphs` gives.

        Returns:
            States of shape (N, d) in the order of the atoms, and the number of atoms of each molecule.
        """
        atoms, bonds, bond_features = batch["atoms"], batch["bonds"], batch["bond_features"]
        # The published table has no row for chirality "other" (3): it reads as unspecified.
        chirality = torch.where(atoms[:, 1] < N_CHIRALITY_TAGS, atoms[:, 1], 0)
        states = self.atom_embedding(atoms[:, 0]) + self.chirality_embedding(chirality)  # (N, d)
        total = states
        last = len(self.layers) - 1
        for index, (layer, norm) in enumerate(zip(self.layers, self.norms, strict=True)):
            states = norm(layer(states, bonds, bond_features))
            states = self.dropout(states if index == last else functional.relu(states))
            total = total + states
        match self.config.jk:
            case "last":
                return EncoderStates(states, batch["n_atoms"])
            case "sum":
                return EncoderStates(total, batch["n_atoms"])


def collate_graphs(features: Sequence[Features]) -> dict[str, torch.Tensor]:
    """Lay molecules end to end as one disconnected graph.

    Args:
        features: What :meth:`GraphEncoderConfig.read` gives for each; at least one.

    Returns:
        ``atoms`` (N, 2), ``bonds`` (2, E), ``bond_features`` (E, 2) and ``n_atoms`` (M,), all int64.
    """
    n_atoms = count_rows([one["atoms"] for one in features])
    atoms, bonds, bond_features = (
        torch.from_numpy(np.concatenate([one[name] for one in features]).astype(np.int64))
        for name in ("atoms", "bonds", "bond_features")
    )
    # Bonds name atoms of their own molecule: those of the molecules before it come on top.
    before = torch.repeat_interleave(n_atoms.cumsum(0) - n_atoms, count_rows([one["bonds"] for one in features]))
    return {"atoms": atoms, "bonds": (bonds + before[:, None]).T.contiguous(), "bond_features": bond_features,
            "n_atoms": n_atoms}  # fmt: skip
