"""Training tokens per second: anymol's packed loop against the plain transformers Trainer with padding.

Both arms train the same fresh model on the same encoded examples with AdamW, in the same arithmetic; a step holds the
same number of examples on average. Arms are interleaved, and the speed of an arm is that of the real tokens: padding
does not count. The result is written as JSON.

    python benchmarks/training.py --shards runs/nano/shards --output benchmarks/results/training.json
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
import transformers
from torch.nn.functional import cross_entropy
from torch.utils.data import Dataset
from transformers import Trainer, TrainingArguments

from anymol.models.modeling import AnyMolForCausalLM
from anymol.processor import AnyMolProcessor, EncodedExample
from anymol.recipe import load_recipe
from anymol.training.corpus import EncodedCorpus, encode_corpus
from anymol.training.forward import compile_trunk, compute_target_logits
from anymol.training.optimisation import OptimiserConfig, build_optimisers, group_parameters
from anymol.training.packing import collate_rows
from anymol.training.plan import TrainingPlan
from anymol.training.stages import MixtureConfig, Precision, set_training
from anymol.training.stream import BatchStream
from anymol.training.train import encode_examples, prepare_model, prepare_processor


class Examples(Dataset[EncodedExample]):
    """Encoded examples as the Trainer takes them."""

    def __init__(self, examples: list[EncodedExample]) -> None:
        self.examples = examples

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, index: int) -> EncodedExample:
        return self.examples[index]


def run_packed(
    model: AnyMolForCausalLM, corpus: EncodedCorpus, *, steps: int, rows: int, row_length: int, compiled: bool
) -> tuple[float, int]:
    """Return seconds and real tokens of `steps` steps of anymol's loop, after two to warm up."""
    set_training(model, ())
    model.requires_grad_(True)
    model.train()
    if compiled:
        compile_trunk(model)
    config = OptimiserConfig()
    optimisers = build_optimisers(group_parameters(model, head=model.get_output_embeddings()), config)
    stream = BatchStream(corpus, MixtureConfig(), row_length=row_length, seed=0, stage=0, tasks=corpus.tasks)
    started, real = 0.0, 0
    for step in range(steps + 2):
        if step == 2:
            started, real = time.perf_counter(), 0
        batch = collate_rows(corpus, stream.next_rows(rows), row_length, pad_id=0, n_rows=rows)
        logits = compute_target_logits(model, model, batch, Precision.BF16)
        (cross_entropy(logits, batch.targets, reduction="sum") / batch.n_targets).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), config.clip)
        for optimiser in optimisers.values():
            optimiser.step()
            optimiser.zero_grad()
        real += batch.n_real
    return time.perf_counter() - started, real


def run_trainer(
    model: AnyMolForCausalLM, processor: AnyMolProcessor, examples: list[EncodedExample], *, steps: int, per_step: int
) -> tuple[float, int]:
    """Return seconds and real tokens of `steps` steps of the Trainer, after two to warm up."""
    seen: list[int] = []

    def collate(batch: list[EncodedExample]) -> dict[str, object]:
        seen.append(sum(len(example) for example in batch))
        return processor.batch(batch, padding_side="right")

    class Clock(transformers.TrainerCallback):
        started = 0.0

        def on_step_end(self, args, state, control, **_):  # type: ignore[no-untyped-def]
            if state.global_step == 2:
                self.started = time.perf_counter()

    clock = Clock()
    folder = tempfile.mkdtemp()
    arguments = TrainingArguments(
        output_dir=folder,
        max_steps=steps + 2,
        per_device_train_batch_size=per_step,
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
        model=model, args=arguments, train_dataset=Examples(examples), data_collator=collate, callbacks=[clock]
    )
    trainer.train()
    seconds = time.perf_counter() - clock.started
    shutil.rmtree(folder)
    return seconds, sum(seen[2 : steps + 2])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shards", type=Path, required=True, help="shards to train on")
    parser.add_argument("--recipe", type=Path, default=Path("recipes/nano.yaml"), help="recipe that gives the model")
    parser.add_argument("--output", type=Path, default=Path("benchmarks/results/training.json"))
    parser.add_argument("--examples", type=int, default=8192)
    parser.add_argument("--rows", type=int, default=16)
    parser.add_argument("--row-length", type=int, default=256)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=None)
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    plan = load_recipe(options.recipe)
    with tempfile.TemporaryDirectory() as folder:
        processor = prepare_processor(plan, options.shards, Path(folder) / "processor")
    corpus, examples = load_examples(plan, options, processor)
    per_step = round(options.rows * options.row_length / float(np.mean(corpus.lengths)))
    arms: dict[str, list[float]] = {"trainer_padded": [], "anymol_packed": [], "anymol_packed_compiled": []}
    for repeat in range(options.repeats):
        for arm, speeds in arms.items():
            torch.manual_seed(repeat)
            model = prepare_model(plan, processor)
            if arm == "trainer_padded":
                seconds, real = run_trainer(model, processor, examples, steps=options.steps, per_step=per_step)
            else:
                seconds, real = run_packed(
                    model,
                    corpus,
                    steps=options.steps,
                    rows=options.rows,
                    row_length=options.row_length,
                    compiled=arm.endswith("compiled"),
                )
            speeds.append(real / seconds)
            print(f"{repeat} {arm}: {speeds[-1]:,.0f} tokens/s", flush=True)
    baseline = statistics.median(arms["trainer_padded"])
    result = {
        "benchmark": "training",
        "unit": "real tokens per second",
        "arms": {
            arm: {
                "median": statistics.median(speeds),
                "min": min(speeds),
                "max": max(speeds),
                "times_trainer": statistics.median(speeds) / baseline,
                "runs": speeds,
            }
            for arm, speeds in arms.items()
        },
        "setup": {
            "recipe": str(options.recipe),
            "parameters": sum(parameter.numel() for parameter in prepare_model(plan, processor).parameters()),
            "rows": options.rows,
            "row_length": options.row_length,
            "examples_per_step": per_step,
            "mean_tokens_of_an_example": float(np.mean(corpus.lengths)),
            "steps": options.steps,
            "repeats": options.repeats,
        },
        "machine": {
            "processor": read_processor_name(),
            "threads": torch.get_num_threads(),
            "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
            "python": platform.python_version(),
            "torch": torch.__version__,
            "transformers": transformers.__version__,
        },
    }
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(result, indent=1) + "\n")


def load_examples(
    plan: TrainingPlan, options: argparse.Namespace, processor: AnyMolProcessor
) -> tuple[EncodedCorpus, list[EncodedExample]]:
    """Return the same examples packed flat for our loop and as a list for the Trainer."""
    from anymol.data.shards import PRETRAIN, ShardReader

    reader = ShardReader(options.shards, split="train")
    candidates = np.flatnonzero(reader.tasks != PRETRAIN)
    chosen = np.random.default_rng(plan.seed).choice(candidates, min(options.examples, len(candidates)), replace=False)
    read = [reader[int(number)] for number in chosen]
    kept = [
        (example, encoded)
        for example, encoded in zip(read, encode_examples(processor, read), strict=True)
        if len(encoded) <= options.row_length
    ]
    encoded_examples = [encoded for _, encoded in kept]
    remaining = iter(encoded_examples)
    corpus = encode_corpus(
        (example for example, _ in kept),
        lambda chunk: [next(remaining) for _ in chunk],
        vocab_size=len(processor.tokenizer),
    )
    return corpus, encoded_examples


def read_processor_name() -> str:
    """Return the processor's name as the system gives it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())


if __name__ == "__main__":
    main()
