"""What a run is made from, by its plan: shards, the processor, the model, and the encoded examples."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerFast

from anymol.chem.notation import Notation
from anymol.data.config import DataConfig
from anymol.data.example import InstructionExample
from anymol.data.shard_files import SHARDS
from anymol.data.shards import PRETRAIN, ShardReader
from anymol.models.build import build_config, build_model, from_backbone
from anymol.models.modeling import AnyMolForCausalLM
from anymol.models.processor import AnyMolProcessor
from anymol.models.prompt_writer import EncodedExample
from anymol.models.tokenizer import collect_symbols, load_tokenizer, train_tokenizer
from anymol.training.continuation import StartCheckpoint
from anymol.training.corpus import CORPUS, EncodedCorpus, corpus_key, encode_corpus
from anymol.training.kept_processor import find_kept_key, keep_processor, read_kept_processor
from anymol.training.plan import (
    FittedTokenizer,
    FreshDecoder,
    PretrainedDecoder,
    TrainedDecoder,
    TrainedTokenizer,
    TrainingPlan,
)
from anymol.training.start import load_trained

logger = logging.getLogger(__name__)


def prepare_shards(data: DataConfig, directory: Path, data_dir: Path | str | None) -> None:
    """Build the shards of a run, where they are not there yet.

    Raises:
        DataError: They cannot be built.
    """
    if not SHARDS.is_at(directory):
        from anymol.data.build import build  # RDKit: only where shards are not there yet

        build(data, data_dir, directory, workers=os.cpu_count() or 1)


def prepare_processor(
    plan: TrainingPlan, shards: Path, directory: Path, earlier: StartCheckpoint | None = None
) -> AnyMolProcessor:
    """Return the run's processor.

    A tokenizer that is fitted is trained once and then read from `directory`; a run that goes on from another takes
    that one's.

    Raises:
        CheckpointError: The tokenizer that the plan names is not that of the run that it goes on from.
    """
    match plan.model.decoder:
        case PretrainedDecoder():
            return _require_known(prepare_backbone(plan, shards)[1], earlier)
        case TrainedDecoder():
            return _require_known(load_trained(plan)[1], earlier)
        case FreshDecoder():
            pass
    match plan.tokenizer:
        case TrainedTokenizer() as ready:
            processor = AnyMolProcessor(
                load_tokenizer(ready.path, ready.notation),
                notation=ready.notation,
                modalities=plan.model.modalities,
            )
            return _require_known(processor, earlier)
        case FittedTokenizer() as fitted:
            return _fit_processor(plan, fitted, shards, directory, earlier)


def _fit_processor(
    plan: TrainingPlan, fitted: FittedTokenizer, shards: Path, directory: Path, earlier: StartCheckpoint | None
) -> AnyMolProcessor:
    key = corpus_key(fitted.model_dump_json(), read_shard_manifest(shards))
    if earlier is not None or find_kept_key(directory) != key:
        tokenizer = _train_tokenizer(fitted, shards) if earlier is None else earlier.processor().tokenizer
        processor = AnyMolProcessor(tokenizer, notation=fitted.notation, modalities=plan.model.modalities)
        keep_processor(processor, directory, key=key)
    # Read back, so that a resumed run has the very same tokenizer as the first; the plan says what is read beside text.
    return read_kept_processor(directory).with_modalities(plan.model.modalities)


def _require_known(processor: AnyMolProcessor, earlier: StartCheckpoint | None) -> AnyMolProcessor:
    if earlier is not None:
        earlier.require_tokenizer(processor)
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
            config = build_config(size, processor, plan.model.adapters)
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
        dtype=torch.float32 if plan.decoder_learns else decoder.torch_dtype,
        quantised=decoder.quantised,
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
        f"schema {CORPUS.schema}",
        json.dumps(processor.modalities, sort_keys=True),
        str(processor.chat_template),
        processor.tokenizer.backend_tokenizer.to_str(),
        read_shard_manifest(shards),
    )
    for folder in known:
        if CORPUS.is_at(folder / f"{split}-{key}"):
            return EncodedCorpus.load(folder / f"{split}-{key}")
    target = directory / f"{split}-{key}"
    if not CORPUS.is_at(target):
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


def read_shard_manifest(shards: Path) -> bytes:
    """Return the manifest of shards as it is written: it holds their checksums, so it stands for what they hold."""
    return (shards / SHARDS.manifest).read_bytes()
