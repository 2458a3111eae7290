"""The MS/MS encoder: a transformer over peaks that reads masses to their decimals, and how they were measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import nn

from anymol.encoder_states import EncoderStates, mark_real
from anymol.encoders.encoder import Batch, Features, count_rows, pad_features
from anymol.encoders.transformer import TransformerStack, expand_fourier
from anymol.modalities.adduct import Adduct, IonMode

if TYPE_CHECKING:
    from anymol.modalities.mass_spectrum import MassSpectrum

ADDUCTS = tuple(Adduct)
"""Adducts with an embedding of their own, in its order: append only. All others share row 0."""

UNKNOWN, POSITIVE, NEGATIVE = 0, 1, 2
"""Rows of the embedding of the ion mode; row 0 of the adducts' is unknown too."""

SHORTEST_MASS, LONGEST_MASS = 0.002, 4000.0
"""Wavelengths of masses, Da: from a few ppm of a light fragment to beyond the heaviest precursor."""
SHORTEST_ENERGY, LONGEST_ENERGY = 2.0, 400.0
"""Wavelengths of collision energies, eV."""


class Ms2EncoderConfig(BaseModel):
    """Choices of the MS/MS encoder; the defaults have the size of ChemDFM-X's.

    Attributes:
        kind: Tag of this config among encoder configs.
        width: Size d of a state.
        n_layers: Layers of the transformer.
        n_heads: Attention heads; must divide `width`.
        ffn_size: Width inside the feed-forward; None takes four times `width`.
        n_waves: Wavelengths of the Fourier features of a mass.
        max_peaks: Peaks read; of more, the most intense ones.
        dropout: Probability of dropping a feature or an attention weight.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["peaks"] = "peaks"
    width: int = Field(default=512, ge=1)
    n_layers: int = Field(default=6, ge=1)
    n_heads: int = Field(default=8, ge=1)
    ffn_size: int | None = Field(default=None, ge=1)
    n_waves: int = Field(default=64, ge=1)
    max_peaks: int = Field(default=500, ge=1)
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)

    @model_validator(mode="after")
    def _check_heads(self) -> Ms2EncoderConfig:
        if self.width % self.n_heads:
            raise ValueError(f"n_heads {self.n_heads} does not divide width {self.width}")
        return self

    def read(self, record: MassSpectrum) -> dict[str, NDArray[Any]]:
        """Return what the encoder reads of a spectrum.

        Args:
            record: The spectrum, intensities relative to its highest peak.

        Returns:
            ``peaks`` (P, 2), float64: m/z and intensity, by rising m/z; ``precursor`` (1,), float64, m/z;
            ``energy`` (1,), float32, eV, NaN where unknown; ``ion`` (1, 2), int64: rows of adduct and ion mode.
        """
        mz, intensity = np.asarray(record.mz, np.float64), np.asarray(record.intensity, np.float64)
        strongest = np.sort(np.argsort(-intensity, kind="stable")[: self.max_peaks])
        order = strongest[np.argsort(mz[strongest], kind="stable")]
        adduct = 1 + ADDUCTS.index(record.adduct) if record.adduct in ADDUCTS else UNKNOWN
        energy = np.nan if record.collision_energy is None else float(record.collision_energy)
        precursor = np.nan if record.precursor_mz is None else float(record.precursor_mz)
        return {
            "peaks": np.stack([mz[order], intensity[order]], axis=1),
            "precursor": np.array([precursor]),
            "energy": np.array([energy], np.float32),
            "ion": np.array([[adduct, _number_mode(record)]], np.int64),
        }

    def count_states(self, features: Features) -> int:
        """Return the number of states: one for the measurement, one per peak."""
        return 1 + len(features["peaks"])


class Ms2Encoder(nn.Module):
    """Transformer over the peaks of a spectrum, after one state for how it was measured.

    A peak is embedded from Fourier features of its m/z and of the neutral loss (precursor minus m/z), and from its
    intensity; the measurement from Fourier features of precursor and collision energy, and from embeddings of adduct
    and ion mode. There are no positions: peaks are a set.

    Args:
        config: Sizes and choices.
    """

    def __init__(self, config: Ms2EncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.width = width = config.width
        waves = 2 * config.n_waves
        self.peak_input = nn.Sequential(nn.Linear(2 * waves + 4, width), nn.GELU(), nn.Linear(width, width))
        self.measurement_input = nn.Sequential(nn.Linear(2 * waves + 2, width), nn.GELU(), nn.Linear(width, width))
        self.adduct_embedding = nn.Embedding(1 + len(ADDUCTS), width)
        self.mode_embedding = nn.Embedding(3, width)
        ffn_size = config.ffn_size or 4 * width
        self.transformer = TransformerStack(width, config.n_layers, config.n_heads, ffn_size, config.dropout)

    def make_dummy(self) -> dict[str, torch.Tensor]:
        """Return a batch of one spectrum of one peak."""
        return collate_ms2(
            [
                {
                    "peaks": np.array([[50.0, 1.0]]),
                    "precursor": np.array([100.0]),
                    "energy": np.array([20.0], np.float32),
                    "ion": np.zeros((1, 2), np.int64),
                }
            ]
        )

    def forward(self, batch: Batch) -> EncoderStates:
        """Return the measurement's state and one per peak.

        Args:
            batch: What :func:`collate_ms2` gives.

        Returns:
            States (N, d), spectrum after spectrum, and their number for each: one more than its peaks.
        """
        dtype = self.adduct_embedding.weight.dtype
        mz, intensity = batch["peaks"].unbind(-1)  # (M, P)
        precursor, energy, ion = batch["precursor"], batch["energy"], batch["ion"]
        known, measured = precursor.isfinite(), energy.isfinite()
        precursor, energy = precursor.nan_to_num(0.0), energy.nan_to_num(0.0)
        loss = precursor[:, None] - mz
        waves = self.config.n_waves
        strength = intensity.float()[..., None]
        peak = torch.cat(
            [
                expand_fourier(mz, SHORTEST_MASS, LONGEST_MASS, waves),
                expand_fourier(loss, SHORTEST_MASS, LONGEST_MASS, waves) * known[:, None, None],
                strength,
                strength.clamp_min(0).sqrt(),
                (strength.clamp_min(1e-4)).log() / 4,
                known[:, None, None].expand_as(strength).float(),
            ],
            dim=-1,
        )
        measurement = torch.cat(
            [
                expand_fourier(precursor, SHORTEST_MASS, LONGEST_MASS, waves) * known[:, None],
                expand_fourier(energy, SHORTEST_ENERGY, LONGEST_ENERGY, waves) * measured[:, None],
                known[:, None].float(),
                measured[:, None].float(),
            ],
            dim=-1,
        )
        ions = self.adduct_embedding(ion[:, 0]) + self.mode_embedding(ion[:, 1])  # (M, d)
        first = self.measurement_input(measurement.to(dtype)) + ions
        states = torch.cat([first[:, None], self.peak_input(peak.to(dtype)) + ions[:, None]], dim=1)
        counts = batch["n_peaks"] + 1
        real = mark_real(counts, states.shape[1])
        return EncoderStates(self.transformer(states, real)[real], counts)


def collate_ms2(features: Sequence[Features]) -> dict[str, torch.Tensor]:
    """Return the batch of M spectra.

    Args:
        features: What :meth:`Ms2EncoderConfig.read` gives for each; at least one.

    Returns:
        ``peaks`` (M, P, 2) float64 padded with zeros, ``n_peaks`` (M,) int64, ``precursor`` (M,) float64, ``energy``
        (M,) float32 and ``ion`` (M, 2) int64.
    """
    return {
        "peaks": pad_features([one["peaks"] for one in features]),
        "n_peaks": count_rows([one["peaks"] for one in features]),
        "precursor": torch.from_numpy(np.concatenate([one["precursor"] for one in features])),
        "energy": torch.from_numpy(np.concatenate([one["energy"] for one in features])),
        "ion": torch.from_numpy(np.concatenate([one["ion"] for one in features])),
    }


def _number_mode(record: MassSpectrum) -> int:
    """Return the row of the ion mode; the adduct's charge says it where the mode is not given."""
    match record.ion_mode or (None if record.adduct is None else record.adduct.ion_mode):
        case IonMode.POSITIVE:
            return POSITIVE
        case IonMode.NEGATIVE:
            return NEGATIVE
        case None:
            return UNKNOWN
