"""The training loop of one stage."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy
from torch.nn.utils import clip_grad_norm_

from anymol.models.adaptation import adapter_modules
from anymol.models.packed_attention import packed_attention
from anymol.training import checkpoints
from anymol.training.adapter_log import balance_line
from anymol.training.checkpoints import CheckpointClock, TrainingProgress
from anymol.training.forward import checkpointed, compile_trunk, compute_target_logits, reads_segments
from anymol.training.master_weights import MasterWeights, learn_in_fp32
from anymol.training.measurement import StageMeasurement
from anymol.training.optimisation import build_optimisers, group_parameters, require_finite, set_learning_rate
from anymol.training.packing import PackedRow, collate_rows
from anymol.training.run import Run
from anymol.training.sharding import gradients_kept, is_sharded, make_whole, settle_shards
from anymol.training.stages import StageConfig, set_training
from anymol.training.stream import BatchStream, StreamState


def train_stage(
    run: Run, config: StageConfig, tasks: tuple[str, ...], progress: TrainingProgress, checkpoint: Path | None
) -> TrainingProgress:
    """Train one stage from where `progress` stands to its end, or to a stop signal.

    Args:
        run: What the stages share.
        config: The stage.
        tasks: Tasks that may be drawn where the mixture names none.
        progress: Where the run stands; its stage number is this stage's.
        checkpoint: Where the optimisers' state is read from. Before the first step it is of the run that this one goes
            on from; None starts anew.

    Returns:
        Where the run stands now; its `step` is the stage's length unless the run was stopped.
    """
    model = run.model
    stream = BatchStream(
        run.train,
        config.mixture,
        row_length=config.row_length,
        seed=run.seed,
        stage=progress.stage,
        tasks=tasks,
        only_modal=config.only_modal,
    )
    if progress.stream:
        stream.state = StreamState.from_json(progress.stream)
    by_segments = reads_segments(model)
    measurement = StageMeasurement(run, config, stream.names, by_segments=by_segments)
    if stream.too_long:
        left_out = ", ".join(f"{count} of {task}" for task, count in stream.too_long.items())
        run.metrics_logger.say(f"{config.stage}: left out as longer than a row of {config.row_length}: {left_out}")
    set_training(model, config.parts(adapted=bool(model.config.adapters)))
    settle_shards(model)
    groups = group_parameters(
        model, head=model.get_output_embeddings(), adapter=adapter_modules(model.decoder, model.adapter)
    )
    run.average.begin(model, decay=config.ema, every=config.ema_every)
    total = config.total_steps
    with ExitStack() as stack:
        masters = stack.enter_context(learn_in_fp32(model, config.precision))
        optimisers = build_optimisers(masters.groups(groups), config.optimiser)
        if config.gradient_checkpointing:
            stack.enter_context(checkpointed(model))
        if by_segments:
            stack.enter_context(packed_attention(model.decoder))
        # What MoRA hands to the layers has another shape in each batch: a graph per batch would be compiled.
        if not (config.compile and not model.is_conditioned and compile_trunk(model)):
            stack.enter_context(torch.compiler.set_stance("force_eager"))
        wrapped = model if is_sharded(model) else run.processes.accelerator.prepare_model(model)
        if checkpoint is not None:
            checkpoints.load_optimisers(checkpoint, optimisers)
        trained = (group["params"] for optimiser in optimisers.values() for group in optimiser.param_groups)
        parameters = [parameter for group in trained for parameter in group]
        clock = CheckpointClock(config.checkpoint_every, config.checkpoint_minutes)
        run.metrics_logger.begin(config.stage.value, total=total, done=progress.step)
        if checkpoint is not None and progress.step == 0:
            known = sum(len(optimiser.state) for optimiser in optimisers.values())
            run.metrics_logger.say(f"the optimisers know {known} of {len(parameters)} weights from before")
        if progress.step == 0:
            measurement.begin(progress)
        while progress.step < total:
            started = time.perf_counter()
            factor = config.schedule.factor(progress.step, total)
            set_learning_rate(optimisers, config.optimiser.lr * factor)
            rows = stream.next_rows(config.rows)
            loss, n_real = _accumulate(run, config, wrapped, masters, rows, progress, by_segments=by_segments)
            if masters.held:
                run.processes.average_gradients(parameters)
            # Asked once and together, so that all processes save, and end, after the same step.
            due = run.processes.is_first and clock.is_due(progress.step + 1)
            # Alone, a process asks at the end of its step instead: it need agree with nobody.
            told = run.processes.number > 1 and run.stop.received
            loss, is_due, stopped = run.processes.sum((loss, due, told))
            _forget_absent(run, rows)
            loss /= max(1, int(run.train.n_targets[[example for row in rows for example in row]].sum()))
            norm = float(make_whole(clip_grad_norm_(parameters, config.optimiser.clip)))
            require_finite(config.stage.value, progress.step, loss, norm)
            for optimiser in optimisers.values():
                optimiser.step()
                optimiser.zero_grad(set_to_none=True)
            masters.publish()
            run.processes.average_statistics(model.encoders)
            progress = replace(
                progress,
                step=progress.step + 1,
                tokens=progress.tokens + n_real,
                stream=stream.state.to_json(),
            )
            with masters.shown():
                run.average.update(model, progress.step)
            seconds = time.perf_counter() - started
            _log_step(run, config, progress, loss, n_real, norm, config.optimiser.lr * factor, seconds)
            last = progress.step == total
            measurement.follow(progress, n_real, last=last)
            if run.processes.number == 1:
                stopped = run.stop.received
            if is_due or last or stopped:
                with masters.shown():
                    _save(run, progress, optimisers)
                clock.restart()
            if stopped:
                break
    run.processes.accelerator.free_memory()
    return progress


def _seed_pass(run: Run, progress: TrainingProgress, number: int) -> None:
    """Let what a forward pass draws (dropout) depend on the run's seed and the pass alone, whoever runs it and when."""
    key = [run.seed, progress.stage, progress.step, number]
    torch.manual_seed(int(np.random.SeedSequence(key).generate_state(1, np.uint64)[0]) >> 1)


def _keep_gradients(run: Run, wrapped: torch.nn.Module) -> AbstractContextManager[None]:
    """Return a scope in which gradients stay on this process, to be summed over all after its last pass."""
    if is_sharded(run.model):
        return gradients_kept(run.model)
    scope: AbstractContextManager[None] = run.processes.accelerator.no_sync(wrapped)
    return scope


def _accumulate(
    run: Run,
    config: StageConfig,
    wrapped: torch.nn.Module,
    masters: MasterWeights,
    rows: list[PackedRow],
    progress: TrainingProgress,
    *,
    by_segments: bool,
) -> tuple[float, int]:
    """Run forward and backward over this process's share of the rows of one step.

    The gradient is that of the mean over the targets of all rows, however they are shared out. Where it arrives in bf16
    it is still of this process alone: data parallelism would sum it in bf16, so that masters are averaged afterwards.

    Returns:
        The loss, summed over the targets of this process; and the real tokens of all rows.
    """
    device, processes = run.processes.accelerator.device, run.processes.number
    examples = [example for row in rows for example in row]
    n_targets = max(1, int(run.train.n_targets[examples].sum()))
    n_real = int(run.train.lengths[examples].sum())
    passes = config.share_rows(rows, processes)
    mine = run.processes.share(range(len(passes)))
    loss = torch.zeros((), device=device)
    for number in mine:
        batch = collate_rows(
            run.train,
            passes[number],
            config.row_length,
            pad_id=run.pad_id,
            n_rows=max(map(len, passes)),
            by_segments=by_segments,
        ).to(device)
        is_last = number == mine[-1]
        _seed_pass(run, progress, number)
        with ExitStack() as stack:
            if not is_last or masters.held:
                stack.enter_context(_keep_gradients(run, wrapped))
            if run.model.adapter is not None and run.model.adapter.routes:
                # A mean over this pass's tokens becomes its part of the mean over the step's.
                stack.enter_context(run.model.adapter.scaled_balance(batch.n_real * processes / n_real))
                # Open over the backward pass too, in which checkpointed layers are run again.
                stack.enter_context(run.model.adapter.masked(batch.segments >= 0))
            logits = compute_target_logits(wrapped, run.model, batch, config.precision)
            summed = cross_entropy(logits, batch.targets, reduction="sum")
            # Data parallelism averages gradients over processes; the factor turns that back into a sum.
            # With the decoder frozen, a batch without a molecule has nothing to teach; of several processes all take
            # part all the same, through `reads_absent`.
            if summed.requires_grad:
                (summed * (processes / n_targets)).backward()
            masters.take_gradients()
        loss += summed.detach()
    return float(loss), n_real


def _forget_absent(run: Run, rows: list[PackedRow]) -> None:
    """Let weights that only dummies reached in a step, on every process, have no gradient instead of one of zeros.

    An optimiser would decay them, and move them by their momentum; on one process it leaves them alone.
    """
    if run.model.reads_absent:
        present = run.train.modalities_of([example for row in rows for example in row])
        for module in run.model.parts_without(present):
            module.zero_grad(set_to_none=True)


def _log_step(
    run: Run,
    config: StageConfig,
    progress: TrainingProgress,
    loss: float,
    n_real: int,
    norm: float,
    lr: float,
    seconds: float,
) -> None:
    """Write a step's line of metrics; `norm` is the gradient's before it is clipped."""
    adapter = run.model.adapter
    balance = {} if adapter is None else balance_line(adapter)
    line: dict[str, Any] = {
        "stage": progress.stage,
        "name": config.stage.value,
        "step": progress.step,
        "tokens": progress.tokens,
        "loss": loss,
        "gradient_norm": norm,
        "lr": lr,
        "filled": n_real / config.batch_tokens,
        **balance,
        "tokens_per_second": n_real / seconds,
    }
    run.metrics_logger.write(line, tokens=progress.tokens)
    run.metrics_logger.advance(progress.step, f"loss {loss:.3f}  {n_real / seconds:,.0f} tokens/s")


def _save(run: Run, progress: TrainingProgress, optimisers: dict[str, torch.optim.Optimizer]) -> None:
    checkpoints.save_checkpoint(
        run.checkpoints,
        progress=progress,
        model=run.model,
        optimisers=optimisers,
        key=run.key,
        keep=run.keep,
        average=run.average.tensors(kept=run.processes.is_first),
        frozen=run.frozen,
        is_writer=run.processes.is_first,
    )
    run.processes.wait()
