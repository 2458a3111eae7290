"""What is measured of a model while a stage trains it: true answers, its own answers, and what it should not forget."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from anymol.training.adapter_log import gamma_line, routing_line
from anymol.training.checkpoints import TrainingProgress
from anymol.training.forgetting import (
    Regression,
    find_regressions,
    held_out_line,
    held_out_tasks,
    read_held_out,
    text_only_tasks,
)
from anymol.training.generated import GenerationValidator
from anymol.training.metrics_logger import METRICS_FILE, read_metrics
from anymol.training.run import Run
from anymol.training.sharding import gathered
from anymol.training.stages import StageConfig
from anymol.training.validation import Validator


class StageMeasurement:
    """The measurements of one stage, written to the run's metrics_logger by its first process.

    Where the stage has averaged weights, these are measured. Several processes share the validation examples, so that
    none waits long for another; each knows what all have found.

    Args:
        run: What the stages share.
        config: The stage.
        tasks: Tasks that the stage trains on.
        by_segments: Whether the model's attention reads segments.

    Raises:
        ConfigError: There is no validation row of a task that the model is to answer.
    """

    def __init__(self, run: Run, config: StageConfig, tasks: Sequence[str], *, by_segments: bool) -> None:
        self._run, self._config = run, config
        self._trained, self._held = (
            Validator(
                run.val,
                measured,
                row_length=config.row_length,
                rows=config.micro_rows,
                pad_id=run.pad_id,
                per_task=run.validate_examples,
                by_segments=by_segments,
            )
            for measured in (tasks, held_out_tasks(run.val, tasks))
        )
        self._answers = _answering(run, config) if config.generate_every_tokens else None

    def begin(self, progress: TrainingProgress) -> None:
        """Measure before the first step: where the stage starts from, and what it could forget."""
        self._validate(progress)
        if not (progress.stage or not self._run.is_fresh):
            return
        adapter, starts = self._run.model.adapter, self._run.adapter_starts
        if adapter is None or starts is None or progress.stage > starts:
            self._measure_held_out(progress)  # with what earlier stages taught the adapter: that too can be forgotten
            return
        # Before anything is trained an adapter may have changed what the decoder says (MoGE's published start does).
        with adapter.disabled():
            before = self._measure_held_out(progress)
        at_start = self._measure_held_out(progress, of_start=True)
        for one in self._find_regressions(before, at_start):
            self._run.metrics_logger.say(f"warning: the adapter, as it is now, makes worse what is held out: {one}")

    def follow(self, progress: TrainingProgress, n_real: int, *, last: bool) -> None:
        """Measure what is due after a step.

        Args:
            progress: Where the run stands after it.
            n_real: Real tokens of the step.
            last: Whether it was the stage's last, after which all is measured.
        """
        config = self._config
        if last or (config.validate_every and progress.step % config.validate_every == 0):
            self._validate(progress)
        every = config.generate_every_tokens
        if every and (last or progress.tokens // every > (progress.tokens - n_real) // every):
            self._generate(progress)
        if last:
            self._compare_held_out(progress)

    def _validate(self, progress: TrainingProgress) -> None:
        run = self._run
        with self._measuring():
            found = self._trained.measure(run.model, self._config.precision, run.processes)
        if not found:
            return
        line = self._head(progress)
        for task, measured in found.items():
            line[f"val/{task}/loss"] = measured.loss
            line[f"val/{task}/exact"] = measured.exact
        if run.model.adapter is not None:
            with gathered(run.model):
                line |= gamma_line(run.model.adapter)
            line |= routing_line(run.model.adapter)
        line["val/loss"] = sum(measured.loss for measured in found.values()) / len(found)
        run.metrics_logger.write(line, tokens=progress.tokens)
        shown = "  ".join(f"{task} {measured.loss:.3f} ({measured.exact:.0%})" for task, measured in found.items())
        run.metrics_logger.say(f"{self._config.stage} step {progress.step}: validation loss (exact)  {shown}")

    def _generate(self, progress: TrainingProgress) -> None:
        run = self._run
        if self._answers is None:
            return
        started = time.perf_counter()
        with self._measuring():
            found = self._answers.measure(run.model, run.processes)
        if not found:
            return
        line = self._head(progress)
        for task, measured in found.items():
            line[f"val/{task}/generated"] = measured.right
            line[f"val/{task}/generated_exact"] = measured.exact
            line[f"val/{task}/readable"] = measured.readable
            line[f"val/{task}/n"] = measured.n
        run.metrics_logger.write(line, tokens=progress.tokens)
        shown = "  ".join(f"{task} {measured.right:.1%} of {measured.n}" for task, measured in found.items())
        seconds = time.perf_counter() - started
        run.metrics_logger.say(f"{self._config.stage} step {progress.step}: answers right  {shown}  ({seconds:.0f} s)")

    def _measure_held_out(self, progress: TrainingProgress, *, of_start: bool = False) -> dict[str, float]:
        """Measure the text that the stage does not train on; return the loss of each task, in nats per token."""
        run = self._run
        with self._measuring():
            found = self._held.measure(run.model, self._config.precision, run.processes)
        if found:
            line = self._head(progress) | held_out_line(found, of_start=of_start)
            run.metrics_logger.write(line, tokens=progress.tokens)
        if run.model.adapter is not None:
            routing_line(run.model.adapter)  # recorded on tasks that are not logged
        return {task: measured.loss for task, measured in found.items()}

    def _compare_held_out(self, progress: TrainingProgress) -> None:
        """Warn of held-out text that the stage made worse."""
        run, config = self._run, self._config
        before: dict[str, float] = {}
        if run.processes.is_first:  # which has written them
            before = read_held_out(read_metrics(run.directory / METRICS_FILE), progress.stage)
        if not any(run.processes.sum((len(before),))):
            return
        after = self._measure_held_out(progress)
        worse = self._find_regressions(before, after)
        for one in worse:
            run.metrics_logger.say(f"warning: {config.stage} made worse what it does not train on: {one}")
        if after and not worse:
            run.metrics_logger.say(
                f"{config.stage}: nothing forgotten beyond {config.forgetting_tolerance} nats, of {', '.join(after)}"
            )

    def _find_regressions(self, before: Mapping[str, float], after: Mapping[str, float]) -> list[Regression]:
        return find_regressions(
            before,
            after,
            tolerance=self._config.forgetting_tolerance,
            text_only=text_only_tasks(self._run.val),
        )

    @contextmanager
    def _measuring(self) -> Iterator[None]:
        """Let the model have the weights that are measured, whole, in this scope."""
        model = self._run.model
        with torch.compiler.set_stance("force_eager"), self._run.average.applied(model), gathered(model):
            yield

    def _head(self, progress: TrainingProgress) -> dict[str, Any]:
        """Return the head of a line: where the run stands, and whether averaged weights were measured."""
        averaged = {"averaged": True} if self._run.average else {}
        place = {"stage": progress.stage, "name": self._config.stage.value, "step": progress.step}
        return {**place, "tokens": progress.tokens, **averaged}


def _answering(run: Run, config: StageConfig) -> GenerationValidator:
    """Return what lets the model answer during a stage."""
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
