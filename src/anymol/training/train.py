"""A whole run: tokenizer, encoded corpora, the stages in order, the finished model."""

from __future__ import annotations

import json
import logging
import os
import platform
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerFast

from anymol.chem.notation import Notation
from anymol.data.example import InstructionExample
from anymol.data.shard_files import SHARDS
from anymol.data.shards import PRETRAIN, ShardReader
from anymol.errors import CheckpointError
from anymol.files import write_atomically
from anymol.models.build import build_config, build_model, from_backbone
from anymol.models.checkpoint import save_checkpoint
from anymol.models.encoder_weights import load_encoder_weights
from anymol.models.modeling import AnyMolForCausalLM
from anymol.models.tokenizer import collect_symbols, load_tokenizer, train_tokenizer
from anymol.processor import AnyMolProcessor, EncodedExample
from anymol.training import checkpoints
from anymol.training.checkpoints import Progress
from anymol.training.continuation import (
    ENCODED_FOLDER,
    PROCESSOR_FOLDER,
    Source,
    encoded_elsewhere,
    lay_start,
    open_start,
    read_start,
    record_plan,
)
from anymol.training.corpus import EncodedCorpus, corpus_key, encode_corpus
from anymol.training.generated import Judge, same_text
from anymol.training.logbook import Logbook, read_metrics
from anymol.training.loop import Run, StopSignal, train_stage
from anymol.training.plan import (
    FittedTokenizer,
    FreshDecoder,
    ModelConfig,
    PretrainedDecoder,
    TrainedDecoder,
    TrainedTokenizer,
    TrainingPlan,
)
from anymol.training.stages import Precision, Stage, StageConfig
from anymol.training.start import load_trained

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunResult:
    """How a run ended.

    Attributes:
        finished: Whether all stages are done; if not, it was stopped and can be resumed.
        model: The finished model's directory; None where the run was stopped.
        tokens: Real tokens seen.
        seconds: Wall time of this call.
    """

    finished: bool
    model: Path | None
    tokens: int
    seconds: float


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
    started = time.perf_counter()
    output = Path(output)
    if plan.threads is not None:
        torch.set_num_threads(plan.threads)
    newest = _newest_checkpoint(output, resume=resume)
    # Precision is a stage's own matter, so accelerate's process-wide setting stays out of it.
    accelerator = Accelerator(mixed_precision="no")
    for stage in plan.stages:
        stage.require_equal_passes(accelerator.num_processes)
    directory = Path(shards) if shards is not None else output / "shards"
    with accelerator.main_process_first():
        if accelerator.is_main_process and newest is None:
            lay_start(plan, output, None if start is None else Path(start), resume=resume)
        source = open_start(plan, output) if newest is None else None
        if not SHARDS.is_at(directory):
            _build_shards(plan, directory, data_dir)
        processor = prepare_processor(plan, directory, output / PROCESSOR_FOLDER, source)
        if accelerator.is_main_process:
            record_plan(plan, output)
            if newest is None:
                processor.save_pretrained(output / PROCESSOR_FOLDER)
        known = encoded_elsewhere(output)
        train, val = (
            prepare_corpus(plan, directory, split, processor, output / ENCODED_FOLDER, known)
            for split in ("train", "val")
        )
    stop = StopSignal()
    # Only now: what comes before has no checkpoint to write, and ends at once when asked to.
    with stop.installed():
        key = corpus_key(_plan_digest(plan), _shard_digest(directory))
        torch.manual_seed(plan.seed)
        model = prepare_model(plan, processor, directory)
        weights = plan.model.encoder_weights
        if source is not None:
            weights = {name: place for name, place in weights.items() if name in source.joining}
        load_encoder_weights(model, weights)
        # A process whose rows lack a modality must still take part in the reduction of its gradients.
        model.reads_absent = accelerator.num_processes > 1
        progress = Progress(stage=0, step=0, tokens=0, stream={})
        if newest is not None:
            progress = checkpoints.read_progress(newest, key=key)
        elif source is not None:
            progress = replace(progress, tokens=source.progress.tokens)
        opened = newest if source is None else source.checkpoint
        if opened is not None:
            checkpoints.load_model(opened, model, () if source is None else source.fresh_weights)
        kept = (progress.stage, progress.step) if newest is not None else None
        with Logbook(output, kept=kept, active=accelerator.is_main_process) as logbook:
            _introduce(plan, model, train, logbook)
            if source is not None:
                logbook.say(f"goes on from {source.checkpoint.name}, after {source.progress.tokens:,} tokens")
            shared = Run(
                directory=output,
                key=key,
                seed=plan.seed,
                keep=plan.keep,
                validate_examples=plan.validate_examples,
                processor=processor,
                accelerator=accelerator,
                model=model.to(accelerator.device),
                train=train,
                val=val,
                logbook=logbook,
                stop=stop,
                is_fresh=isinstance(plan.model.decoder, FreshDecoder) and read_start(output) is None,
                judge=judge,
            )
            if opened is not None:
                shared.average.load(checkpoints.load_average(opened), accelerator.device)
            for number, stage in enumerate(plan.stages):
                if number < progress.stage or (number == progress.stage and progress.step >= stage.total_steps):
                    continue
                if number > progress.stage:
                    progress = Progress(stage=number, step=0, tokens=progress.tokens, stream={})
                    opened = None
                progress = train_stage(shared, stage, default_tasks(stage, train.tasks), progress, opened)
                if progress.step < stage.total_steps:
                    logbook.say(f"stopped at step {progress.step} of {stage.stage}; --resume goes on from there")
                    return RunResult(False, None, progress.tokens, time.perf_counter() - started)
            shared.average.write(model)
            if accelerator.is_main_process:
                _save_model(plan, output, directory, model, processor, progress)
            accelerator.wait_for_everyone()
            logbook.say(f"the model is in {output / 'model'}")
    return RunResult(True, output / "model", progress.tokens, time.perf_counter() - started)


def default_tasks(stage: StageConfig, tasks: Sequence[str]) -> tuple[str, ...]:
    """Return the tasks that a stage draws from where its mixture names none."""
    documents = stage.stage is Stage.PRETRAIN
    return tuple(task for task in tasks if (task == PRETRAIN) == documents)


def prepare_processor(
    plan: TrainingPlan, shards: Path, directory: Path, source: Source | None = None
) -> AnyMolProcessor:
    """Return the run's processor.

    A tokenizer that is fitted is trained once and then read from `directory`; a run that goes on from another takes
    that one's.

    Raises:
        CheckpointError: The tokenizer that the plan names is not that of the run that it goes on from.
    """
    match plan.model.decoder:
        case PretrainedDecoder():
            return _require_known(prepare_backbone(plan, shards)[1], source)
        case TrainedDecoder():
            return _require_known(load_trained(plan)[1], source)
        case FreshDecoder():
            pass
    match plan.tokenizer:
        case TrainedTokenizer() as ready:
            processor = AnyMolProcessor(
                load_tokenizer(ready.path, ready.notation),
                notation=ready.notation,
                graph_tokens=_graph_tokens(plan.model),
                modalities=plan.model.modalities,
            )
            processor.save_pretrained(directory)  # a run that goes on from this one takes it from here
            return _require_known(processor, source)
        case FittedTokenizer() as fitted:
            return _fit_processor(plan, fitted, shards, directory, source)


def _fit_processor(
    plan: TrainingPlan, fitted: FittedTokenizer, shards: Path, directory: Path, source: Source | None
) -> AnyMolProcessor:
    done = directory / "done.json"
    key = corpus_key(fitted.model_dump_json(), _shard_digest(shards))
    if source is None and done.is_file() and json.loads(done.read_text())["key"] == key:
        return AnyMolProcessor.from_pretrained(directory)
    tokenizer = _train_tokenizer(fitted, shards) if source is None else source.processor().tokenizer
    processor = AnyMolProcessor(
        tokenizer,
        notation=fitted.notation,
        graph_tokens=_graph_tokens(plan.model),
        modalities=plan.model.modalities,
    )
    directory.mkdir(parents=True, exist_ok=True)
    processor.save_pretrained(directory)
    write_atomically(done, json.dumps({"key": key}))
    # Read back, so that a resumed run has the very same object as the first.
    return AnyMolProcessor.from_pretrained(directory)


def _require_known(processor: AnyMolProcessor, source: Source | None) -> AnyMolProcessor:
    if source is not None:
        source.require_tokenizer(processor)
    return processor


def _train_tokenizer(config: FittedTokenizer, shards: Path) -> PreTrainedTokenizerFast:
    reader = ShardReader(shards, split="train")
    texts = reader.texts()
    step = max(1, len(texts) // config.max_texts)
    return train_tokenizer(texts[::step], _symbols(config, reader), config.vocab_size, config.notation)


def prepare_model(plan: TrainingPlan, processor: AnyMolProcessor, shards: Path | None = None) -> AnyMolForCausalLM:
    """Return the model that a run starts from; fresh weights follow from torch's seed."""
    match plan.model.decoder:
        case FreshDecoder(size=size):
            config = build_config(size, processor, plan.model.modalities, plan.model.adapters)
            return build_model(config, processor)
        case PretrainedDecoder():
            assert shards is not None
            return prepare_backbone(plan, shards)[0]
        case TrainedDecoder():
            return load_trained(plan)[0]


def prepare_backbone(plan: TrainingPlan, shards: Path) -> tuple[AnyMolForCausalLM, AnyMolProcessor]:
    """Return a model around the plan's pre-trained decoder, with its processor."""
    decoder = plan.model.decoder
    assert isinstance(decoder, PretrainedDecoder)
    assert isinstance(plan.tokenizer, FittedTokenizer)
    return from_backbone(
        decoder.path,
        _symbols(plan.tokenizer, ShardReader(shards, split="train")),
        plan.model.modalities,
        notation=plan.tokenizer.notation,
        frozen=not plan.decoder_learns,
        adapters=plan.model.adapters,
        dtype=torch.float32 if plan.decoder_learns else None,
    )


def prepare_corpus(
    plan: TrainingPlan,
    shards: Path,
    split: str,
    processor: AnyMolProcessor,
    directory: Path,
    known: Sequence[Path] = (),
) -> EncodedCorpus:
    """Return the encoded examples of a split, tokenised once and then mapped from `directory`.

    Args:
        plan: The run.
        shards: The data.
        split: Which part of them.
        processor: How they are encoded.
        directory: Where they are kept.
        known: Other folders where the same may have been kept already.
    """
    key = corpus_key(
        split,
        str(plan.kept_examples if split == "val" else 0),
        processor.notation,
        str(processor.graph_tokens),
        json.dumps(processor.modalities, sort_keys=True),
        str(processor.chat_template),
        processor.tokenizer.backend_tokenizer.to_str(),
        _shard_digest(shards),
    )
    for folder in known:
        if (folder / f"{split}-{key}" / "manifest.json").is_file():
            return EncodedCorpus.load(folder / f"{split}-{key}")
    target = directory / f"{split}-{key}"
    if not (target / "manifest.json").is_file():
        reader = ShardReader(shards, split=split)
        numbers = np.arange(len(reader))
        if split == "val":
            numbers = _first_of_each(reader.tasks, plan.kept_examples)
        started = time.perf_counter()
        corpus = encode_corpus(
            (reader[int(number)] for number in numbers),
            lambda examples: encode_examples(processor, examples),
            vocab_size=len(processor.tokenizer),
        )
        corpus.save(target, key=key)
        logger.info("encoded %d examples of %s in %.0f s", len(corpus), split, time.perf_counter() - started)
    return EncodedCorpus.load(target)


def encode_examples(processor: AnyMolProcessor, examples: Sequence[InstructionExample]) -> Iterator[EncodedExample]:
    """Yield examples encoded, in order: plain documents with loss throughout, the rest with loss on answers."""
    documents = iter(processor.encode_documents([e.answer for e in examples if e.task == PRETRAIN]))
    answers = iter(processor.encode_many([(e.messages, e.answer) for e in examples if e.task != PRETRAIN]))
    for example in examples:
        yield next(documents if example.task == PRETRAIN else answers)


def _first_of_each(tasks: NDArray[np.str_], count: int) -> NDArray[np.int64]:
    """Return the places of the first `count` examples of each task, ascending."""
    places = [place for task in np.unique(tasks) for place in np.flatnonzero(tasks == task)[:count]]
    return np.sort(np.asarray(places, dtype=np.int64))


def _symbols(config: FittedTokenizer, reader: ShardReader) -> tuple[str, ...]:
    written = reader.molecules() if config.notation is Notation.SMILES else reader.selfies()
    return collect_symbols(written, config.notation, min_count=config.min_symbol_count)


def _graph_tokens(config: ModelConfig) -> int | None:
    return config.modalities["graph"].tokens_per_molecule if "graph" in config.modalities else None


def _newest_checkpoint(output: Path, *, resume: bool) -> Path | None:
    found = checkpoints.list_checkpoints(output / "checkpoints")
    if found and not resume:
        raise CheckpointError(
            "this folder already holds a run", value=output, hint="continue it with --resume, or give another folder"
        )
    return found[-1] if found else None


def _build_shards(plan: TrainingPlan, directory: Path, data_dir: Path | str | None) -> None:
    from anymol.data.build import build  # RDKit: only where shards are not there yet

    build(plan.data_for(data_dir=data_dir is not None), data_dir, directory, workers=os.cpu_count() or 1)


_WATCHING = {
    "checkpoint_every",
    "checkpoint_minutes",
    "forgetting_tolerance",
    "generate_every_tokens",
    "generate_examples",
    "generate_tasks",
    "validate_every",
}
"""Keys of a stage that say how a run is watched and change nothing that is learned."""


def _plan_digest(plan: TrainingPlan) -> str:
    """Return what must stay as it is when a run is resumed."""
    return plan.model_dump_json(exclude={"keep": True, "threads": True, "stages": {"__all__": _WATCHING}})


def _shard_digest(shards: Path) -> bytes:
    return (shards / SHARDS.manifest).read_bytes()


def _introduce(plan: TrainingPlan, model: AnyMolForCausalLM, train: EncodedCorpus, logbook: Logbook) -> None:
    n_parameters = sum(parameter.numel() for parameter in model.parameters())
    stages = ", ".join(f"{stage.stage} {stage.total_steps * stage.batch_tokens:,} tokens" for stage in plan.stages)
    logbook.say(
        f"{plan.name}: {n_parameters:,} parameters; {len(train):,} examples of {train.lengths.sum():,} tokens; {stages}"
    )


def _save_model(
    plan: TrainingPlan,
    output: Path,
    shards: Path,
    model: AnyMolForCausalLM,
    processor: AnyMolProcessor,
    progress: Progress,
) -> None:
    lines = read_metrics(output / "metrics.jsonl")
    validation = [line for line in lines if "val/loss" in line]
    answers = [line for line in lines if any(key.endswith("/generated") for key in line)]
    shard_manifest = json.loads(_shard_digest(shards))
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
            "data": {name: shard_manifest.get(name) for name in ("name", "sources", "counts", "audit")},
            "hardware": f"{platform.machine()}, {torch.get_num_threads()} threads, torch {torch.__version__}",
        },
        dtype=torch.bfloat16 if plan.model.weights is Precision.BF16 else None,
    )
