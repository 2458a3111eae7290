"""The training loop of one stage."""

from __future__ import annotations

import logging
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import broadcast_object_list
from torch.nn.functional import cross_entropy

from anymol.models.adaptation import adapter_modules
from anymol.models.modeling import AnyMolForCausalLM
from anymol.models.packed_attention import packed_attention
from anymol.processor import AnyMolProcessor
from anymol.training import checkpoints
from anymol.training.adapter_log import balance_line, gamma_line, routing_line
from anymol.training.averaging import WeightAverage
from anymol.training.checkpoints import CheckpointClock, Progress
from anymol.training.corpus import EncodedCorpus
from anymol.training.forgetting import (
    find_regressions,
    held_out_line,
    held_out_tasks,
    read_held_out,
    text_only_tasks,
)
from anymol.training.forward import compile_trunk, compute_target_logits, reads_segments
from anymol.training.generated import GenerationValidator, Judge, same_text
from anymol.training.logbook import METRICS_FILE, Logbook, read_metrics
from anymol.training.master_weights import MasterWeights, learn_in_fp32
from anymol.training.optimisation import build_optimisers, group_parameters, set_learning_rate
from anymol.training.packing import Row, collate_rows
from anymol.training.stages import StageConfig, set_training
from anymol.training.stream import BatchStream, StreamState
from anymol.training.validation import Validator

logger = logging.getLogger(__name__)


class StopSignal:
    """Notices SIGTERM and SIGINT, so that a run can write a checkpoint and end."""

    def __init__(self) -> None:
        self.received = False

    @contextmanager
    def installed(self) -> Iterator[StopSignal]:
        """Listen while the scope lasts; a second signal ends the process at once."""
        before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

        def notice(number: int, frame: FrameType | None) -> None:
            self.received = True
            signal.signal(number, before[signal.Signals(number)])

        try:
            for number in before:
                signal.signal(number, notice)
        except ValueError:  # not the main thread: the caller looks after signals
            before = {}
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@dataclass(frozen=True)
class Run:
    """What all stages of a run share.

    Attributes:
        directory: Folder of the run.
        key: Checksum of recipe and data.
        seed: Everything random follows from it.
        keep: Newest checkpoints that stay.
        validate_examples: Most validation examples of a task.
        processor: How text becomes tokens, and tokens text.
        accelerator: Devices and processes.
        model: The model, unwrapped.
        train: Encoded training examples.
        val: Encoded validation examples.
        logbook: Where metrics go.
        stop: Whether the run was asked to end.
        is_fresh: Whether the run began with a decoder that knew nothing, so that there was nothing to forget.
        average: Averaged weights, carried from stage to stage.
        judge: Whether an answer that the model writes is right.
    """

    directory: Path
    key: str
    seed: int
    keep: int
    validate_examples: int
    processor: AnyMolProcessor
    accelerator: Accelerator
    model: AnyMolForCausalLM
    train: EncodedCorpus
    val: EncodedCorpus
    logbook: Logbook
    stop: StopSignal
    is_fresh: bool = False
    average: WeightAverage = field(default_factory=WeightAverage)
    judge: Judge = same_text

    @property
    def pad_id(self) -> int:
        """Token of the padding."""
        return int(self.processor.tokenizer.pad_token_id)

    @property
    def checkpoints(self) -> Path:
        """Folder of the checkpoints."""
        return self.directory / "checkpoints"


def train_stage(
    run: Run, config: StageConfig, tasks: tuple[str, ...], progress: Progress, checkpoint: Path | None
) -> Progress:
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
    validator = Validator(
        run.val,
        stream.names,
        row_length=config.row_length,
        rows=config.micro_rows,
        pad_id=run.pad_id,
        per_task=run.validate_examples,
        by_segments=by_segments,
    )
    held = Validator(
        run.val,
        held_out_tasks(run.val, stream.names),
        row_length=config.row_length,
        rows=config.micro_rows,
        pad_id=run.pad_id,
        per_task=run.validate_examples,
        by_segments=by_segments,
    )
    answers = _answering(run, config)
    if stream.too_long:
        left_out = ", ".join(f"{count} of {task}" for task, count in stream.too_long.items())
        run.logbook.say(f"{config.stage}: left out as longer than a row of {config.row_length}: {left_out}")
    set_training(model, config.parts(adapted=bool(model.config.adapters)))
    groups = group_parameters(
        model, head=model.get_output_embeddings(), adapter=adapter_modules(model.decoder, model.adapter)
    )
    run.average.begin(model, decay=config.ema, every=config.ema_every)
    total = config.total_steps
    with ExitStack() as stack:
        masters = stack.enter_context(learn_in_fp32(model, config.precision))
        optimisers = build_optimisers(masters.groups(groups), config.optimiser)
        if by_segments:
            stack.enter_context(packed_attention(model.decoder))
        # What MoRA hands to the layers has another shape in each batch: a graph per batch would be compiled.
        if not (config.compile and not model.is_conditioned and compile_trunk(model)):
            stack.enter_context(torch.compiler.set_stance("force_eager"))
        prepared = accelerator.prepare(model, *optimisers.values())
        wrapped, steppers = prepared[0], prepared[1:]
        if checkpoint is not None:
            checkpoints.load_optimisers(checkpoint, optimisers)
        if checkpoint is not None and progress.step:
            checkpoints.load_random(checkpoint)
        else:
            # A stage's draws depend on the seed and the stage alone, not on what came before.
            torch.manual_seed(run.seed * 1_000_003 + progress.stage)
        trained = (group["params"] for optimiser in optimisers.values() for group in optimiser.param_groups)
        parameters = [parameter for group in trained for parameter in group]
        clock = CheckpointClock(config.checkpoint_every, config.checkpoint_minutes)
        run.logbook.begin(config.stage.value, total=total, done=progress.step)
        if checkpoint is not None and progress.step == 0:
            known = sum(len(optimiser.state) for optimiser in optimisers.values())
            run.logbook.say(f"the optimisers know {known} of {len(parameters)} weights from before")
        if progress.step == 0:
            _validate(run, config, validator, progress)
            if progress.stage or not run.is_fresh:
                _measure_held_out(run, config, held, progress)
        while progress.step < total:
            started = time.perf_counter()
            factor = config.schedule.factor(progress.step, total)
            set_learning_rate(optimisers, config.optimiser.lr * factor)
            rows = stream.next_rows(config.rows)
            loss, n_real = _accumulate(run, config, wrapped, masters, rows, by_segments=by_segments)
            norm = accelerator.clip_grad_norm_(parameters, config.optimiser.clip)
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
            _log_step(run, config, progress, loss, n_real, float(norm), config.optimiser.lr * factor, seconds)
            last = progress.step == total
            if last or (config.validate_every and progress.step % config.validate_every == 0):
                _validate(run, config, validator, progress)
            every = config.generate_every_tokens
            if answers is not None and (last or progress.tokens // every > (progress.tokens - n_real) // every):
                _generate(run, config, answers, progress)
            if last:
                _compare_held_out(run, config, held, progress)
            stopped = run.stop.received  # asked once, so that no signal ends the loop without its checkpoint
            if _agree(accelerator, clock.is_due(progress.step)) or last or stopped:
                with masters.shown():
                    _save(run, progress, optimisers)
                clock.restart()
            if stopped:
                break
    accelerator.free_memory()
    return progress


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
    rows: list[Row],
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
            logits = compute_target_logits(wrapped, run.model, batch, config.precision)
            summed = cross_entropy(logits, batch.targets, reduction="sum")
            # Data parallelism averages gradients over processes; the factor turns that back into a sum.
            # With the decoder at rest, a batch without a molecule has nothing to teach; of several processes all take
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
    progress: Progress,
    loss: float,
    n_real: int,
    norm: float,
    lr: float,
    seconds: float,
) -> None:
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
    run.logbook.write(line, tokens=progress.tokens)
    run.logbook.advance(progress.step, f"loss {loss:.3f}  {n_real / seconds:,.0f} tokens/s")


def _validate(run: Run, config: StageConfig, validator: Validator, progress: Progress) -> None:
    if not run.accelerator.is_main_process:
        return
    with torch.compiler.set_stance("force_eager"), run.average.applied(run.model):
        found = validator.measure(run.model, config.precision)
    if not found:
        return
    line = _head(run, config, progress)
    for task, measured in found.items():
        line[f"val/{task}/loss"] = measured.loss
        line[f"val/{task}/exact"] = measured.exact
    if run.model.adapter is not None:
        line |= gamma_line(run.model.adapter) | routing_line(run.model.adapter)
    line["val/loss"] = sum(measured.loss for measured in found.values()) / len(found)
    run.logbook.write(line, tokens=progress.tokens)
    shown = "  ".join(f"{task} {measured.loss:.3f} ({measured.exact:.0%})" for task, measured in found.items())
    run.logbook.say(f"{config.stage} step {progress.step}: validation loss (exact)  {shown}")


def _answering(run: Run, config: StageConfig) -> GenerationValidator | None:
    """Return what lets the model answer during a stage; None where it is not asked to."""
    if not config.generate_every_tokens:
        return None
    return GenerationValidator(
        run.val,
        config.generate_tasks,
        per_task=config.generate_examples,
        positions=getattr(run.model.config.text_config, "max_position_embeddings", sys.maxsize),
        end_id=run.processor.end_id,
        pad_id=run.pad_id,
        decode=run.processor.decode_answer,
        judge=run.judge,
    )


def _generate(run: Run, config: StageConfig, answers: GenerationValidator, progress: Progress) -> None:
    if not run.accelerator.is_main_process:
        return
    started = time.perf_counter()
    with torch.compiler.set_stance("force_eager"), run.average.applied(run.model):
        found = answers.measure(run.model)
    if not found:
        return
    line = _head(run, config, progress)
    for task, measured in found.items():
        line[f"val/{task}/generated"] = measured.right
        line[f"val/{task}/generated_exact"] = measured.exact
        line[f"val/{task}/readable"] = measured.readable
        line[f"val/{task}/n"] = measured.n
    run.logbook.write(line, tokens=progress.tokens)
    shown = "  ".join(f"{task} {measured.right:.1%} of {measured.n}" for task, measured in found.items())
    seconds = time.perf_counter() - started
    run.logbook.say(f"{config.stage} step {progress.step}: answers right  {shown}  ({seconds:.0f} s)")


def _head(run: Run, config: StageConfig, progress: Progress) -> dict[str, Any]:
    """Return the head of a line of measurements: where the run stands, and whether averaged weights were measured."""
    averaged = {"averaged": True} if run.average else {}
    place = {"stage": progress.stage, "name": config.stage.value, "step": progress.step}
    return {**place, "tokens": progress.tokens, **averaged}


def _measure_held_out(run: Run, config: StageConfig, held: Validator, progress: Progress) -> dict[str, float]:
    if not run.accelerator.is_main_process:
        return {}
    with torch.compiler.set_stance("force_eager"), run.average.applied(run.model):
        found = held.measure(run.model, config.precision)
    if found:
        run.logbook.write(_head(run, config, progress) | held_out_line(found), tokens=progress.tokens)
    if run.model.adapter is not None:
        routing_line(run.model.adapter)  # recorded on tasks that are not logged
    return {task: measured.loss for task, measured in found.items()}


def _compare_held_out(run: Run, config: StageConfig, held: Validator, progress: Progress) -> None:
    """Warn of held-out text that the stage made worse."""
    before = read_held_out(read_metrics(run.directory / METRICS_FILE), progress.stage)
    if not before:
        return
    after = _measure_held_out(run, config, held, progress)
    worse = find_regressions(before, after, tolerance=config.forgetting_tolerance, text_only=text_only_tasks(run.val))
    for one in worse:
        run.logbook.say(f"warning: {config.stage} made worse what it does not train on: {one}")
    if after and not worse:
        run.logbook.say(
            f"{config.stage}: nothing forgotten beyond {config.forgetting_tolerance} nats, of {', '.join(after)}"
        )


def _save(run: Run, progress: Progress, optimisers: dict[str, torch.optim.Optimizer]) -> None:
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
        )
    run.accelerator.wait_for_everyone()
