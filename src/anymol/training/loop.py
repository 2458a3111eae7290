"""The training loop of one stage."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import broadcast_object_list
from torch.nn.functional import cross_entropy

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
        checkpoint: Where the optimisers' state is read from, and in the middle of a stage the generators'. Before the
            first step it is of the run that this one goes on from; None starts anew.

    Returns:
        Where the run stands now; its `step` is the stage's length unless the run was stopped.
    """
    accelerator, model = run.accelerator, run.model
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
        prepared = accelerator.prepare(model, *optimisers.values())
        wrapped, steppers = prepared[0], prepared[1:]
        _restore(run, progress, checkpoint, optimisers)
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
            loss, n_real = _accumulate(run, config, wrapped, masters, rows, by_segments=by_segments)
            norm = float(accelerator.clip_grad_norm_(parameters, config.optimiser.clip))
            require_finite(config.stage.value, progress.step, loss, norm)
            for stepper in steppers:
                stepper.step()
                stepper.zero_grad(set_to_none=True)
            masters.publish()
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
            stopped = run.stop.received  # asked once, so that no signal ends the loop without its checkpoint
            if _agree(accelerator, clock.is_due(progress.step)) or last or stopped:
                with masters.shown():
                    _save(run, progress, optimisers)
                clock.restart()
            if stopped:
                break
    accelerator.free_memory()
    return progress


def _restore(
    run: Run, progress: TrainingProgress, checkpoint: Path | None, optimisers: dict[str, torch.optim.Optimizer]
) -> None:
    """Give optimisers and generators the state that the stage goes on with."""
    if checkpoint is not None:
        checkpoints.load_optimisers(checkpoint, optimisers)
    if checkpoint is not None and progress.step:
        checkpoints.load_random(checkpoint)
    else:
        # A stage's draws depend on the seed and the stage alone, not on what came before.
        torch.manual_seed(run.seed * 1_000_003 + progress.stage)


def _agree(accelerator: Accelerator, due: bool) -> bool:
    """Return what the main process says: clocks of processes differ, and all must write together or not at all."""
    if accelerator.num_processes == 1:
        return due
    said = [due]
    broadcast_object_list(said)
    return said[0]


def _accumulate(
    run: Run,
    config: StageConfig,
    wrapped: torch.nn.Module,
    masters: MasterWeights,
    rows: list[PackedRow],
    *,
    by_segments: bool,
) -> tuple[float, int]:
    """Run forward and backward over the rows of one step.

    Each process takes its share of the rows; the loss is the mean over the targets of all of them, however they are
    shared out.

    Returns:
        The loss, and the real tokens of all rows.
    """
    accelerator = run.accelerator
    examples = [example for row in rows for example in row]
    n_targets = max(1, int(run.train.n_targets[examples].sum()))
    n_real = int(run.train.lengths[examples].sum())
    mine = rows[accelerator.process_index :: accelerator.num_processes]
    loss = torch.zeros((), device=accelerator.device)
    for start in range(0, len(mine), config.micro_rows):
        batch = collate_rows(
            run.train,
            mine[start : start + config.micro_rows],
            config.row_length,
            pad_id=run.pad_id,
            n_rows=config.micro_rows,
            by_segments=by_segments,
        ).to(accelerator.device)
        is_last = start + config.micro_rows >= len(mine)
        with ExitStack() as stack:
            if not is_last:
                stack.enter_context(accelerator.no_sync(wrapped))
            if run.model.adapter is not None and run.model.adapter.routes:
                # A mean over this pass's tokens becomes its part of the mean over the step's.
                share = batch.n_real * accelerator.num_processes / n_real
                stack.enter_context(run.model.adapter.scaled_balance(share))
                # Open over the backward pass too, in which checkpointed layers are run again.
                stack.enter_context(run.model.adapter.masked(batch.segments >= 0))
            logits = compute_target_logits(wrapped, run.model, batch, config.precision)
            summed = cross_entropy(logits, batch.targets, reduction="sum")
            # Data parallelism averages gradients over processes; the factor turns that back into a sum.
            # With the decoder frozen, a batch without a molecule has nothing to teach; of several processes all take
            # part all the same, through `reads_absent`.
            if summed.requires_grad:
                accelerator.backward(summed * (accelerator.num_processes / n_targets))
            # Several processes have summed their gradients only after the last pass.
            if is_last or accelerator.num_processes == 1:
                masters.take_gradients()
        loss += summed.detach()
    reduced = accelerator.reduce(loss, reduction="sum")
    return float(reduced) / n_targets, n_real


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
    run.accelerator.wait_for_everyone()
    if run.accelerator.is_main_process:
        checkpoints.save_checkpoint(
            run.checkpoints,
            progress=progress,
            model=run.model,
            optimisers=optimisers,
            key=run.key,
            keep=run.keep,
            average=run.average.tensors(),
            frozen=run.frozen,
        )
    run.accelerator.wait_for_everyone()
