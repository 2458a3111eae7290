"""What a run will cost, from its plan and a short timed probe: no data are needed, and no tokenizer to be fitted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
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
from anymol.models.quantisation import quantise_decoder
from anymol.models.tokenizer import load_tokenizer, train_tokenizer
from anymol.models.tokens import SPECIAL_TOKENS
from anymol.training.corpus import EncodedCorpus
from anymol.training.forward import checkpointed, compute_target_logits, reads_segments
from anymol.training.master_weights import learn_in_fp32
from anymol.training.memory import MemoryEstimate, StageWeights, estimate_memory, watch_saved
from anymol.training.optimisation import Optimiser, build_optimisers, group_parameters
from anymol.training.packing import collate_rows
from anymol.training.plan import (
    FittedTokenizer,
    FreshDecoder,
    PretrainedDecoder,
    TrainedDecoder,
    TrainedTokenizer,
    TrainingPlan,
)
from anymol.training.stages import Precision, StageConfig, set_training
from anymol.training.start import load_trained

_LARGE = 300_000_000
"""Weights from which a pre-trained decoder is made in part."""
_SHORT_ROW = 256
"""Tokens of the row that is run of such a one."""
_LONG_PASS = 4096
"""Positions of the longest pass that is run of another; a longer one takes as much longer."""
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
        hours: Time of the stage at that speed, shared out among the processes as if none waited for another.
        memory: Bytes at the peak of a step, on each process; None where only time is estimated.
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
        processes: How many share the run.
    """

    parameters: int
    device: str
    stages: tuple[StageEstimate, ...]
    processes: int = 1

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


def estimate(plan: TrainingPlan, *, seconds: float = 5.0, processes: int = 1) -> Estimate:
    """Time a few passes and an update of each stage on made-up rows, and see what memory they take.

    A step is as many passes as the stage says, and an update.

    A pre-trained decoder need not be at hand: its shape is enough. Of a large one a few layers are made; the time and
    memory of the others follow from theirs.

    Args:
        plan: The run.
        seconds: Time to spend on the passes of each stage, after one to warm up.
        processes: How many will share the run, each with a device like the one that is timed.

    Raises:
        ConfigError: A stage cannot be shared out evenly among the processes.
    """
    for stage in plan.stages:
        stage.require_equal_passes(processes)
    if plan.threads is not None:
        torch.set_num_threads(plan.threads)
    device = Accelerator(mixed_precision="no").device
    torch.manual_seed(plan.seed)
    # A trained model is at hand, and is read.
    is_read = isinstance(plan.model.decoder, TrainedDecoder)
    with nullcontext() if is_read else torch.device("meta"):
        whole = _build(plan)
        most = len(_layers(whole)) if is_read else _layers_to_make(whole)
        made = whole if most == len(_layers(whole)) else _build(plan, most_layers=most)
    model = (whole if is_read else _build(plan, most_layers=most)).to(device)
    share = _count_products(made) / _count_products(whole)
    stages = tuple(_probe(plan, model, whole, stage, device, seconds, share, processes) for stage in plan.stages)
    return Estimate(sum(parameter.numel() for parameter in whole.parameters()), str(device), stages, processes)


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
            model: Any = AnyMolForCausalLM(AnyMolConfig(shape, modalities, placeholders))
            model.decoder.to(torch.float32 if plan.decoder_learns else _frozen_dtype(plan))
            is_shape = model.get_input_embeddings().weight.is_meta
            if plan.model.quantisation is not None and not is_shape:
                quantise_decoder(model.decoder, plan.model.quantisation)
            if plan.model.adapters:  # only now: what learns beside a decoder in bf16 is fp32
                model.inject_adapter(plan.model.adapters)
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
    plan: TrainingPlan,
    model: AnyMolForCausalLM,
    whole: AnyMolForCausalLM,
    stage: StageConfig,
    device: torch.device,
    seconds: float,
    share: float,
    processes: int,
) -> StageEstimate:
    """Return what a stage costs.

    Args:
        plan: The run.
        model: What is timed, perhaps with fewer layers.
        whole: The shape of the whole model.
        stage: The stage.
        device: Where `model` is.
        seconds: Time to spend.
        share: Part of the whole's products that `model` has.
        processes: How many share the stage.
    """
    for one in (model, whole):
        set_training(one, stage.parts(adapted=bool(model.config.adapters)))
    groups = group_parameters(
        model, head=model.get_output_embeddings(), adapter=adapter_modules(model.decoder, model.adapter)
    )
    by_segments = reads_segments(model)
    layers, of = len(_layers(model)), len(_layers(whole))
    asked = _shorten(stage, _SHORT_ROW, _SHORT_ROW) if layers < of else _shorten(stage, stage.row_length, _LONG_PASS)
    corpus = _make_up(asked, model.config.text_config.vocab_size)
    per_row = max(1, asked.row_length // _EXAMPLE)
    rows = [tuple(range(row * per_row, (row + 1) * per_row)) for row in range(asked.micro_rows)]
    batch = collate_rows(corpus, rows, asked.row_length, pad_id=0, by_segments=by_segments).to(device)

    def forward() -> torch.Tensor:
        logits = compute_target_logits(model, model, batch, asked.precision)
        return cross_entropy(logits, batch.targets, reduction="sum") / batch.n_targets

    def run_pass() -> None:
        loss = forward()
        if loss.requires_grad:
            loss.backward()
        masters.take_gradients()
        # Kernels of an accelerator run on after the call; a number read back waits for them.
        float(loss.detach())

    def update() -> None:
        for optimiser in optimisers.values():
            optimiser.step()
        masters.publish()
        float(next(model.parameters()).detach().flatten()[0])

    with ExitStack() as scopes:
        masters = scopes.enter_context(learn_in_fp32(model, asked.precision))
        optimisers = build_optimisers(masters.groups(groups), asked.optimiser)
        if by_segments:
            scopes.enter_context(packed_attention(model.decoder))
        scopes.enter_context(_leading_to_inputs(model))
        with watch_saved(model, _layers(model)) as saved:
            forward()
        with checkpointed(model) if asked.gradient_checkpointing else nullcontext():
            run_pass()
            pass_seconds = _time(run_pass, seconds)
        # Of a decoder that was made in part the optimiser, which runs once per step, is left out.
        update_seconds = 0.0
        if layers == of:
            update()
            update_seconds = _time(update, 0.0)
        for optimiser in optimisers.values():
            optimiser.zero_grad()
    passes = stage.batch_tokens / asked.micro_tokens
    speed = stage.batch_tokens / (passes * pass_seconds + update_seconds) * share
    tokens = stage.total_steps * stage.batch_tokens
    weights = _count_weights(plan, whole, stage)
    memory = estimate_memory(
        weights,
        stage,
        saved,
        asked.micro_tokens,
        layers=layers,
        of=of,
        width=model.config.text_config.hidden_size,
        processes=processes,
        sharding=plan.sharding,
    )
    hours = tokens / speed / 3600 / processes
    return StageEstimate(stage.stage.value, stage.total_steps, tokens, weights.learned, speed, hours, memory)


def _time(work: Callable[[], None], seconds: float) -> float:
    """Return the mean time that something takes, done again and again for a while, and once at least."""
    started, times = time.perf_counter(), 0
    while times == 0 or time.perf_counter() - started < seconds:
        work()
        times += 1
    return (time.perf_counter() - started) / times


def _count_weights(plan: TrainingPlan, whole: AnyMolForCausalLM, stage: StageConfig) -> StageWeights:
    """Return the weights of a stage, as memory counts them.

    Args:
        plan: It says in what the decoder is held.
        whole: The shape of the model, each weight learning or resting as in the stage.
        stage: It says in what the passes read them, and which optimiser updates them.
    """
    sizes = _list_sizes(plan, whole)
    layers = _layers(whole)
    inside = {id(one) for layer in layers for one in layer.parameters()}
    decoder = {id(one) for one in whole.decoder.parameters()} if stage.precision is Precision.BF16_WEIGHTS else set()
    groups = group_parameters(
        whole, head=whole.get_output_embeddings(), adapter=adapter_modules(whole.decoder, whole.adapter)
    )
    is_muon = stage.optimiser.kind is Optimiser.MUON
    learned = {id(one): one.numel() for one in whole.parameters() if one.requires_grad}
    return StageWeights(
        learned=sum(learned.values()),
        frozen=int(sum(size for one, size in sizes.items() if one not in learned)),
        momentum_only=sum(one.numel() for _, one in groups.matrices) if is_muon else 0,
        rounded=sum(one.numel() for one in whole.parameters() if id(one) in decoder),
        rounded_learned=sum(count for one, count in learned.items() if one in decoder),
        layer=int(sum(size for one, size in sizes.items() if one in inside) / len(layers)),
        outside=int(sum(size for one, size in sizes.items() if one not in inside)),
        layer_learned=sum(count for one, count in learned.items() if one in inside) // len(layers),
        outside_learned=sum(count for one, count in learned.items() if one not in inside),
    )


def _list_sizes(plan: TrainingPlan, whole: AnyMolForCausalLM) -> dict[int, float]:
    """Return the bytes of each weight, by the identity of the parameter."""
    quantisation = plan.model.quantisation
    small: set[int] = set()
    if quantisation is not None:
        # What an adapter wraps is a linear map still; its own maps are not in question.
        of_adapter = {id(one) for part in adapter_modules(whole.decoder, whole.adapter) for one in part.modules()}
        maps = (
            one for one in whole.get_decoder().modules() if isinstance(one, nn.Linear) and id(one) not in of_adapter
        )
        small = {id(one.weight) for one in maps}
    return {
        id(one): one.numel()
        * (quantisation.bytes_per_weight if quantisation and id(one) in small else one.element_size())
        for one in whole.parameters()
    }


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


def _shorten(stage: StageConfig, longest: int, positions: int) -> StageConfig:
    """Return a stage of one pass a step.

    Args:
        stage: What is shortened.
        longest: Positions of its longest row.
        positions: Most positions of the pass, where one row is not longer.
    """
    length = min(stage.row_length, longest)
    rows = max(1, min(stage.micro_rows, positions // length))
    size = {"batch_tokens": rows * length, "micro_batch_tokens": rows * length, "row_length": length}
    return stage.model_copy(update=size)


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
