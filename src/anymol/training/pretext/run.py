"""A self-supervised run: shards, steps, checkpoints, and at last the encoder in a directory of its own.

Batch k and what is hidden in it are functions of the seed and k alone, and a checkpoint holds all that the next step
depends on: on a CPU a resumed run repeats one never stopped bit for bit, on a GPU but for the order of its sums.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from anymol.data.shard_files import read_manifest
from anymol.encoders.storage import save_encoder
from anymol.training import checkpoints
from anymol.training.checkpoints import CHECKPOINTS_FOLDER, TrainingProgress
from anymol.training.corpus import corpus_key
from anymol.training.metrics_logger import MetricsLogger
from anymol.training.optimisation import build_optimisers, group_parameters, set_learning_rate
from anymol.training.preparation import prepare_shards, read_shard_manifest
from anymol.training.pretext.objective import Objective, Outcome
from anymol.training.pretext.plan import PretextPlan, build_objective
from anymol.training.pretext.records import ShownRecords
from anymol.training.run import RunResult
from anymol.training.stages import Precision
from anymol.training.stop_signal import StopSignal

_ORDER, _HIDE, _HIDE_VAL = 0, 1, 2
"""What a seed is split for: the order of molecules, what is hidden in training, what is hidden in validation."""


def run(
    plan: PretextPlan,
    output: Path | str,
    *,
    resume: bool = False,
    data_dir: Path | str | None = None,
    shards: Path | str | None = None,
) -> RunResult:
    """Train an encoder from its plan, in one process, on a GPU where there is one.

    The folder holds ``shards/``, ``checkpoints/``, ``metrics.jsonl``, ``tensorboard/`` and at last ``encoder/``, which
    a model takes by ``model.encoder_weights``.

    Args:
        plan: What is trained, and how.
        output: Folder of the run.
        resume: Continue from the newest checkpoint, batch for batch; without one the run starts from its beginning.
        data_dir: Real data, needed only where shards are to be built.
        shards: Shards built elsewhere; ``output/shards`` where it is not given, built when absent.

    Returns:
        How the run ended; its tokens are atoms, its model is the encoder's directory.

    Raises:
        CheckpointError: If `output` holds a run and `resume` is false, or a checkpoint does not fit the plan.
        DataError: If shards are damaged, cannot be built, or do not show the encoder's modality.
    """
    started = time.perf_counter()
    output = Path(output)
    if plan.threads is not None:
        torch.set_num_threads(plan.threads)
    newest = checkpoints.find_newest(output / CHECKPOINTS_FOLDER, resume=resume)
    directory = Path(shards) if shards is not None else output / "shards"
    prepare_shards(plan.data_for(data_dir=data_dir is not None), directory, data_dir)
    torch.manual_seed(plan.seed)
    objective = build_objective(plan.objective)
    train, val = (ShownRecords(directory, split, plan.objective.modality) for split in ("train", "val"))
    digest = plan.model_dump_json(exclude={"keep"})
    key = corpus_key("pretext", digest, read_shard_manifest(directory))
    progress = TrainingProgress(stage=0, step=0, tokens=0, stream={})
    if newest is not None:
        progress = checkpoints.read_progress(newest, key=key)
        checkpoints.load_model(newest, objective)
    device = choose_device()
    objective.to(device)
    optimisers = build_optimisers(group_parameters(objective), plan.optimiser)
    if newest is not None:
        if progress.step < plan.steps:
            checkpoints.load_optimisers(newest, optimisers)
        checkpoints.load_random(newest)
    kept = (progress.stage, progress.step) if newest is not None else None
    stop = StopSignal()
    with stop.installed(), MetricsLogger(output, kept=kept) as metrics_logger:
        n_parameters = sum(parameter.numel() for parameter in objective.encoder.parameters())
        metrics_logger.say(
            f"{plan.name}: {plan.objective.kind}, an encoder of {n_parameters:,} parameters; {len(train):,} molecules, "
            f"{plan.steps:,} steps of {plan.batch_molecules:,}"
        )
        metrics_logger.begin(plan.objective.kind, total=plan.steps, done=progress.step)
        if progress.step == 0:
            _validate(plan, objective, val, metrics_logger, progress, device)
        stopped = False
        while progress.step < plan.steps and not stopped:
            progress = _step(plan, objective, optimisers, train, metrics_logger, progress, device)
            last = progress.step == plan.steps
            stopped = stop.received  # asked once, so that no signal ends the loop without its checkpoint
            if not last and plan.validate_every and progress.step % plan.validate_every == 0:
                _validate(plan, objective, val, metrics_logger, progress, device)
            due = plan.checkpoint_every and progress.step % plan.checkpoint_every == 0
            if last or due or stopped:
                checkpoints.save_checkpoint(
                    output / CHECKPOINTS_FOLDER,
                    progress=progress,
                    model=objective,
                    optimisers={} if last else optimisers,
                    key=key,
                    keep=plan.keep,
                )
        if progress.step < plan.steps:
            metrics_logger.say(f"stopped at step {progress.step}; --resume goes on from there")
            return RunResult(False, None, progress.tokens, time.perf_counter() - started)
        measured = _validate(plan, objective, val, metrics_logger, progress, device)
        encoder = _save(plan, objective, progress, measured, directory, output / "encoder")
        metrics_logger.say(f"the encoder is in {encoder}; a model takes it by model.encoder_weights")
    return RunResult(True, encoder, progress.tokens, time.perf_counter() - started)


def _save(
    plan: PretextPlan,
    objective: Objective,
    progress: TrainingProgress,
    measured: Mapping[str, float],
    shards: Path,
    directory: Path,
) -> Path:
    """Write the encoder without the heads that taught it, and where it came from."""
    return save_encoder(
        objective.encoder,
        plan.objective.modality,
        directory,
        provenance={
            "plan": plan.model_dump(mode="json"),
            "steps": progress.step,
            "atoms": progress.tokens,
            "validation": dict(measured),
            "sources": dict(read_manifest(shards).sources),
            "hardware": f"{platform.machine()}, {torch.get_num_threads()} threads, torch {torch.__version__}",
        },
    )


def draw_batch(n_molecules: int, size: int, step: int, seed: int) -> NDArray[np.int64]:
    """Return which molecules a step sees: a fresh permutation per epoch, batches running on across its border.

    Args:
        n_molecules: Molecules there are.
        size: Molecules of a batch.
        step: Number of the step, from 0.
        seed: Seed of the run.

    Returns:
        Shape (size,), int64.
    """
    places = np.arange(step * size, (step + 1) * size)
    epochs = places // n_molecules
    drawn = np.empty(size, dtype=np.int64)
    for epoch in np.unique(epochs):
        order = np.random.default_rng([seed, _ORDER, int(epoch)]).permutation(n_molecules)
        mine = epochs == epoch
        drawn[mine] = order[places[mine] % n_molecules]
    return drawn


def _step(
    plan: PretextPlan,
    objective: Objective,
    optimisers: Mapping[str, torch.optim.Optimizer],
    train: ShownRecords,
    metrics_logger: MetricsLogger,
    progress: TrainingProgress,
    device: torch.device,
) -> TrainingProgress:
    started = time.perf_counter()
    factor = plan.schedule.factor(progress.step, plan.steps)
    set_learning_rate(dict(optimisers), plan.optimiser.lr * factor)
    records = [train[int(i)] for i in draw_batch(len(train), plan.batch_molecules, progress.step, plan.seed)]
    batch = objective.prepare(records, np.random.default_rng([plan.seed, _HIDE, progress.step]))
    n_atoms = int(batch["n_atoms"].sum())
    outcome, norm = take_step(plan, objective, optimisers, batch, device)
    progress = replace(progress, step=progress.step + 1, tokens=progress.tokens + n_atoms)
    loss, seconds = float(outcome.loss), time.perf_counter() - started
    line: dict[str, Any] = {
        "stage": 0,
        "name": plan.objective.kind,
        "step": progress.step,
        "atoms": progress.tokens,
        "loss": loss,
        "gradient_norm": norm,
        "lr": plan.optimiser.lr * factor,
        **_means(outcome.figures),
        "molecules_per_second": len(records) / seconds,
    }
    metrics_logger.write(line, tokens=progress.tokens)
    metrics_logger.advance(progress.step, f"loss {loss:.3f}  {len(records) / seconds:,.0f} molecules/s")
    return progress


def take_step(
    plan: PretextPlan,
    objective: Objective,
    optimisers: Mapping[str, torch.optim.Optimizer],
    batch: Mapping[str, Tensor],
    device: torch.device,
) -> tuple[Outcome, float]:
    """Run forward and backward over a batch and update the weights.

    Returns:
        The outcome, cut from the graph, and the norm of the gradient before it was clipped.
    """
    objective.train()
    with _arithmetic(plan.precision, device):
        outcome = objective({name: tensor.to(device) for name, tensor in batch.items()})
    outcome.loss.backward()
    norm = nn.utils.clip_grad_norm_(objective.parameters(), plan.optimiser.clip)
    for optimiser in optimisers.values():
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
    return outcome._replace(loss=outcome.loss.detach()), float(norm)


def choose_device() -> torch.device:
    """Return the GPU where there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


@torch.no_grad()
def _validate(
    plan: PretextPlan,
    objective: Objective,
    val: ShownRecords,
    metrics_logger: MetricsLogger,
    progress: TrainingProgress,
    device: torch.device,
) -> dict[str, float]:
    """Measure the held-out molecules, the same atoms hidden each time, beside the guess of their commonest type."""
    objective.eval()
    sums: dict[str, Tensor] = {}
    hidden: list[Tensor] = []
    loss, count = 0.0, min(len(val), plan.validate_molecules)
    for start in range(0, count, plan.batch_molecules):
        records = [val[i] for i in range(start, min(start + plan.batch_molecules, count))]
        batch = objective.prepare(records, np.random.default_rng([plan.seed, _HIDE_VAL, start]))
        with _arithmetic(plan.precision, device):
            outcome = objective({name: tensor.to(device) for name, tensor in batch.items()})
        loss += float(outcome.loss) * len(records)
        hidden.append(outcome.hidden.cpu())
        for name, figure in outcome.figures.items():
            sums[name] = sums.get(name, torch.zeros(2)) + figure.cpu()
    types = torch.cat(hidden)
    measured = {"loss": loss / count, **_means(sums), "commonest_type": float(types.bincount().max()) / len(types)}
    line = {f"val/{name}": value for name, value in measured.items()}
    stand = {"stage": 0, "name": plan.objective.kind, "step": progress.step}
    metrics_logger.write(stand | line, tokens=progress.tokens)
    shown = "  ".join(f"{name} {value:.3f}" for name, value in measured.items())
    metrics_logger.say(f"step {progress.step}: {count:,} held-out molecules, {len(types):,} hidden atoms: {shown}")
    return measured


def _means(figures: Mapping[str, Tensor]) -> dict[str, float]:
    return {name: float(figure[0] / figure[1].clamp(min=1)) for name, figure in figures.items()}


@contextmanager
def _arithmetic(precision: Precision, device: torch.device) -> Iterator[None]:
    with torch.autocast(device.type, torch.bfloat16, enabled=precision is Precision.BF16):
        yield
