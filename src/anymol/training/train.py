"""A whole run: its parts prepared, the stages in order, the finished model."""

from __future__ import annotations

import gc
import json
import platform
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import torch

from anymol.data.shards import PRETRAIN
from anymol.locks import lock_folder
from anymol.models.adaptation import adapter_modules
from anymol.models.checkpoint import save_checkpoint
from anymol.models.encoder_weights import load_encoder_weights
from anymol.models.modeling import AnyMolForCausalLM
from anymol.models.processor import AnyMolProcessor
from anymol.training import checkpoints
from anymol.training.checkpoints import (
    CHECKPOINTS_FOLDER,
    FrozenPart,
    TrainingProgress,
    load_model_tensors,
    model_tensors,
)
from anymol.training.continuation import (
    ENCODED_FOLDER,
    PROCESSOR_FOLDER,
    StartCheckpoint,
    encoded_elsewhere,
    lay_start,
    open_start,
    read_start,
    record_plan,
    require_same_tokenizer,
)
from anymol.training.corpus import EncodedCorpus, corpus_key
from anymol.training.generated import Judge, same_text
from anymol.training.kept_processor import find_kept_key, keep_processor
from anymol.training.loop import train_stage
from anymol.training.metrics_logger import METRICS_FILE, MetricsLogger, read_metrics
from anymol.training.plan import FreshDecoder, TrainedTokenizer, TrainingPlan
from anymol.training.preparation import (
    prepare_corpus,
    prepare_model,
    prepare_processor,
    prepare_shards,
    read_shard_manifest,
)
from anymol.training.processes import Processes, count_launched, joined
from anymol.training.run import LOCK_HINT, Run, RunResult
from anymol.training.sharding import Sharding, is_sharded, shard_model
from anymol.training.stages import WATCHING, Component, Precision, Stage, StageConfig
from anymol.training.start import list_trained_tasks
from anymol.training.stop_signal import StopSignal


def run(
    plan: TrainingPlan,
    output: Path | str,
    *,
    resume: bool = False,
    data_dir: Path | str | None = None,
    shards: Path | str | None = None,
    start: Path | str | None = None,
    judge: Judge = same_text,
) -> RunResult:
    """Train a model from its plan.

    The folder holds ``shards/``, ``encoded/`` (tokenised once, reused), ``checkpoints/``, ``metrics.jsonl``,
    ``tensorboard/`` and at last ``model/``.

    Args:
        plan: What is trained, and how.
        output: Folder of the run.
        resume: Continue from the newest checkpoint: the same batches and losses follow as in a run never stopped.
            Without a checkpoint the run starts from its beginning.
        data_dir: Real data, needed only where shards are to be built.
        shards: Shards built elsewhere; ``output/shards`` where it is not given, built when absent.
        start: A checkpoint, or the folder of a run that has one, of another recipe or other data, to go on from: the
            weights, their average and the optimisers' state come from it, tokens are counted on, and stages, steps and
            draws begin anew. It counts only while `output` has no checkpoint of its own.
        judge: Whether an answer that the model writes in validation is right; chemistry stays out of this room, so it
            is given.

    Raises:
        CheckpointError: If `output` holds a run and `resume` is false, or a checkpoint does not fit the plan.
        DataError: If shards are damaged or cannot be built.
        ConfigError: If a mixture asks for tasks that the shards do not have.
    """
    output = Path(output)
    if plan.threads is not None:
        torch.set_num_threads(plan.threads)
    for stage in plan.stages:
        stage.require_equal_passes(count_launched())
    directory = Path(shards) if shards is not None else output / "shards"
    began = None if start is None else Path(start)
    with joined() as accelerator:
        processes = Processes(accelerator)
        # Of several processes of one run the first holds the folder for all.
        with lock_folder(output, hint=LOCK_HINT) if processes.is_first else nullcontext():
            return _train(
                plan, output, processes, directory, data_dir=data_dir, start=began, resume=resume, judge=judge
            )


def _train(
    plan: TrainingPlan,
    output: Path,
    processes: Processes,
    directory: Path,
    *,
    data_dir: Path | str | None,
    start: Path | None,
    resume: bool,
    judge: Judge,
) -> RunResult:
    """Train in a folder that is held for this run."""
    started = time.perf_counter()
    newest = checkpoints.find_newest(output / CHECKPOINTS_FOLDER, resume=resume)
    with processes.first_alone():
        if processes.is_first and newest is None:
            lay_start(plan, output, start, resume=resume)
        earlier = open_start(plan, output) if newest is None else None
        prepare_shards(plan.data_for(data_dir=data_dir is not None), directory, data_dir)
        processor = prepare_processor(plan, directory, output / PROCESSOR_FOLDER, earlier)
        if newest is not None and isinstance(plan.tokenizer, TrainedTokenizer):
            place = plan.tokenizer.path
            hint = f"put back the tokenizer that was in {place} when the run was started"
            require_same_tokenizer(processor, output / PROCESSOR_FOLDER, hint=hint)
        if processes.is_first:
            record_plan(plan, output)
            if newest is None:
                # Who goes on from this run takes it from here.
                keep_processor(processor, output / PROCESSOR_FOLDER, key=find_kept_key(output / PROCESSOR_FOLDER) or "")
        known = encoded_elsewhere(output)
        train, val = (
            prepare_corpus(plan, directory, split, processor, output / ENCODED_FOLDER, known)
            for split in ("train", "val")
        )
    stop = StopSignal(patient=processes.number > 1)
    # Only now: what comes before has no checkpoint to write, and ends at once when asked to.
    with stop.installed():
        key = corpus_key(_plan_digest(plan), read_shard_manifest(directory))
        progress = TrainingProgress(stage=0, step=0, tokens=0, stream={})
        if newest is not None:
            progress = checkpoints.read_progress(newest, key=key)
        elif earlier is not None:
            progress = replace(progress, tokens=earlier.progress.tokens)
        opened = newest if earlier is None else earlier.checkpoint
        model, frozen = _open_model(plan, processor, directory, earlier, opened)
        # A process whose rows lack a modality must still take part in the reduction of its gradients.
        model.reads_absent = processes.number > 1
        kept = (progress.stage, progress.step) if newest is not None else None
        device = processes.accelerator.device
        with MetricsLogger(output, kept=kept, active=processes.is_first) as metrics_logger:
            _introduce(plan, model, train, metrics_logger)
            if earlier is not None:
                metrics_logger.say(f"goes on from {earlier.checkpoint.name}, after {earlier.progress.tokens:,} tokens")
            shared = Run(
                directory=output,
                key=key,
                seed=plan.seed,
                keep=plan.keep,
                validate_examples=plan.validate_examples,
                processor=processor,
                processes=processes,
                model=model.to(device),
                train=train,
                val=val,
                metrics_logger=metrics_logger,
                stop=stop,
                is_fresh=isinstance(plan.model.decoder, FreshDecoder) and read_start(output) is None,
                adapter_starts=_find_adapter_start(plan) if read_start(output) is None else None,
                judge=judge,
                frozen=frozen,
            )
            if opened is not None:
                shared.average.load(checkpoints.load_average(opened), device)
            if plan.sharding is Sharding.FSDP2:
                shard_model(model, device, processes.number)
            # What reading tokenizers and data left in cycles, a hundred megabytes, would lie beside the activations.
            gc.collect()
            progress = _train_stages(plan, shared, progress, opened)
            stage = plan.stages[progress.stage]
            if progress.step < stage.total_steps:
                metrics_logger.say(f"stopped at step {progress.step} of {stage.stage}; --resume goes on from there")
                return RunResult(False, None, progress.tokens, time.perf_counter() - started)
            shared.average.write(model)
            model = _make_plain(plan, model, processor, directory, frozen, kept=processes.is_first)
            if processes.is_first:
                _save_model(plan, output, directory, model, processor, progress)
            processes.wait()
            metrics_logger.say(f"the model is in {output / 'model'}")
    return RunResult(True, output / "model", progress.tokens, time.perf_counter() - started)


def _open_model(
    plan: TrainingPlan, processor: AnyMolProcessor, shards: Path, earlier: StartCheckpoint | None, opened: Path | None
) -> tuple[AnyMolForCausalLM, FrozenPart | None]:
    """Return the model with the weights that the run begins or goes on with, and what of it is at rest throughout.

    Args:
        plan: The run.
        processor: The run's processor.
        shards: The data.
        earlier: What the run goes on from, where it has no checkpoint of its own.
        opened: The checkpoint whose weights it takes; None for a run from nothing.
    """
    torch.manual_seed(plan.seed)
    model = prepare_model(plan, processor, shards)
    weights = plan.model.encoder_weights
    if earlier is not None:
        weights = {name: place for name, place in weights.items() if name in earlier.joining}
    load_encoder_weights(model, weights)
    frozen = _find_frozen(plan, model)
    if opened is not None:
        if not checkpoints.leaves_out_decoder(opened):
            # Its decoder need not be the plan's: the run that this one goes on from may have trained it.
            frozen = None
        checkpoints.load_model(opened, model, () if earlier is None else earlier.fresh_weights, frozen)
    return model, frozen


def _make_plain(
    plan: TrainingPlan,
    model: AnyMolForCausalLM,
    processor: AnyMolProcessor,
    shards: Path,
    frozen: FrozenPart | None,
    *,
    kept: bool,
) -> AnyMolForCausalLM:
    """Return the trained model as it is saved: whole where it was sharded, beside the decoder's own weights where those
    were quantised.

    Args:
        plan: The run.
        model: The trained model.
        processor: Its processor.
        shards: The data.
        frozen: What no stage trained.
        kept: Whether this process needs it, or only takes part in making sharded weights whole.
    """
    quantised = plan.model.quantisation is not None
    if not (is_sharded(model) or quantised):
        return model
    at_rest = frozen.names if quantised and frozen is not None else frozenset()
    weights = model_tensors(model, but=at_rest, kept=kept)
    if not kept:
        return model
    whole = plan.model.decoder.model_copy(update={"quantised": None} if quantised else {})
    parts = plan.model.model_copy(update={"decoder": whole})
    plain = prepare_model(plan.model_copy(update={"model": parts}), processor, shards)
    rests = {name for name in plain.state_dict() if name.startswith("decoder.") and name not in weights}
    load_model_tensors(plain, weights, frozen=rests if quantised else ())
    return plain


def _find_frozen(plan: TrainingPlan, model: AnyMolForCausalLM) -> FrozenPart | None:
    """Return the weights of a pre-trained decoder that no stage trains: reading them again is cheaper than keeping."""
    if plan.decoder_learns or isinstance(plan.model.decoder, FreshDecoder):
        return None
    of_adapter = adapter_modules(model.decoder, model.adapter)
    learns = {id(one) for module in of_adapter for one in chain(module.parameters(), module.buffers())}
    state = model.state_dict(keep_vars=True)
    at_rest = {name: one for name, one in state.items() if name.startswith("decoder.") and id(one) not in learns}
    return None if any(one.is_meta for one in at_rest.values()) else FrozenPart.of(at_rest)


def _find_adapter_start(plan: TrainingPlan) -> int | None:
    """Return the first stage that trains the adapter which the plan puts into the decoder, if there is one."""
    if not plan.model.adapters:
        return None
    trains = (Component.ADAPTER in stage.parts(adapted=True) for stage in plan.stages)
    return next((number for number, learns in enumerate(trains) if learns), None)


def _train_stages(plan: TrainingPlan, shared: Run, progress: TrainingProgress, opened: Path | None) -> TrainingProgress:
    """Train what is left of the stages; return where the run stands at their end, or when it was stopped."""
    for number, stage in enumerate(plan.stages):
        if number < progress.stage or (number == progress.stage and progress.step >= stage.total_steps):
            continue
        if number > progress.stage:
            progress = TrainingProgress(stage=number, step=0, tokens=progress.tokens, stream={})
            opened = None
        progress = train_stage(shared, stage, default_tasks(stage, shared.train.tasks), progress, opened)
        if progress.step < stage.total_steps:
            break
    return progress


def default_tasks(stage: StageConfig, tasks: Sequence[str]) -> tuple[str, ...]:
    """Return the tasks that a stage draws from where its mixture names none."""
    documents = stage.stage is Stage.PRETRAIN
    return tuple(task for task in tasks if (task == PRETRAIN) == documents)


def _plan_digest(plan: TrainingPlan) -> str:
    """Return what must stay as it is when a run is resumed."""
    # A key that older plans do not have stays out of the digest where it says nothing.
    told = plan.model.quantisation is not None
    # Layers that are run again compute the same: what a stage keeps for its backward pass changes nothing.
    stages = tuple(stage.model_copy(update={"gradient_checkpointing": False}) for stage in plan.stages)
    free: dict[str, Any] = {"keep": True, "threads": True, "sharding": True, "stages": {"__all__": set(WATCHING)}}
    if not told:
        free["model"] = {"decoder": {"quantised"}}
    return plan.model_copy(update={"stages": stages}).model_dump_json(exclude=free)


def _introduce(
    plan: TrainingPlan, model: AnyMolForCausalLM, train: EncodedCorpus, metrics_logger: MetricsLogger
) -> None:
    n_parameters = sum(parameter.numel() for parameter in model.parameters())
    stages = ", ".join(f"{stage.stage} {stage.total_steps * stage.batch_tokens:,} tokens" for stage in plan.stages)
    metrics_logger.say(
        f"{plan.name}: {n_parameters:,} parameters; {len(train):,} examples of {train.lengths.sum():,} tokens; {stages}"
    )


def _save_model(
    plan: TrainingPlan,
    output: Path,
    shards: Path,
    model: AnyMolForCausalLM,
    processor: AnyMolProcessor,
    progress: TrainingProgress,
) -> None:
    lines = read_metrics(output / METRICS_FILE)
    validation = [line for line in lines if "val/loss" in line]
    answers = [line for line in lines if any(key.endswith("/generated") for key in line)]
    shard_manifest = json.loads(read_shard_manifest(shards))
    save_checkpoint(
        output / "model",
        model.cpu(),
        processor,
        config=plan.model_dump(mode="json"),
        provenance={
            "name": plan.name,
            "tokens": progress.tokens,
            "steps": {f"{number}-{stage.stage}": stage.total_steps for number, stage in enumerate(plan.stages)},
            "start": read_start(output),
            "validation": validation[-1] if validation else None,
            "generated": answers[-1] if answers else None,
            "tasks": list_trained_tasks(
                plan, shard_manifest.get("counts", {}), is_continued=read_start(output) is not None
            ),
            "data": {name: shard_manifest.get(name) for name in ("name", "sources", "counts", "audit")},
            "hardware": f"{platform.machine()}, {torch.get_num_threads()} threads, torch {torch.__version__}",
        },
        dtype=torch.bfloat16 if plan.model.weights is Precision.BF16 else None,
    )
