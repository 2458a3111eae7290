"""What a run will cost, from its plan and a short timed probe: no data are needed, and no tokenizer to be fitted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from accelerate import Accelerator
from torch import nn
from torch.nn.functional import cross_entropy
from transformers import PreTrainedTokenizerFast

from anymol.backbones.shapes import find_shape
from anymol.models.adaptation import adapter_modules
from anymol.models.config import AnyMolConfig
from anymol.models.modeling import AnyMolForCausalLM
from anymol.models.packed_attention import packed_attention
from anymol.models.processor import AnyMolProcessor
from anymol.models.tokenizer import SPECIAL_TOKENS, load_tokenizer, train_tokenizer
from anymol.training.corpus import EncodedCorpus
from anymol.training.forward import checkpointed, compute_target_logits, reads_segments
from anymol.training.master_weights import MasterWeights, learn_in_fp32
from anymol.training.memory import MemoryEstimate, estimate_memory, watch_saved
from anymol.training.optimisation import build_optimisers, group_parameters
from anymol.training.packing import collate_rows
from anymol.training.plan import (
    FittedTokenizer,
    FreshDecoder,
    PretrainedDecoder,
    TrainedDecoder,
    TrainedTokenizer,
    TrainingPlan,
)
from anymol.training.stages import StageConfig, set_training
from anymol.training.start import load_trained

_LARGE = 300_000_000
"""Weights from which a pre-trained decoder is made in part."""
_SHORT_ROW = 256
"""Tokens of the row that is run of such a one."""
_EXAMPLE = 64
"""Tokens of a made-up example; the second half of it is its answer."""


@dataclass(frozen=True)
class StageEstimate:
    """What one stage costs.

    Attributes:
        name: Kind of the stage.
        steps: Optimiser steps.
        tokens: Positions of packed rows.
        trained: Parameters that learn.
        tokens_per_second: As measured by the probe, eagerly, on this machine as it is now.
        hours: Time of the stage at that speed.
        memory: Bytes at the peak of a step; None where only time is estimated.
    """

    name: str
    steps: int
    tokens: int
    trained: int
    tokens_per_second: float
    hours: float
    memory: MemoryEstimate | None = None


@dataclass(frozen=True)
class Estimate:
    """What a run costs.

    Attributes:
        parameters: Parameters of the model.
        device: Where the probe ran.
        stages: Each stage.
    """

    parameters: int
    device: str
    stages: tuple[StageEstimate, ...]

    @property
    def steps(self) -> int:
        """Optimiser steps of all stages."""
        return sum(stage.steps for stage in self.stages)

    @property
    def tokens(self) -> int:
        """Positions of packed rows of all stages."""
        return sum(stage.tokens for stage in self.stages)

    @property
    def hours(self) -> float:
        """Hours of all stages; data and validation come on top."""
        return sum(stage.hours for stage in self.stages)


def estimate(plan: TrainingPlan, *, seconds: float = 5.0) -> Estimate:
    """Time a few steps of each stage on made-up rows, and see what memory they take.

    A pre-trained decoder need not be at hand: its shape is enough. Of a large one a few layers are made; the time and
    memory of the others follow from theirs.

    Args:
        plan: The run.
        seconds: Time to spend on each stage, after one step to warm up.
    """
    if plan.threads is not None:
        torch.set_num_threads(plan.threads)
    device = Accelerator(mixed_precision="no").device
    torch.manual_seed(plan.seed)
    with torch.device("meta"):
        whole = _build(plan)
    model = _build(plan, most_layers=_layers_to_make(whole)).to(device)
    stages = tuple(_probe(model, whole, stage, device, seconds) for stage in plan.stages)
    return Estimate(sum(parameter.numel() for parameter in whole.parameters()), str(device), stages)


def _layers_to_make(model: AnyMolForCausalLM) -> int:
    """Return how many of a decoder's layers a probe needs: all, or four, which hold a quarter of whatever kind."""
    layers = len(_layers(model))
    return layers if sum(one.numel() for one in model.parameters()) < _LARGE else min(layers, 4)


def _build(plan: TrainingPlan, most_layers: int | None = None) -> AnyMolForCausalLM:
    modalities = plan.model.modalities
    placeholders = {name: SPECIAL_TOKENS.index(f"<{name}>") for name in modalities}
    match plan.model.decoder:
        case FreshDecoder(size=size):
            tokenizer, vocab_size = _prepare_tokenizer(plan.tokenizer)
            text_config = size.to_text_config(AnyMolProcessor(tokenizer, notation=plan.tokenizer.notation))
            text_config.vocab_size = vocab_size
            return AnyMolForCausalLM(AnyMolConfig(text_config, modalities, placeholders, adapters=plan.model.adapters))
        case PretrainedDecoder(path=path):
            shape: Any = find_shape(path)
            if most_layers is not None:
                shape.num_hidden_layers = min(shape.num_hidden_layers, most_layers)
                if getattr(shape, "layer_types", None):
                    shape.layer_types = shape.layer_types[: shape.num_hidden_layers]
            config = AnyMolConfig(shape, modalities, placeholders, adapters=plan.model.adapters)
            model: Any = AnyMolForCausalLM(config)
            model.decoder.to(torch.float32 if plan.decoder_learns else _frozen_dtype(plan))
            return cast(AnyMolForCausalLM, model)
        case TrainedDecoder():
            return load_trained(plan)[0]


def _frozen_dtype(plan: TrainingPlan) -> torch.dtype:
    """Return the type that a pre-trained decoder is held in where no stage trains it."""
    decoder = plan.model.decoder
    assert isinstance(decoder, PretrainedDecoder)
    return decoder.torch_dtype or torch.bfloat16


def _prepare_tokenizer(config: FittedTokenizer | TrainedTokenizer) -> tuple[PreTrainedTokenizerFast, int]:
    """Return a tokenizer with the special tokens, and the size that the vocabulary will have."""
    match config:
        case TrainedTokenizer(path=path, notation=notation):
            tokenizer = load_tokenizer(path, notation)
            return tokenizer, len(tokenizer)
        case FittedTokenizer(vocab_size=vocab_size, notation=notation):
            # Trained on nothing: the texts are not there yet.
            return train_tokenizer((), (), vocab_size, notation), vocab_size


def _probe(
    model: AnyMolForCausalLM, whole: AnyMolForCausalLM, stage: StageConfig, device: torch.device, seconds: float
) -> StageEstimate:
    for one in (model, whole):
        set_training(one, stage.parts(adapted=bool(model.config.adapters)))
    groups = group_parameters(
        model, head=model.get_output_embeddings(), adapter=adapter_modules(model.decoder, model.adapter)
    )
    by_segments = reads_segments(model)
    layers, of = len(_layers(model)), len(_layers(whole))
    # Of a decoder that was made in part a short row is run, and its optimiser, which runs once per step, is left out.
    asked = stage if layers == of else _shorten(stage)
    corpus = _make_up(asked, model.config.text_config.vocab_size)
    per_row = max(1, asked.row_length // _EXAMPLE)
    rows = [tuple(range(row * per_row, (row + 1) * per_row)) for row in range(asked.micro_rows)]
    batch = collate_rows(corpus, rows, asked.row_length, pad_id=0, by_segments=by_segments).to(device)

    def forward() -> torch.Tensor:
        logits = compute_target_logits(model, model, batch, asked.precision)
        return cross_entropy(logits, batch.targets, reduction="sum") / batch.n_targets

    def step(masters: MasterWeights, optimisers: dict[str, torch.optim.Optimizer]) -> None:
        for _ in range(asked.rows // asked.micro_rows):
            loss = forward()
            if loss.requires_grad:
                loss.backward()
            masters.take_gradients()
        if layers == of:
            for optimiser in optimisers.values():
                optimiser.step()
                optimiser.zero_grad()
            masters.publish()

    with ExitStack() as scopes:
        masters = scopes.enter_context(learn_in_fp32(model, asked.precision))
        optimisers = build_optimisers(masters.groups(groups), asked.optimiser)
        if by_segments:
            scopes.enter_context(packed_attention(model.decoder))
        scopes.enter_context(_leading_to_inputs(model))
        with watch_saved(model, _layers(model)) as saved:
            forward()
        with checkpointed(model) if asked.gradient_checkpointing else nullcontext():
            step(masters, optimisers)
            started, n_steps = time.perf_counter(), 0
            while n_steps == 0 or time.perf_counter() - started < seconds:
                step(masters, optimisers)
                # Kernels of an accelerator run on after the call; a number read back waits for them.
                float(next(model.parameters()).detach().flatten()[0])
                n_steps += 1
        elapsed = time.perf_counter() - started
    share = _count_products(model) / _count_products(whole)
    speed = n_steps * asked.batch_tokens / elapsed * share
    tokens = stage.total_steps * stage.batch_tokens
    trained = sum(parameter.numel() for parameter in whole.parameters() if parameter.requires_grad)
    memory = estimate_memory(
        sum(parameter.numel() for parameter in whole.parameters()),
        trained,
        model.get_input_embeddings().get_parameter("weight").element_size(),
        stage,
        saved,
        asked.micro_tokens,
        layers=layers,
        of=of,
        width=model.config.text_config.hidden_size,
    )
    return StageEstimate(stage.stage.value, stage.total_steps, tokens, trained, speed, tokens / speed / 3600, memory)


def _layers(model: AnyMolForCausalLM) -> nn.ModuleList:
    layers: Any = model.get_decoder().layers
    return cast(nn.ModuleList, layers)


@contextmanager
def _leading_to_inputs(model: AnyMolForCausalLM) -> Iterator[None]:
    """Let gradients be asked for as molecule tokens and new tokens ask for them, though made-up rows have none."""
    learns = any(one.requires_grad for part in (model.encoders, model.projectors) for one in part.parameters())
    if not learns:
        yield
        return
    handle = model.get_input_embeddings().register_forward_hook(lambda _, __, output: output.requires_grad_())
    try:
        yield
    finally:
        handle.remove()


def _shorten(stage: StageConfig) -> StageConfig:
    """Return a stage of one short row a step."""
    length = min(stage.row_length, _SHORT_ROW)
    return stage.model_copy(update={"batch_tokens": length, "micro_batch_tokens": length, "row_length": length})


def _count_products(model: AnyMolForCausalLM) -> int:
    """Return the weights that are multiplied for each token: all of the decoder but its embedding."""
    embedding = model.get_input_embeddings().get_parameter("weight")
    tied = embedding is model.get_output_embeddings().get_parameter("weight")
    return sum(int(one.numel()) for one in model.decoder.parameters()) - (0 if tied else embedding.numel())


def _make_up(stage: StageConfig, vocab_size: int) -> EncodedCorpus:
    """Return made-up text that fills the rows of one forward pass."""
    n_examples = stage.micro_rows * max(1, stage.row_length // _EXAMPLE)
    length = min(_EXAMPLE, stage.row_length)
    generator = np.random.default_rng(0)
    first = len(SPECIAL_TOKENS)
    return EncodedCorpus(
        {
            "tokens": generator.integers(first, vocab_size, n_examples * length),
            "learned": np.tile(np.arange(length) >= length // 2, n_examples).astype(np.uint8),
            "offsets": np.arange(n_examples + 1) * length,
            "task": np.zeros(n_examples, np.uint8),
        },
        ("made_up",),
    )
