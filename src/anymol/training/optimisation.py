"""Optimisers, their parameter groups, and learning rates as functions of the step."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import nn

from anymol.adapters.moge.router import Router
from anymol.errors import UserError
from anymol.training.muon import BatchedMuon


class Optimiser(StrEnum):
    """Which rule updates the weights.

    ``muon`` (see :class:`anymol.training.muon.BatchedMuon`; scaled so that AdamW's learning rates and decay carry over)
    orthogonalises the momentum of hidden matrices; embeddings, output head, norms and biases stay with AdamW.
    """

    ADAMW = "adamw"
    MUON = "muon"


LARGEST_LR: Final = 1.0
"""Learning rate above which no schedule of these optimisers trains: what is larger is a slip of the exponent."""
_Decay = Annotated[float, Field(ge=0, lt=1)]


class OptimiserConfig(BaseModel):
    """How weights are updated.

    Attributes:
        kind: AdamW for all, or Muon for hidden matrices and AdamW for the rest.
        lr: Peak learning rate.
        embedding_lr_scale: Factor on `lr` for embeddings and the output head.
        weight_decay: Decoupled decay of matrices; norms, biases and embeddings have none.
        betas: AdamW's moment decays.
        momentum: Muon's momentum.
        clip: Largest gradient norm.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Optimiser = Optimiser.ADAMW
    lr: float = Field(default=2e-3, gt=0, le=LARGEST_LR)
    embedding_lr_scale: float = Field(default=1.0, gt=0, le=1e3)
    weight_decay: float = Field(default=0.1, ge=0, le=10)
    betas: tuple[_Decay, _Decay] = (0.9, 0.95)
    momentum: float = Field(default=0.95, ge=0, lt=1)
    clip: float = Field(default=1.0, gt=0)


class DivergedError(UserError):
    """A loss or gradient that is not a number any more; no later weight would be one."""

    kind = "diverged"


def require_finite(name: str, step: int | None, loss: float, norm: float) -> None:
    """Refuse a step whose loss or gradient is not a finite number, before it reaches the weights.

    Args:
        name: Name of the stage or objective.
        step: The step; None where it is not known.
        loss: The loss.
        norm: Norm of the gradient.

    Raises:
        DivergedError: One of them is not finite.
    """
    if not (math.isfinite(loss) and math.isfinite(norm)):
        at = "" if step is None else f" at step {step + 1:,}"
        raise DivergedError(
            f"{name} diverged{at}: loss {loss}, norm of the gradient {norm}",
            hint="lower optimiser.lr, or lengthen schedule.warmup; --resume goes on from the checkpoint before",
        )


class Schedule(StrEnum):
    """Shape of the learning rate after the warm-up."""

    COSINE = "cosine"
    WSD = "wsd"
    CONSTANT = "constant"


class ScheduleConfig(BaseModel):
    """Learning rate over a stage, as a factor of the peak.

    Attributes:
        kind: Cosine to `floor`; or warm-up, stable, decay (linear to `floor` in the last part); or constant.
        warmup: Part of the steps over which the rate rises linearly from zero.
        warmup_steps: The same in steps, instead of `warmup`: with ``constant`` the rate then depends on no length.
        decay: Part of the steps over which ``wsd`` falls.
        floor: Factor at the last step.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Schedule = Schedule.COSINE
    warmup: float = Field(default=0.02, ge=0, le=1)
    warmup_steps: int | None = Field(default=None, ge=0)
    decay: float = Field(default=0.3, gt=0, le=1)
    floor: float = Field(default=0.02, ge=0, le=1)

    def factor(self, step: int, total: int) -> float:
        """Return the factor of the peak rate for one step.

        Args:
            step: Step number, from 0.
            total: Steps of the stage.

        Returns:
            A number from 0 to 1; the first step already moves.
        """
        warmup = round(self.warmup * total) if self.warmup_steps is None else self.warmup_steps
        if step < warmup:
            return (step + 1) / warmup
        match self.kind:
            case Schedule.CONSTANT:
                return 1.0
            case Schedule.COSINE:
                done = (step - warmup) / max(1, total - 1 - warmup)
                return self.floor + (1 - self.floor) * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))
            case Schedule.WSD:
                length = max(1, round(self.decay * total))
                done = (step - (total - 1 - length)) / length
                return 1.0 - (1 - self.floor) * min(1.0, max(0.0, done))


@dataclass(frozen=True)
class ParameterGroups:
    """Trainable parameters by how they are updated; each is a list of (name, parameter).

    Attributes:
        matrices: Hidden matrices: decayed, updated by Muon where it is chosen.
        low_rank: Matrices of adapters: decayed, always with AdamW: Muon would give every direction of a factor the
            same length, and it is the few directions of a low-rank update that matter.
        embeddings: Tables of embeddings and the output head: no decay.
        scalars: Norms, biases and other vectors, GAL's scalars, and routers: no decay.
    """

    matrices: list[tuple[str, nn.Parameter]]
    embeddings: list[tuple[str, nn.Parameter]]
    scalars: list[tuple[str, nn.Parameter]]
    low_rank: list[tuple[str, nn.Parameter]]


def group_parameters(
    model: nn.Module, *, head: nn.Module | None = None, adapter: Iterable[nn.Module] = ()
) -> ParameterGroups:
    """Sort the trainable parameters of a model.

    Args:
        model: The model; parameters that need no gradient are left out, shared ones appear once.
        head: The output head, which counts as an embedding whether or not it is tied to one.
        adapter: Modules that make up an adapter.
    """
    adapted = list(adapter)
    of_adapter = {id(parameter) for module in adapted for parameter in module.parameters()}
    routers = {id(part.weight) for module in adapted for part in module.modules() if isinstance(part, Router)}
    tables = {id(module.weight) for module in model.modules() if isinstance(module, nn.Embedding)}
    if head is not None:
        tables |= {id(parameter) for parameter in head.parameters() if parameter.ndim == 2}
    groups = ParameterGroups([], [], [], [])
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        if id(parameter) in tables:
            groups.embeddings.append((name, parameter))
        elif id(parameter) in routers:
            groups.scalars.append((name, parameter))
        elif id(parameter) in of_adapter and parameter.ndim >= 2:
            groups.low_rank.append((name, parameter))
        elif parameter.ndim == 2 and min(parameter.shape) > 1:
            groups.matrices.append((name, parameter))
        else:
            groups.scalars.append((name, parameter))
    return groups


def build_optimisers(groups: ParameterGroups, config: OptimiserConfig) -> dict[str, torch.optim.Optimizer]:
    """Build the optimisers of a stage, by name.

    Each parameter group carries ``lr_scale`` (times the scheduled rate) and ``names`` (of its parameters, for
    checkpoints).
    """

    def group(named: list[tuple[str, nn.Parameter]], *, decay: float, scale: float = 1.0) -> dict[str, Any]:
        return {
            "params": [parameter for _, parameter in named],
            "names": [name for name, _ in named],
            "weight_decay": decay,
            "lr_scale": scale,
        }

    adamw = [
        group(groups.embeddings, decay=0.0, scale=config.embedding_lr_scale),
        group(groups.scalars, decay=0.0),
        group(groups.low_rank, decay=config.weight_decay),
    ]
    optimisers: dict[str, torch.optim.Optimizer] = {}
    match config.kind:
        case Optimiser.ADAMW:
            adamw.append(group(groups.matrices, decay=config.weight_decay))
        case Optimiser.MUON:
            if groups.matrices:
                optimisers["muon"] = BatchedMuon(
                    [group(groups.matrices, decay=config.weight_decay)], lr=config.lr, momentum=config.momentum
                )
    adamw = [entry for entry in adamw if entry["params"]]
    if adamw:
        optimisers["adamw"] = torch.optim.AdamW(adamw, lr=config.lr, betas=config.betas, fused=True)
    return optimisers


def set_learning_rate(optimisers: dict[str, torch.optim.Optimizer], lr: float) -> None:
    """Set the rate of every group to `lr` times the group's scale."""
    for optimiser in optimisers.values():
        for group in optimiser.param_groups:
            group["lr"] = lr * group["lr_scale"]
