"""The plan of a self-supervised run: data, objective with its encoder, and how long."""

from __future__ import annotations

from typing import Annotated, Self, assert_never

from pydantic import BaseModel, ConfigDict, Field, model_validator

from anymol.bounds import MAX_WORKERS
from anymol.config_checks import Name, Seed
from anymol.data.config import DataConfig
from anymol.training.optimisation import OptimiserConfig, ScheduleConfig
from anymol.training.pretext.denoised_coordinates import DenoisedCoordinates, DenoisedCoordinatesConfig
from anymol.training.pretext.masked_atoms import MaskedAtoms, MaskedAtomsConfig
from anymol.training.pretext.objective import Objective
from anymol.training.stages import Precision

ObjectiveConfig = Annotated[MaskedAtomsConfig | DenoisedCoordinatesConfig, Field(discriminator="kind")]
"""Any objective's config; its ``kind`` says which."""


class PretextPlan(BaseModel):
    """One run that trains an encoder alone. A recipe is of this kind where it has an ``objective``.

    Attributes:
        name: Name of the run.
        seed: Weights, draws and what is hidden follow from it.
        data: What the shards are built from, where there are none yet; examples that show the modality are used.
        data_at_hand: What they are built from instead where no data directory is given.
        objective: What is hidden and restored, with the encoder.
        steps: Optimiser steps.
        batch_molecules: Molecules of a step.
        optimiser: AdamW, or Muon with AdamW.
        schedule: Learning rate over the steps.
        precision: Arithmetic of forward and backward.
        validate_every: Steps between measurements on ``val``; 0 measures only at the end.
        validate_molecules: Most molecules that are measured.
        checkpoint_every: Steps between checkpoints; 0 writes only at the end.
        keep: Newest checkpoints that stay.
        threads: CPU threads; None leaves torch's choice. A run is repeated exactly only with the same number.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    seed: Seed = 0
    data: DataConfig
    data_at_hand: DataConfig | None = None
    objective: ObjectiveConfig
    steps: int = Field(gt=0)
    batch_molecules: int = Field(default=256, gt=0)
    optimiser: OptimiserConfig = OptimiserConfig()
    schedule: ScheduleConfig = Field(default_factory=ScheduleConfig)
    precision: Precision = Precision.FP32
    validate_every: int = Field(default=0, ge=0)
    validate_molecules: int = Field(default=2000, ge=1)
    checkpoint_every: int = Field(default=0, ge=0)
    keep: int = Field(default=2, ge=1)
    threads: int | None = Field(default=None, ge=1, le=MAX_WORKERS)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.data_at_hand is not None and self.data_at_hand.needs_data:
            raise ValueError("data_at_hand may only have components that are built in")
        if self.precision is Precision.BF16_WEIGHTS:
            raise ValueError("bf16_weights is for decoders; give an encoder precision bf16")
        return self

    def data_for(self, *, data_dir: bool) -> DataConfig:
        """Return what shards are built from, with or without a data directory."""
        if data_dir or self.data_at_hand is None:
            return self.data
        return self.data_at_hand


def build_objective(config: ObjectiveConfig) -> Objective:
    """Return the objective that `config` describes, encoder and heads with fresh weights."""
    match config:
        case MaskedAtomsConfig():
            return MaskedAtoms(config)
        case DenoisedCoordinatesConfig():
            return DenoisedCoordinates(config)
        case _:
            assert_never(config)
