"""Masked atoms: a graph encoder learns to name the atoms, and if wanted the bonds, that are hidden from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from torch.nn import functional

from anymol.encoders.graph import N_ATOM_TYPES, N_BOND_TYPES, GraphEncoder, GraphEncoderConfig, collate_graphs
from anymol.modalities.graph import MolecularGraph
from anymol.training.pretext.objective import Objective, Outcome, draw_atoms, sum_and_count

MASKED_ATOM = N_ATOM_TYPES - 1
MASKED_BOND = N_BOND_TYPES - 1
_N_REAL_BONDS = 4
"""Single, double, triple, aromatic; then come the loop and the mask."""


class MaskedAtomsConfig(BaseModel):
    """Choices of masked atoms; the defaults are the paper's.

    Attributes:
        modality: What the encoder reads.
        kind: Tag of this config among objectives.
        encoder: The encoder that is trained.
        share: Part of the atoms that is hidden, on average.
        bonds: Whether the bonds of hidden atoms are hidden and named too.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    modality: ClassVar[str] = "graph"
    kind: Literal["masked_atoms"] = "masked_atoms"
    encoder: GraphEncoderConfig = GraphEncoderConfig()
    share: float = Field(default=0.15, gt=0.0, lt=1.0)
    bonds: bool = False


class MaskedAtoms(Objective):
    """Attribute masking (Hu et al. 2020, "Strategies for Pre-training Graph Neural Networks", section 3.1.2).

    Type and chirality of some atoms are replaced by the mask; ``p(type of v) = softmax(W h_v + b)``, where h_v is the
    encoder's state of the atom. With bonds, those at hidden atoms are replaced by the mask as well, and
    ``p(type of uv) = softmax(W' (h_u + h_v) + b')``. The loss is the sum of the two mean cross-entropies.

    Args:
        config: Sizes and choices.
    """

    def __init__(self, config: MaskedAtomsConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder: GraphEncoder = GraphEncoder(config.encoder)
        self.atom_head = nn.Linear(config.encoder.width, MASKED_ATOM)
        self.bond_head = nn.Linear(config.encoder.width, _N_REAL_BONDS) if config.bonds else None

    def prepare(self, records: Sequence[MolecularGraph], generator: np.random.Generator) -> dict[str, Tensor]:
        """Return a batch with atoms hidden.

        Returns:
            What :func:`~anymol.encoders.graph.collate_graphs` gives, with the mask in place; ``hidden_atoms`` (T,),
            rows of ``atoms``; ``atom_types`` (T,), what stood there. With bonds also ``hidden_bonds`` (S,), columns of
            ``bonds``, one direction of each; ``bond_types`` (S,). All int64.
        """
        batch = collate_graphs([self.config.encoder.read(record) for record in records])
        starts = np.cumsum([0, *(record.n_atoms for record in records[:-1])])
        drawn = [
            start + draw_atoms(record.n_atoms, self.config.share, generator)
            for start, record in zip(starts, records, strict=True)
        ]
        atoms = torch.from_numpy(np.concatenate(drawn))
        batch |= {"hidden_atoms": atoms, "atom_types": batch["atoms"][atoms, 0]}
        batch["atoms"][atoms] = torch.tensor([MASKED_ATOM, 0])
        if self.config.bonds:
            is_hidden = torch.zeros(len(batch["atoms"]), dtype=torch.bool)
            is_hidden[atoms] = True
            touched = is_hidden[batch["bonds"]].any(dim=0)
            # Both directions stand side by side: the first of each is asked, and neither is shown.
            places = touched.nonzero()[:, 0][::2] if touched.any() else torch.zeros(0, dtype=torch.int64)
            batch |= {"hidden_bonds": places, "bond_types": batch["bond_features"][places, 0]}
            batch["bond_features"][touched] = torch.tensor([MASKED_BOND, 0])
        return batch

    def measure(self, batch: Mapping[str, Tensor]) -> Outcome:
        """Name the hidden atoms and bonds; see the class for the equations."""
        states = self.encoder(batch).states
        logits = self.atom_head(functional.embedding(batch["hidden_atoms"], states)).float()
        truth = batch["atom_types"]
        loss = functional.cross_entropy(logits, truth)
        figures = {"atom_accuracy": sum_and_count(logits.argmax(dim=-1) == truth)}
        if self.bond_head is not None and len(batch["hidden_bonds"]):
            ends = functional.embedding(batch["bonds"][:, batch["hidden_bonds"]], states).sum(dim=0)
            bond_logits = self.bond_head(ends).float()
            loss = loss + functional.cross_entropy(bond_logits, batch["bond_types"])
            figures["bond_accuracy"] = sum_and_count(bond_logits.argmax(dim=-1) == batch["bond_types"])
        return Outcome(loss, figures, truth)
