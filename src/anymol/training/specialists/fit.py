"""A network alone, step by step: what the trainings of all specialists share.

What a step sees is a function of the seed and of its number, and a checkpoint holds all that the next step depends on:
on a CPU a resumed run repeats one never stopped bit for bit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Protocol

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from anymol.bounds import MAX_WORKERS
from anymol.training import checkpoints
from anymol.training.averaging import WeightAverage
from anymol.training.checkpoints import CHECKPOINTS_FOLDER, TrainingProgress
from anymol.training.metrics_logger import MetricsLogger
from anymol.training.optimisation import LARGEST_LR, ScheduleConfig, require_finite, set_learning_rate
from anymol.training.stop_signal import StopSignal

_BEST: Final = "best/"
"""Before the names of the best weights, where a checkpoint has them beside the averaged ones."""
_SCORE: Final = "score"


class FitConfig(BaseModel):
    """How long and how fast a specialist is trained, by AdamW.

    Attributes:
        steps: Optimiser steps.
        lr: Peak learning rate.
        clip: Largest gradient norm.
        schedule: Learning rate over the steps.
        averaging: Part of the averaged weights that a step leaves; 0 averages none.
        validate_every: Steps between validations; 0 validates at the end only.
        checkpoint_every: Steps between checkpoints; 0 writes one at the end only.
        keep: Newest checkpoints that stay.
        threads: CPU threads; None leaves torch's choice. A run is repeated exactly only with the same number.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: int = Field(gt=0)
    lr: float = Field(gt=0, le=LARGEST_LR)
    clip: float = Field(default=1.0, gt=0)
    schedule: ScheduleConfig = Field(default_factory=ScheduleConfig)
    averaging: float = Field(default=0.0, ge=0, lt=1)
    validate_every: int = Field(default=0, ge=0)
    checkpoint_every: int = Field(default=0, ge=0)
    keep: int = Field(default=2, ge=1)
    threads: int | None = Field(default=None, ge=1, le=MAX_WORKERS)


class Trainable(Protocol):
    """A network, what it learns from, and how it is judged."""

    @property
    def network(self) -> nn.Module:
        """The network, in training between validations."""
        ...

    def decay(self, name: str) -> float:
        """Return the weight decay of a parameter."""
        ...

    def losses(self, step: int) -> Mapping[str, Tensor]:
        """Return the losses of a step, whose sum is minimised; what is drawn for it depends on its number alone."""
        ...

    def validate(self) -> dict[str, float]:
        """Return figures of the network as it is, which is in evaluation."""
        ...

    def score(self, figures: Mapping[str, float]) -> float | None:
        """Return by what the kept weights are the highest; None where the last ones are kept."""
        ...


def fit_network(trainable: Trainable, config: FitConfig, output: Path, *, name: str, key: str, resume: bool) -> bool:
    """Train a network; it then has the weights that are kept, in evaluation.

    Args:
        trainable: The network, and what it learns from.
        config: How long and how fast.
        output: Folder of the run, with ``checkpoints/`` and ``metrics.jsonl``. Whoever calls holds it for all of the
            run, which writes there before and afterwards too.
        name: Of the run, for metrics.
        key: Checksum of everything that a resumed run must share.
        resume: Whether it goes on from the newest checkpoint.

    Returns:
        Whether all steps are done; if not, it was stopped.

    Raises:
        CheckpointError: `output` holds a run and `resume` is false, or a checkpoint does not fit.
        DivergedError: A loss or gradient is not finite.
    """
    if config.threads is not None:
        torch.set_num_threads(config.threads)
    network, average, best = trainable.network, WeightAverage(), dict[str, Tensor]()
    optimisers: dict[str, torch.optim.Optimizer] = {"adamw": _build_adamw(trainable, config.lr)}
    progress = TrainingProgress(stage=0, step=0, tokens=0, stream={})
    newest = checkpoints.find_newest(output / CHECKPOINTS_FOLDER, resume=resume)
    if newest is not None:
        progress = checkpoints.read_progress(newest, key=key)
        checkpoints.load_model(newest, network)
        if progress.step < config.steps:
            checkpoints.load_optimisers(newest, optimisers)
        kept = checkpoints.load_average(newest)
        average.load({one: tensor for one, tensor in kept.items() if not one.startswith(_BEST)})
        best = {one.removeprefix(_BEST): tensor for one, tensor in kept.items() if one.startswith(_BEST)}
        checkpoints.load_random(newest)
    average.begin(network, decay=config.averaging)
    stop = StopSignal()
    with stop.installed(), MetricsLogger(output, kept=None if newest is None else (0, progress.step)) as logger:
        logger.begin(name, total=config.steps, done=progress.step)
        stopped = False
        while progress.step < config.steps and not stopped:
            line = _take_step(trainable, config, optimisers, progress.step, name)
            progress = replace(progress, step=progress.step + 1)
            average.update(network, progress.step)
            stopped, last = stop.received, progress.step == config.steps
            if last or (config.validate_every and progress.step % config.validate_every == 0):
                figures, state = _validate(trainable, average)
                line |= {f"val/{one}": value for one, value in figures.items()}
                score = trainable.score(figures)
                if score is not None and score > progress.stream.get(_SCORE, float("-inf")):
                    best, progress = state, replace(progress, stream={_SCORE: score})
                shown = "  ".join(f"{one} {value:.4f}" for one, value in figures.items())
                logger.say(f"step {progress.step:,}: {shown}")
            logger.write({"stage": 0, "step": progress.step, "name": name, **line}, tokens=progress.step)
            logger.advance(progress.step, f"loss {line['loss']:.3f}")
            if last or stopped or (config.checkpoint_every and progress.step % config.checkpoint_every == 0):
                checkpoints.save_checkpoint(
                    output / CHECKPOINTS_FOLDER,
                    progress=progress,
                    model=network,
                    optimisers={} if last else optimisers,
                    key=key,
                    keep=config.keep,
                    average={**average.tensors(), **{_BEST + one: tensor for one, tensor in best.items()}},
                )
        if progress.step < config.steps:
            logger.say(f"stopped at step {progress.step}; --resume goes on from there")
            return False
    if best:
        network.load_state_dict(best)
    else:
        average.write(network)
    network.eval()
    return True


def _take_step(
    trainable: Trainable, config: FitConfig, optimisers: dict[str, torch.optim.Optimizer], step: int, name: str
) -> dict[str, Any]:
    """Update the weights and return what there is to say of it.

    Raises:
        DivergedError: The loss or the gradient is not finite; the weights are as they were.
    """
    trainable.network.train()
    rate = config.lr * config.schedule.factor(step, config.steps)
    set_learning_rate(optimisers, rate)
    losses = trainable.losses(step)
    total = torch.stack(list(losses.values())).sum()
    total.backward()
    norm = nn.utils.clip_grad_norm_(trainable.network.parameters(), config.clip)
    require_finite(name, step, float(total.detach()), float(norm))
    for optimiser in optimisers.values():
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
    each = {one: float(loss.detach()) for one, loss in losses.items()} if len(losses) > 1 else {}
    return {"loss": float(total.detach()), **each, "gradient_norm": float(norm), "lr": rate}


@torch.no_grad()
def _validate(trainable: Trainable, average: WeightAverage) -> tuple[dict[str, float], dict[str, Tensor]]:
    """Return figures of the averaged weights, and a copy of them with all buffers."""
    with average.applied(trainable.network):
        trainable.network.eval()
        figures = trainable.validate()
        state = {name: value.detach().clone() for name, value in trainable.network.state_dict().items()}
    return figures, state


def _build_adamw(trainable: Trainable, lr: float) -> torch.optim.AdamW:
    by_decay: dict[float, list[tuple[str, nn.Parameter]]] = defaultdict(list)
    for name, parameter in trainable.network.named_parameters():
        by_decay[trainable.decay(name)].append((name, parameter))
    groups = [
        {
            "params": [parameter for _, parameter in named],
            "names": [name for name, _ in named],
            "weight_decay": decay,
            "lr_scale": 1.0,
        }
        for decay, named in by_decay.items()
    ]
    return torch.optim.AdamW(groups, lr=lr)
