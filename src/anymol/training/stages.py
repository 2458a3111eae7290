"""A stage of training: what it trains, on which tasks, for how long and how."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Final, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import nn

from anymol.errors import ConfigError
from anymol.models.adaptation import adapter_modules
from anymol.models.modeling import AnyMolForCausalLM
from anymol.training.optimisation import OptimiserConfig, ScheduleConfig

T = TypeVar("T")


class Stage(StrEnum):
    """The kind of a stage; it decides what a recipe trains where it does not say.

    ``pretrain`` teaches the decoder its language, ``align`` teaches encoder and projector to speak to a decoder at
    rest (stage 1 of Omni-Mol, MoRA and ChemDFM-X), ``instruct`` tunes on instructions (their stage 2).
    """

    PRETRAIN = "pretrain"
    ALIGN = "align"
    INSTRUCT = "instruct"


class Component(StrEnum):
    """A part of the model that is trained or kept frozen as one.

    The adapter stands inside the decoder and is not part of it here; it comes last, so that it has the last word.
    """

    DECODER = "decoder"
    ENCODER = "encoder"
    PROJECTOR = "projector"
    NEW_TOKENS = "new_tokens"
    ADAPTER = "adapter"


class Precision(StrEnum):
    """Arithmetic of the forward and backward pass; the optimiser's weights and state are fp32 in all of them.

    ``bf16`` is autocast: products in bf16, the rest in fp32. ``bf16_weights`` keeps the decoder's weights, gradients
    and states in bf16 beside fp32 masters (see :class:`anymol.training.master_weights.MasterWeights`), encoders and
    projectors in fp32: for a decoder that is trained whole.
    """

    FP32 = "fp32"
    BF16 = "bf16"
    BF16_WEIGHTS = "bf16_weights"


_DEFAULT_PARTS = {
    Stage.PRETRAIN: (Component.DECODER, Component.NEW_TOKENS),
    Stage.ALIGN: (Component.ENCODER, Component.PROJECTOR, Component.NEW_TOKENS),
    Stage.INSTRUCT: (Component.DECODER, Component.ENCODER, Component.PROJECTOR, Component.NEW_TOKENS),
}
_ADAPTED_PARTS = (Component.ENCODER, Component.PROJECTOR, Component.NEW_TOKENS, Component.ADAPTER)
"""What ``align`` and ``instruct`` train where the model has an adapter: all but the decoder."""


class MixtureConfig(BaseModel):
    """How examples are drawn.

    Attributes:
        weights: Task -> relative chance that an example is drawn from it. Empty: every task of the stage's kind,
            with the chance n^(1/temperature) for n examples.
        temperature: 1 draws in proportion to size; larger is nearer to uniform. Used only where `weights` is empty.
        only_modal: Whether only examples that hold a graph or record are drawn. None: in ``align`` stages, where
            nothing else teaches the projector.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    weights: dict[str, float] = Field(default_factory=dict)
    temperature: float = Field(default=1.0, ge=1.0)
    only_modal: bool | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        for task, weight in self.weights.items():
            if not weight > 0:
                raise ValueError(f"the weight of {task} must be positive; leave the task out instead")
        return self


class StageConfig(BaseModel):
    """One stage. Exactly one of `tokens` and `steps` says how long it is.

    Attributes:
        stage: Kind of the stage.
        trains: Parts that learn; the usual ones of the kind where it is not given.
        mixture: Which tasks, how often.
        tokens: Length of the stage, in positions of the packed rows (padding included).
        steps: Length of the stage, in optimiser steps.
        batch_tokens: Positions per optimiser step over all processes; a multiple of `micro_batch_tokens`.
        micro_batch_tokens: Positions per forward pass of one process; `batch_tokens` where it is not given.
        row_length: Positions of one packed row; examples that are longer are counted and left out.
        optimiser: AdamW, or Muon with AdamW.
        schedule: Learning rate over the steps.
        ema: Part that one step leaves of the moving average of the weights; 0 keeps no average. Validation measures,
            and the finished model holds, the averaged weights of a stage that has them.
        ema_every: Steps from update to update of the average.
        precision: Arithmetic of forward and backward.
        compile: Whether the decoder's trunk is compiled; eager, with a warning, where no compiler is found.
        gradient_checkpointing: Whether the decoder's layers are run again in the backward pass instead of keeping their
            activations: a third more arithmetic, a fraction of the memory.
        validate_every: Steps between measurements on ``val``; 0 measures only at the end of the stage.
        generate_every_tokens: Real tokens of the run between measurements of answers that the model writes itself, made
            at the end of the stage too; 0 makes none.
        generate_examples: Most validation rows of a task that are answered.
        generate_tasks: Tasks that are answered; where none is given, the usual ones
            (:data:`anymol.training.generated.USUAL_TASKS`) of which there are rows.
        checkpoint_every: Steps between checkpoints; 0 writes only at the end of the stage.
        checkpoint_minutes: Minutes after the last checkpoint until the next; 0 counts steps alone.
        forgetting_tolerance: Nats per token that the loss on held-out text which the stage does not train on may rise
            without a warning.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: Stage
    trains: tuple[Component, ...] = ()
    mixture: MixtureConfig = MixtureConfig()
    tokens: int | None = Field(default=None, gt=0)
    steps: int | None = Field(default=None, gt=0)
    batch_tokens: int = Field(default=4096, gt=0)
    micro_batch_tokens: int | None = Field(default=None, gt=0)
    row_length: int = Field(default=256, ge=16)
    optimiser: OptimiserConfig = OptimiserConfig()
    schedule: ScheduleConfig = Field(default_factory=ScheduleConfig)
    ema: float = Field(default=0, ge=0, lt=1)
    ema_every: int = Field(default=1, ge=1)
    precision: Precision = Precision.BF16
    compile: bool = False
    gradient_checkpointing: bool = False
    validate_every: int = Field(default=0, ge=0)
    generate_every_tokens: int = Field(default=0, ge=0)
    generate_examples: int = Field(default=300, ge=1)
    generate_tasks: tuple[str, ...] = ()
    checkpoint_every: int = Field(default=0, ge=0)
    checkpoint_minutes: float = Field(default=0, ge=0)
    forgetting_tolerance: float = Field(default=0.1, ge=0)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.tokens is None) == (self.steps is None):
            raise ValueError("give the length of a stage by exactly one of tokens and steps")
        micro = self.micro_tokens
        if self.batch_tokens % micro:
            raise ValueError(f"batch_tokens ({self.batch_tokens}) must be a multiple of micro_batch_tokens ({micro})")
        if micro % self.row_length:
            raise ValueError(f"a forward pass of {micro} tokens does not hold whole rows of {self.row_length}")
        if self.precision is Precision.BF16_WEIGHTS and Component.DECODER not in self.parts(adapted=False):
            raise ValueError("bf16_weights is for a decoder that learns; give precision bf16")
        if self.compile and self.gradient_checkpointing:
            raise ValueError("compile and gradient_checkpointing do not go together; leave one out")
        return self

    def parts(self, *, adapted: bool) -> tuple[Component, ...]:
        """Return the parts of the model that learn.

        Args:
            adapted: Whether the model has an adapter.
        """
        if self.trains:
            return self.trains
        return _ADAPTED_PARTS if adapted and self.stage is not Stage.PRETRAIN else _DEFAULT_PARTS[self.stage]

    @property
    def only_modal(self) -> bool:
        """Whether only examples that hold a graph or record are drawn."""
        return self.stage is Stage.ALIGN if self.mixture.only_modal is None else self.mixture.only_modal

    @property
    def micro_tokens(self) -> int:
        """Positions per forward pass of one process."""
        return self.micro_batch_tokens or self.batch_tokens

    @property
    def rows(self) -> int:
        """Packed rows per optimiser step over all processes."""
        return self.batch_tokens // self.row_length

    @property
    def micro_rows(self) -> int:
        """Packed rows per forward pass."""
        return self.micro_tokens // self.row_length

    def count_passes(self, processes: int) -> int:
        """Return the forward passes of a step, over all processes: as many on each, of at most `micro_rows` rows."""
        return processes * -(-self.rows // (processes * self.micro_rows))

    def share_rows(self, rows: Sequence[T], processes: int) -> list[Sequence[T]]:
        """Return the rows of each forward pass of a step, pass k being of process k modulo `processes`.

        Where a step has as many passes as on one process, they are the very same, so that what depends on the rows
        that share a pass (batch norm) does not depend on the number of processes.

        Args:
            rows: The rows of a step.
            processes: Processes that share them.
        """
        passes = self.count_passes(processes)
        bounds = [number * len(rows) // passes for number in range(passes + 1)]
        return [rows[start:end] for start, end in pairwise(bounds)]

    def require_equal_passes(self, processes: int) -> None:
        """Refuse rows of which one process would run more forward passes than another, and wait for it for ever.

        Args:
            processes: Processes that share the rows of a step.

        Raises:
            ConfigError: The rows cannot be shared out so.
        """
        if self.count_passes(processes) > self.rows:
            raise ConfigError(
                f"{processes} processes cannot share the {self.rows} rows of a step of {self.stage}: some would run "
                "more forward passes than others",
                value=self.batch_tokens,
                hint=f"make batch_tokens a multiple of {processes} x {self.micro_tokens}",
            )

    @property
    def total_steps(self) -> int:
        """Optimiser steps: those asked for, or as many as its tokens fill batches, rounded up."""
        return self.steps if self.steps is not None else -(-(self.tokens or 0) // self.batch_tokens)


WATCHING: Final = frozenset(
    {
        "checkpoint_every",
        "checkpoint_minutes",
        "forgetting_tolerance",
        "generate_every_tokens",
        "generate_examples",
        "generate_tasks",
        "validate_every",
    }
)
"""Keys of :class:`StageConfig` that say how a run is watched and change nothing that is learned."""


def parts_of(model: AnyMolForCausalLM, component: Component) -> list[nn.Module]:
    """Return the modules that make up one component of a model; none where the model has no such part."""
    match component:
        case Component.DECODER:
            return [model.decoder]
        case Component.ENCODER:
            return [model.encoders]
        case Component.PROJECTOR:
            return [module for module in (model.projectors, model.role_embedding) if module is not None]
        case Component.NEW_TOKENS:
            return [] if model.extra_tokens is None else [model.extra_tokens]
        case Component.ADAPTER:
            return list(adapter_modules(model.decoder, model.adapter))


def set_training(model: AnyMolForCausalLM, trained: Collection[Component]) -> None:
    """Let some components learn and put the others to rest.

    A component frozen needs no gradient and is in evaluation mode: its dropout is off and its running statistics
    stay as they are.
    """
    model.train()
    for component in Component:
        learns = component in trained
        for module in parts_of(model, component):
            module.requires_grad_(learns)
            module.train(learns)
