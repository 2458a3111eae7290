"""The IR encoder: patches over a physical wavenumber axis, blind where nothing was measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import nn

from anymol.encoder_states import EncoderStates
from anymol.encoders.encoder import Batch, Features
from anymol.encoders.transformer import TransformerStack, expand_fourier

if TYPE_CHECKING:
    from anymol.modalities.infrared_spectrum import InfraredSpectrum

N_WAVES = 32
SHORTEST_WAVENUMBER, LONGEST_WAVENUMBER = 40.0, 8000.0
"""Wavelengths, cm^-1, of the Fourier features of where a patch stands."""


class IrEncoderConfig(BaseModel):
    """Choices of the IR encoder; the defaults have the size of ChemDFM-X's: 50 patches of 36 points.

    Attributes:
        kind: Tag of this config among encoder configs.
        width: Size d of a state.
        n_layers: Layers of the transformer.
        n_heads: Attention heads; must divide `width`.
        ffn_size: Width inside the feed-forward; None takes four times `width`.
        lowest: First point of the axis, cm^-1.
        step: Distance of two points, cm^-1.
        n_patches: Patches, which is the number of states.
        patch_size: Points of a patch.
        dropout: Probability of dropping a feature or an attention weight.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["patches"] = "patches"
    width: int = Field(default=768, ge=1)
    n_layers: int = Field(default=6, ge=1)
    n_heads: int = Field(default=12, ge=1)
    ffn_size: int | None = Field(default=None, ge=1)
    lowest: float = Field(default=400.0, gt=0)
    step: float = Field(default=2.0, gt=0)
    n_patches: int = Field(default=50, ge=1)
    patch_size: int = Field(default=36, ge=1)
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)

    @model_validator(mode="after")
    def _check_heads(self) -> IrEncoderConfig:
        if self.width % self.n_heads:
            raise ValueError(f"n_heads {self.n_heads} does not divide width {self.width}")
        return self

    @property
    def axis(self) -> NDArray[np.float64]:
        """Wavenumbers of the points, cm^-1, ascending; shape (n_patches * patch_size,)."""
        return self.lowest + self.step * np.arange(self.n_patches * self.patch_size, dtype=np.float64)

    def read(self, record: InfraredSpectrum) -> dict[str, NDArray[Any]]:
        """Return a spectrum on the encoder's axis, interpolated linearly.

        Args:
            record: The spectrum, wavenumbers ascending.

        Returns:
            ``absorbance`` (n_patches, patch_size), float32, 0 where not measured; ``measured``, the same shape, bool.
        """
        wavenumbers = np.asarray(record.wavenumbers, np.float64)
        absorbance = np.asarray(record.absorbance, np.float64)
        known = np.isfinite(absorbance)
        wavenumbers, absorbance = wavenumbers[known], absorbance[known]
        axis = self.axis
        if not len(wavenumbers):
            measured = np.zeros(len(axis), dtype=bool)
            values = np.zeros(len(axis))
        else:
            measured = (axis >= wavenumbers[0]) & (axis <= wavenumbers[-1])
            values = np.where(measured, np.interp(axis, wavenumbers, absorbance), 0.0)
        shape = (self.n_patches, self.patch_size)
        return {"absorbance": values.astype(np.float32).reshape(shape), "measured": measured.reshape(shape)}

    def count_states(self, features: Features) -> int:
        """Return the number of states: one per patch, measured or not."""
        return self.n_patches


class IrEncoder(nn.Module):
    """Transformer over patches of the axis; patches that were not measured are seen by no other.

    Args:
        config: Sizes and choices.
    """

    def __init__(self, config: IrEncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.width = width = config.width
        self.patch_input = nn.Linear(2 * config.patch_size, width)
        self.place_input = nn.Linear(2 * N_WAVES, width)
        ffn_size = config.ffn_size or 4 * width
        self.transformer = TransformerStack(width, config.n_layers, config.n_heads, ffn_size, config.dropout)

    def make_dummy(self) -> dict[str, torch.Tensor]:
        """Return a batch of one empty spectrum."""
        shape = (self.config.n_patches, self.config.patch_size)
        return collate_ir([{"absorbance": np.zeros(shape, np.float32), "measured": np.zeros(shape, bool)}])

    def forward(self, batch: Batch) -> EncoderStates:
        """Return one state per patch.

        Args:
            batch: What :func:`collate_ir` gives.

        Returns:
            States (M * n_patches, d), low wavenumbers first, and the number of each spectrum's.
        """
        config = self.config
        measured = batch["measured"]
        dtype = self.patch_input.weight.dtype
        values = torch.cat([batch["absorbance"] * measured, measured.float()], dim=-1)
        span = config.step * config.patch_size
        centres = torch.arange(config.n_patches, device=measured.device, dtype=torch.float64) * span
        centres = centres + config.lowest + (span - config.step) / 2
        places = expand_fourier(centres, SHORTEST_WAVENUMBER, LONGEST_WAVENUMBER, N_WAVES)
        states = self.patch_input(values.to(dtype)) + self.place_input(places.to(dtype))
        seen = measured.any(dim=-1)  # (M, n_patches)
        seen = seen | ~seen.any(dim=-1, keepdim=True)  # a spectrum without a point would divide by zero
        counts = torch.full((len(measured),), config.n_patches, device=measured.device)
        return EncoderStates(self.transformer(states, seen).flatten(0, 1), counts)


def collate_ir(features: Sequence[Features]) -> dict[str, torch.Tensor]:
    """Return the batch of M spectra.

    Args:
        features: What :meth:`IrEncoderConfig.read` gives for each; at least one.

    Returns:
        ``absorbance`` (M, n_patches, patch_size), float32, and ``measured``, the same shape, bool.
    """
    return {name: torch.from_numpy(np.stack([one[name] for one in features])) for name in ("absorbance", "measured")}
