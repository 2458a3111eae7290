"""What a run will cost, from its plan and a short timed probe: no data are needed, and no tokenizer to be fitted."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
import torch
from accelerate import Accelerator
from torch.nn.functional import cross_entropy
from transformers import PreTrainedTokenizerFast

from anymol.models.adaptation import adapter_modules
from anymol.models.config import AnyMolConfig
from anymol.models.modeling import AnyMolForCausalLM
from anymol.models.packed_attention import packed_attention
from anymol.models.processor import AnyMolProcessor
from anymol.models.tokenizer import SPECIAL_TOKENS, load_tokenizer, train_tokenizer
from anymol.training.corpus import EncodedCorpus
from anymol.training.forward import compute_target_logits, reads_segments
from anymol.training.master_weights import MasterWeights, learn_in_fp32
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
    """

    name: str
    steps: int
    tokens: int
    trained: int
    tokens_per_second: float
    hours: float


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
    """Time a few steps of each stage on made-up rows.

    Args:
        plan: The run.
        seconds: Time to spend on each stage, after one step to warm up.
    """
    if plan.threads is not None:
        torch.set_num_threads(plan.threads)
    device = Accelerator(mixed_precision="no").device
    torch.manual_seed(plan.seed)
    model = _build(plan).to(device)
    stages = tuple(_probe(model, stage, device, seconds) for stage in plan.stages)
    return Estimate(sum(parameter.numel() for parameter in model.parameters()), str(device), stages)


def _build(plan: TrainingPlan) -> AnyMolForCausalLM:
    modalities = plan.model.modalities
    placeholders = {name: SPECIAL_TOKENS.index(f"<{name}>") for name in modalities}
    match plan.model.decoder:
        case FreshDecoder(size=size):
            tokenizer, vocab_size = _prepare_tokenizer(plan.tokenizer)
            text_config = size.to_text_config(AnyMolProcessor(tokenizer, notation=plan.tokenizer.notation))
            text_config.vocab_size = vocab_size
            return AnyMolForCausalLM(AnyMolConfig(text_config, modalities, placeholders, adapters=plan.model.adapters))
        case PretrainedDecoder(path=path):
            from transformers import AutoModelForCausalLM

            decoder = AutoModelForCausalLM.from_pretrained(path)
            config = AnyMolConfig(decoder.config, modalities, placeholders, adapters=plan.model.adapters)
            return AnyMolForCausalLM(config, decoder=decoder)
        case TrainedDecoder():
            return load_trained(plan)[0]


def _prepare_tokenizer(config: FittedTokenizer | TrainedTokenizer) -> tuple[PreTrainedTokenizerFast, int]:
    """Return a tokenizer with the special tokens, and the size that the vocabulary will have."""
    match config:
        case TrainedTokenizer(path=path, notation=notation):
            tokenizer = load_tokenizer(path, notation)
            return tokenizer, len(tokenizer)
        case FittedTokenizer(vocab_size=vocab_size, notation=notation):
            # Trained on nothing: the texts are not there yet.
            return train_tokenizer((), (), vocab_size, notation), vocab_size


def _probe(model: AnyMolForCausalLM, stage: StageConfig, device: torch.device, seconds: float) -> StageEstimate:
    set_training(model, stage.parts(adapted=bool(model.config.adapters)))
    groups = group_parameters(
        model, head=model.get_output_embeddings(), adapter=adapter_modules(model.decoder, model.adapter)
    )
    by_segments = reads_segments(model)
    corpus = _make_up(stage, model.config.text_config.vocab_size)
    per_row = max(1, stage.row_length // _EXAMPLE)
    rows = [tuple(range(row * per_row, (row + 1) * per_row)) for row in range(stage.micro_rows)]
    batch = collate_rows(corpus, rows, stage.row_length, pad_id=0, by_segments=by_segments).to(device)

    def step(masters: MasterWeights, optimisers: dict[str, torch.optim.Optimizer]) -> None:
        for _ in range(stage.rows // stage.micro_rows):
            logits = compute_target_logits(model, model, batch, stage.precision)
            loss = cross_entropy(logits, batch.targets, reduction="sum") / batch.n_targets
            if loss.requires_grad:
                loss.backward()
            masters.take_gradients()
        for optimiser in optimisers.values():
            optimiser.step()
            optimiser.zero_grad()
        masters.publish()

    with ExitStack() as scopes:
        masters = scopes.enter_context(learn_in_fp32(model, stage.precision))
        optimisers = build_optimisers(masters.groups(groups), stage.optimiser)
        if by_segments:
            scopes.enter_context(packed_attention(model.decoder))
        step(masters, optimisers)
        started, n_steps = time.perf_counter(), 0
        while n_steps == 0 or time.perf_counter() - started < seconds:
            step(masters, optimisers)
            # Kernels of an accelerator run on after the call; a number read back waits for them.
            float(next(model.parameters()).detach().flatten()[0])
            n_steps += 1
    speed = n_steps * stage.batch_tokens / (time.perf_counter() - started)
    tokens = stage.total_steps * stage.batch_tokens
    trained = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
    return StageEstimate(stage.stage.value, stage.total_steps, tokens, trained, speed, tokens / speed / 3600)


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
