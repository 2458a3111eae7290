"""Denoised coordinates: a conformer encoder learns to name hidden atoms and to put shaken ones back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple, Self

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import Tensor, nn
from torch.nn import functional

from anymol.encoder_states import mark_real
from anymol.encoders.conformer import (
    ELEMENTS,
    N_ATOM_TYPES,
    ConformerEncoder,
    ConformerEncoderConfig,
    collate_conformers,
)
from anymol.encoders.encoder import pad_features
from anymol.training.pretext.objective import Objective, Outcome, draw_atoms, sum_and_count

if TYPE_CHECKING:
    from anymol.modalities.conformer import Conformer

MASKED_ATOM = N_ATOM_TYPES - 1
_FIRST_ELEMENT = 4
_MEAN_DISTANCE, _STD_DISTANCE = 6.312581655060595, 3.3899264663911888
"""Mean and deviation of distances in Uni-Mol's molecules, angstrom: distances are restored in units of these."""
_TOLERANCE = 1.0


class DenoisedCoordinatesConfig(BaseModel):
    """Choices of denoised coordinates; the defaults are Uni-Mol's.

    Attributes:
        modality: What the encoder reads.
        kind: Tag of this config among objectives.
        encoder: The encoder that is trained.
        share: Part of the atoms that is chosen, on average.
        noise: Largest shift of a chosen atom along each axis, angstrom; shifts are uniform.
        kept: Part of the chosen atoms that is left as it is, type and place.
        replaced: Part of the chosen atoms that takes the type of a random element instead of the mask.
        type_weight: Weight of the cross-entropy of types.
        coordinate_weight: Weight of the smooth L1 of coordinates.
        distance_weight: Weight of the smooth L1 of distances.
        norm_weight: Weight of what keeps the norms of states and pairs near the square root of their width.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    modality: ClassVar[str] = "conformer"
    kind: Literal["denoised_coordinates"] = "denoised_coordinates"
    encoder: ConformerEncoderConfig = ConformerEncoderConfig()
    share: float = Field(default=0.15, gt=0.0, lt=1.0)
    noise: float = Field(default=1.0, gt=0.0)
    kept: float = Field(default=0.05, ge=0.0, lt=1.0)
    replaced: float = Field(default=0.05, ge=0.0, lt=1.0)
    type_weight: float = Field(default=1.0, ge=0.0)
    coordinate_weight: float = Field(default=5.0, ge=0.0)
    distance_weight: float = Field(default=10.0, ge=0.0)
    norm_weight: float = Field(default=0.01, ge=0.0)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.kept + self.replaced >= 1.0:
            raise ValueError(f"kept {self.kept} and replaced {self.replaced} leave nothing to be masked")
        return self


class Restored(NamedTuple):
    """What the heads make of a batch, the tokens of beginning and end included.

    Attributes:
        types: Shape (M, V + 2, N_ATOM_TYPES), fp32: logits.
        coordinates: Shape (M, V + 2, 3), fp32, angstrom; turned and moved as the shaken ones are.
        distances: Shape (M, V + 2, V + 2), fp32, symmetric, in standard units.
        excess: Scalar, fp32: how far norms are from where they should be.
    """

    types: Tensor
    coordinates: Tensor
    distances: Tensor
    excess: Tensor


class DenoisedCoordinates(Objective):
    """Masked atoms and 3D position denoising (Zhou et al. 2023, "Uni-Mol", sections 2.1 and 2.2).

    Coordinates are restored from how the layers change the pair representation q, which no rotation changes:
    ``x_i' = x_i + sum over j of (x_i - x_j) c_ij / n`` and ``c_ij = MLP(norm(q_ij^L - q_ij^0))`` (equation 3), so that
    the result turns and moves with x. Distances are restored from q^L, made symmetric. Both are compared with the true
    ones by a smooth L1 (coordinates in angstrom, distances in standard units between chosen atoms and all others).

    As in the published code, chosen atoms that are kept are not shifted, n counts the atoms and one token, and the
    activation of the coordinate head is a GELU. Other than there, its last layer starts at zero (nothing moves at
    first), and distances to the two tokens are not restored.

    Args:
        config: Sizes and choices.
    """

    def __init__(self, config: DenoisedCoordinatesConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder: ConformerEncoder = ConformerEncoder(config.encoder)
        width, n_heads = config.encoder.width, config.encoder.n_heads
        self.type_head = nn.Sequential(
            nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width), nn.Linear(width, N_ATOM_TYPES)
        )
        self.shift_norm = nn.LayerNorm(n_heads)
        self.shift_head = nn.Sequential(nn.Linear(n_heads, n_heads), nn.GELU(), nn.Linear(n_heads, 1))
        self.distance_head = nn.Sequential(
            nn.Linear(n_heads, n_heads), nn.GELU(), nn.LayerNorm(n_heads), nn.Linear(n_heads, 1)
        )
        last = self.shift_head[-1]
        assert isinstance(last, nn.Linear)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)

    def prepare(self, records: Sequence[Conformer], generator: np.random.Generator) -> dict[str, Tensor]:
        """Return a batch with atoms hidden and shaken.

        Returns:
            What :func:`~anymol.encoders.conformer.collate_conformers` gives, masked and shaken; ``true_types``
            (M, V + 2), int64; ``true_coordinates`` (M, V + 2, 3), float32, angstrom; ``chosen`` (M, V + 2), bool.
        """
        true = [self.config.encoder.read(record) for record in records]
        shaken, chosen = [], []
        for one in true:
            atoms = draw_atoms(len(one["types"]), self.config.share, generator)
            types, coordinates = one["types"].copy(), one["coordinates"].copy()
            fate = generator.random(len(atoms))
            moved = atoms[fate >= self.config.kept]
            types[moved] = MASKED_ATOM
            swapped = atoms[(fate >= self.config.kept) & (fate < self.config.kept + self.config.replaced)]
            types[swapped] = generator.integers(_FIRST_ELEMENT, _FIRST_ELEMENT + len(ELEMENTS), len(swapped))
            noise = generator.uniform(-self.config.noise, self.config.noise, (len(moved), 3))
            coordinates[moved] += noise.astype(np.float32)
            shaken.append({"types": types, "coordinates": coordinates})
            mark = np.zeros(len(types) + 2, dtype=np.bool_)
            mark[atoms + 1] = True
            chosen.append(mark)
        whole = collate_conformers(true)
        return collate_conformers(shaken) | {
            "true_types": whole["types"],
            "true_coordinates": whole["coordinates"],
            "chosen": pad_features(chosen, fill=False),
        }

    def restore(self, batch: Mapping[str, Tensor]) -> Restored:
        """Run encoder and heads; needs no truth."""
        attended = self.encoder.attend(batch)
        real = mark_real(batch["n_atoms"] + 2, batch["types"].shape[1])  # (M, V + 2)
        both = (real[:, :, None] & real[:, None, :])[..., None]  # (M, V + 2, V + 2, 1)
        last = attended.last.permute(0, 2, 3, 1).masked_fill(~both, 0.0)
        first = attended.first.permute(0, 2, 3, 1).masked_fill(~both, 0.0)
        change = last - first  # (M, V + 2, V + 2, heads)
        shifts = self.shift_head(self.shift_norm(change)).float().masked_fill(~both, 0.0)
        places = batch["coordinates"].float()
        count = (batch["n_atoms"] + 1).to(places.dtype)[:, None, None]
        # sum_j (x_i - x_j) c_ij, without the (M, V, V, 3) differences; bf16 would round coordinates to 0.03 angstrom.
        with torch.autocast(places.device.type, enabled=False):
            pull = places * shifts.sum(dim=2) - shifts[..., 0] @ places
        distances = self.distance_head(last)[..., 0].float()
        return Restored(
            types=self.type_head(self.encoder.norm(attended.states)).float(),
            coordinates=places + pull / count,
            distances=(distances + distances.transpose(1, 2)) / 2,
            excess=_excess_norm(attended.states[real]) + _excess_norm(change[both[..., 0]]),
        )

    def measure(self, batch: Mapping[str, Tensor]) -> Outcome:
        """Restore types, coordinates and distances; the loss is their weighted sum."""
        restored = self.restore(batch)
        chosen, truth = batch["chosen"], batch["true_coordinates"]
        types = batch["true_types"][chosen]
        logits = restored.types[chosen]
        type_loss = functional.cross_entropy(logits, types)
        coordinate_loss = functional.smooth_l1_loss(restored.coordinates[chosen], truth[chosen])
        length = chosen.shape[1]
        is_atom = mark_real(batch["n_atoms"] + 1, length) & (torch.arange(length, device=chosen.device) > 0)
        other = ~torch.eye(length, dtype=torch.bool, device=chosen.device)
        asked = chosen[:, :, None] & is_atom[:, None, :] & other
        distances = torch.cdist(truth, truth, compute_mode="donot_use_mm_for_euclid_dist")[asked]
        found = restored.distances[asked]
        standard = (distances - _MEAN_DISTANCE) / _STD_DISTANCE
        # A molecule of one atom has no distances.
        distance_loss = functional.smooth_l1_loss(found, standard) if len(standard) else found.sum()
        loss = (
            self.config.type_weight * type_loss
            + self.config.coordinate_weight * coordinate_loss
            + self.config.distance_weight * distance_loss
            + self.config.norm_weight * restored.excess
        )
        figures = {
            "atom_accuracy": sum_and_count(logits.argmax(dim=-1) == types),
            "coordinate_error": sum_and_count((restored.coordinates - truth)[chosen].norm(dim=-1)),
            "coordinate_error_if_unmoved": sum_and_count((batch["coordinates"] - truth)[chosen].norm(dim=-1)),
            "distance_error": sum_and_count((found - standard).abs() * _STD_DISTANCE),
        }
        return Outcome(loss, figures, types)


def _excess_norm(vectors: Tensor) -> Tensor:
    """Return the mean of how far the norms of `vectors` (N, d) are beyond sqrt(d) +- 1."""
    norms = vectors.float().norm(dim=-1)
    return functional.relu((norms - vectors.shape[-1] ** 0.5).abs() - _TOLERANCE).mean()
