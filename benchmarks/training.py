"""Training tokens per second: anymol's loop against its form in 0.1 and the plain transformers Trainer, which pads.

All arms train the same fresh decoder on the same encoded examples; a step holds the same number of tokens or, for the
Trainer, of examples on average. Arms are interleaved, and the speed of an arm is that of its real tokens: padding does
not count. Beside each stands which part it is of the machine's own limit: the time that the matrix products of the
decoder's linear layers take alone, in bf16, forward and backward. The result is written as JSON.

    python benchmarks/training.py --shards runs/base/shards --recipe recipes/base.yaml
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import transformers
from machine import describe_machine
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import Dataset
from transformers import Trainer, TrainingArguments

from anymol.data.shards import PRETRAIN, ShardReader
from anymol.models.modeling import AnyMolForCausalLM
from anymol.models.packed_attention import packed_attention
from anymol.models.processor import AnyMolProcessor
from anymol.models.prompt_writer import EncodedExample
from anymol.recipe import load_recipe
from anymol.training.corpus import EncodedCorpus, encode_corpus
from anymol.training.forward import compile_trunk, compute_target_logits
from anymol.training.master_weights import learn_in_fp32
from anymol.training.muon import BatchedMuon
from anymol.training.optimisation import Optimiser, OptimiserConfig, build_optimisers, group_parameters
from anymol.training.packing import collate_rows
from anymol.training.plan import TrainingPlan
from anymol.training.preparation import encode_examples, prepare_model, prepare_processor
from anymol.training.stages import MixtureConfig, Precision, set_training
from anymol.training.stream import BatchStream

WARM_UP = 3
"""Steps before the clock starts: kernels are chosen, and compiled, in the first."""


@dataclass(frozen=True)
class Material:
    """What all arms train on.

    Attributes:
        plan: Gives the model.
        processor: Gives the tokens.
        corpus: The examples, flat.
        examples: The same ones, as the Trainer takes them.
        tokens: Positions of a step.
        steps: Steps on the clock.
    """

    plan: TrainingPlan
    processor: AnyMolProcessor
    corpus: EncodedCorpus
    examples: list[EncodedExample]
    tokens: int
    steps: int


@dataclass(frozen=True)
class Loop:
    """A form of our loop.

    Attributes:
        precision: Arithmetic.
        row_length: Positions of a packed row.
        by_segments: Whether attention stays within examples, instead of a dense mask over rows.
        batched: Whether Muon takes all matrices of a shape together.
    """

    precision: Precision
    row_length: int
    by_segments: bool
    batched: bool


BASELINE = "rows_of_256_autocast"
"""The loop of version 0.1."""

LOOPS = {
    BASELINE: Loop(Precision.BF16, 256, by_segments=False, batched=False),
    "segments_autocast": Loop(Precision.BF16, 2048, by_segments=True, batched=True),
    "segments_bf16_weights": Loop(Precision.BF16_WEIGHTS, 2048, by_segments=True, batched=True),
}
"""Forms of our loop, by name."""


def run_loop(model: AnyMolForCausalLM, material: Material, form: Loop) -> tuple[float, int]:
    """Return seconds and real tokens of the steps of one form of our loop, compiled."""
    set_training(model, ())
    model.requires_grad_(True)
    model.train()
    n_rows = material.tokens // form.row_length
    config = OptimiserConfig(kind=Optimiser.MUON)
    stream = BatchStream(
        material.corpus,
        MixtureConfig(),
        row_length=form.row_length,
        seed=0,
        stage=0,
        tasks=material.corpus.tasks,
    )
    groups = group_parameters(model, head=model.get_output_embeddings())
    started, real = 0.0, 0
    with ExitStack() as stack:
        masters = stack.enter_context(learn_in_fp32(model, form.precision))
        optimisers = build_optimisers(masters.groups(groups), config)
        if not form.batched:
            optimisers["muon"] = one_by_one(optimisers["muon"])
        if form.by_segments:
            stack.enter_context(packed_attention(model.decoder))
        compile_trunk(model)
        learned = [
            one for optimiser in optimisers.values() for group in optimiser.param_groups for one in group["params"]
        ]
        for step in range(material.steps + WARM_UP):
            if step == WARM_UP:
                started, real = time.perf_counter(), 0
            batch = collate_rows(
                material.corpus,
                stream.next_rows(n_rows),
                form.row_length,
                pad_id=0,
                n_rows=n_rows,
                by_segments=form.by_segments,
            )
            logits = compute_target_logits(model, model, batch, form.precision)
            (cross_entropy(logits, batch.targets, reduction="sum") / batch.n_targets).backward()
            masters.take_gradients()
            nn.utils.clip_grad_norm_(learned, config.clip)
            for optimiser in optimisers.values():
                optimiser.step()
                optimiser.zero_grad()
            masters.publish()
            real += batch.n_real
        return time.perf_counter() - started, real


def one_by_one(batched: torch.optim.Optimizer) -> torch.optim.Optimizer:
    """Return torch's Muon for the matrices of ours."""
    assert isinstance(batched, BatchedMuon)
    (group,) = batched.param_groups
    return torch.optim.Muon(group["params"], lr=group["lr"], momentum=group["momentum"], adjust_lr_fn="match_rms_adamw")


class Examples(Dataset[EncodedExample]):
    """Encoded examples as the Trainer takes them."""

    def __init__(self, examples: list[EncodedExample]) -> None:
        self.examples = examples

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, index: int) -> EncodedExample:
        return self.examples[index]


def run_trainer(model: AnyMolForCausalLM, material: Material) -> tuple[float, int]:
    """Return seconds and real tokens of the steps of the Trainer."""
    seen: list[int] = []

    def collate(batch: list[EncodedExample]) -> dict[str, object]:
        seen.append(sum(len(example) for example in batch))
        return material.processor.batch(batch, padding_side="right")

    class Clock(transformers.TrainerCallback):
        started = 0.0

        def on_step_end(self, args, state, control, **_):  # type: ignore[no-untyped-def]
            if state.global_step == WARM_UP:
                self.started = time.perf_counter()

    clock = Clock()
    folder = tempfile.mkdtemp()
    arguments = TrainingArguments(
        output_dir=folder,
        max_steps=material.steps + WARM_UP,
        per_device_train_batch_size=round(material.tokens / float(np.mean(material.corpus.lengths))),
        learning_rate=2e-3,
        weight_decay=0.1,
        max_grad_norm=1.0,
        bf16=True,
        use_cpu=not torch.cuda.is_available(),
        report_to=[],
        save_strategy="no",
        logging_strategy="no",
        disable_tqdm=True,
        remove_unused_columns=False,
        dataloader_pin_memory=False,
    )
    model.train()
    trainer = Trainer(
        model=model,
        args=arguments,
        train_dataset=Examples(material.examples),
        data_collator=collate,
        callbacks=[clock],
    )
    trainer.train()
    seconds = time.perf_counter() - clock.started
    shutil.rmtree(folder)
    return seconds, sum(seen[WARM_UP : material.steps + WARM_UP])


@dataclass(frozen=True)
class Limit:
    """What the machine's products allow.

    Attributes:
        tokens_per_second: Tokens whose products, and nothing else, are computed in a second.
        flops: Floating-point operations of the products of one token, forward and backward.
    """

    tokens_per_second: float
    flops: float


def measure_limit(model: AnyMolForCausalLM, tokens: int, share_of_targets: float, repeats: int = 5) -> Limit:
    """Time the products of every linear layer alone: y = x W^T, dx = dy W, dW = dy^T x, in bf16.

    Args:
        model: Its decoder's layers are measured.
        tokens: Rows of x; the head has only those of the targets.
        share_of_targets: Their part.
        repeats: The fastest of so many counts.
    """
    seconds = flops = 0.0
    head = model.get_output_embeddings()
    known: dict[tuple[int, int, int], float] = {}
    for module in model.decoder.modules():
        if not isinstance(module, nn.Linear):
            continue
        n = round(tokens * share_of_targets) if module is head else tokens
        shape = (n, module.in_features, module.out_features)
        if shape not in known:
            known[shape] = min(_time_products(*shape) for _ in range(repeats))
        seconds += known[shape]
        flops += 6.0 * shape[0] * shape[1] * shape[2]
    return Limit(tokens / seconds, flops / tokens)


def _time_products(n: int, n_in: int, n_out: int) -> float:
    x, weight, dy = (torch.randn(size, dtype=torch.bfloat16) for size in ((n, n_in), (n_out, n_in), (n, n_out)))
    started = time.perf_counter()
    x @ weight.T
    dy @ weight
    dy.T @ x
    return time.perf_counter() - started


def load_material(plan: TrainingPlan, options: argparse.Namespace) -> Material:
    """Return the same examples packed flat for our loop and as a list for the Trainer."""
    with tempfile.TemporaryDirectory() as folder:
        processor = prepare_processor(plan, options.shards, Path(folder) / "processor")
    reader = ShardReader(options.shards, split="train")
    candidates = np.flatnonzero(reader.tasks != PRETRAIN)
    chosen = np.random.default_rng(plan.seed).choice(candidates, min(options.examples, len(candidates)), replace=False)
    read = [reader[int(number)] for number in chosen]
    kept = [
        (example, encoded)
        for example, encoded in zip(read, encode_examples(processor, read), strict=True)
        if len(encoded) <= min(form.row_length for form in LOOPS.values())
    ]
    encoded_examples = [encoded for _, encoded in kept]
    remaining = iter(encoded_examples)
    corpus = encode_corpus(
        (example for example, _ in kept),
        lambda chunk: [next(remaining) for _ in chunk],
        vocab_size=len(processor.tokenizer),
    )
    return Material(plan, processor, corpus, encoded_examples, options.tokens, options.steps)


def summarise(arms: dict[str, list[float]], limits: list[Limit]) -> dict[str, object]:
    """Return the speeds of each arm in real tokens per second, beside the baseline's and the machine's limit."""
    baseline = statistics.median(arms[BASELINE])
    limit = statistics.median(one.tokens_per_second for one in limits)
    flops = limits[0].flops
    return {
        "benchmark": "training",
        "unit": "real tokens per second",
        "baseline": BASELINE,
        "limit": {
            "tokens_per_second": limit,
            "gflops_per_second": limit * flops / 1e9,
            "mflops_per_token": flops / 1e6,
        },
        "arms": {
            arm: {
                "median": statistics.median(speeds),
                "min": min(speeds),
                "max": max(speeds),
                "times_baseline": statistics.median(speeds) / baseline,
                "gflops_per_second": statistics.median(speeds) * flops / 1e9,
                "part_of_limit": statistics.median(speeds) / limit,
                "runs": speeds,
            }
            for arm, speeds in arms.items()
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shards", type=Path, required=True, help="shards to train on")
    parser.add_argument("--recipe", type=Path, default=Path("recipes/base.yaml"), help="recipe that gives the model")
    parser.add_argument("--set", action="append", default=[], metavar="K=V", help="override a key of the recipe")
    parser.add_argument("--output", type=Path, default=Path("benchmarks/results/training.json"))
    parser.add_argument("--examples", type=int, default=8192)
    parser.add_argument("--tokens", type=int, default=16384, help="positions of a step")
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=None)
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    plan = load_recipe(options.recipe, options.set)
    assert isinstance(plan, TrainingPlan)
    material = load_material(plan, options)
    arms: dict[str, list[float]] = {name: [] for name in ("trainer_padded", *LOOPS)}
    limits: list[Limit] = []
    targets = float(material.corpus.n_targets.sum() / material.corpus.lengths.sum())
    for repeat in range(options.repeats):
        for arm, speeds in arms.items():
            torch.manual_seed(repeat)
            model = prepare_model(plan, material.processor)
            limits.append(measure_limit(model, material.tokens, targets))
            if arm in LOOPS:
                seconds, real = run_loop(model, material, LOOPS[arm])
            else:
                seconds, real = run_trainer(model, material)
            speeds.append(real / seconds)
            part = speeds[-1] / limits[-1].tokens_per_second
            print(f"{repeat} {arm}: {speeds[-1]:,.0f} tokens/s, {part:.0%} of the products' limit", flush=True)
    result = {
        **summarise(arms, limits),
        "setup": {
            "recipe": str(options.recipe),
            "parameters": sum(parameter.numel() for parameter in prepare_model(plan, material.processor).parameters()),
            "tokens_of_a_step": options.tokens,
            "mean_tokens_of_an_example": float(np.mean(material.corpus.lengths)),
            "share_of_targets": targets,
            "steps": options.steps,
            "repeats": options.repeats,
        },
        "machine": describe_machine(),
    }
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
