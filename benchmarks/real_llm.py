"""Train every adapter method on a real pre-trained language model, with equal weights and equal tokens, and measure it.

    anymol data build recipes/real_llm.yaml --data-dir DATA --output SHARDS
    python benchmarks/real_llm.py SHARDS OUTPUT [--arms lora gal ...] [--seeds 0 1] [--tokens 1000000]
    python scripts/report_real_llm.py OUTPUT docs/results

Each trial is one run of ``recipes/real_llm.yaml`` with another adapter, in a process of its own, so that its memory is
its own. It writes ``OUTPUT/ARM-SEED.json``; one that is there is not repeated, and a run that was stopped goes on, so
the script can be stopped and started again. ``--tokens 100000 --lr LR`` tries a learning rate.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import torch
from machine import describe_machine, peak_memory_mib
from torch.nn.functional import cross_entropy

from anymol.backbones.general_text import measure_text, read_general_text
from anymol.data.example import InstructionExample
from anymol.data.shards import ShardReader
from anymol.evaluation.plan import EvaluationPlan
from anymol.evaluation.probes.gradient_agreement import measure_agreement
from anymol.evaluation.probes.molecule_swap import select_swappable, swap_molecules
from anymol.evaluation.runner import evaluate
from anymol.files import write_atomically
from anymol.inference.scored import DecodingBudget
from anymol.models.checkpoint import load_checkpoint
from anymol.models.locating import locate_model
from anymol.models.modeling import AnyMolForCausalLM
from anymol.models.processor import AnyMolProcessor
from anymol.recipe import load_recipe
from anymol.training.corpus import encode_corpus
from anymol.training.forward import compute_target_logits
from anymol.training.metrics_logger import METRICS_FILE, read_metrics
from anymol.training.plan import TrainingPlan
from anymol.training.preparation import encode_examples
from anymol.training.stages import Precision
from anymol.training.train import run
from anymol.training.validation import Validator, evaluation_mode

RECIPE: Final = Path(__file__).parents[1] / "recipes" / "real_llm.yaml"
GREEDY: Final = DecodingBudget(beams=1, draws=1)
VOCABULARY: Final = 49152
"""Tokens of SmolLM2; the markers of molecules follow them."""


@dataclass(frozen=True)
class Arm:
    """One method.

    Attributes:
        adapters: Its configs.
        lr: Peak learning rate, the best of those tried on seed 0.
        projector: Whether molecules are spliced as tokens beside their notation; MoRA reads them instead.
    """

    adapters: Sequence[Mapping[str, Any]]
    lr: float
    projector: bool = True


_MOGE: Final = {"kind": "moge", "rank": 4, "alpha": 8, "experts": 5, "shared": 1, "top_k": 2, "layers": "last_quarter"}
_GAL_BESIDE: Final = {"kind": "gal", "rank": 5, "alpha": 10}
_MORA: Final = {"kind": "mora", "rank": 16, "alpha": 16, "state_width": 128, "width": 152, "every": 2}
ARMS: Final[Mapping[str, Arm]] = {
    # Ranks and widths are chosen so that every adapter trains about 2.4 M weights of SmolLM2-135M.
    "none": Arm((), 1e-3),
    "lora": Arm(({"kind": "lora", "rank": 8, "alpha": 16},), 1e-3),
    "rslora": Arm(({"kind": "lora", "rank": 8, "alpha": 16, "rslora": True},), 1e-3),
    "gal": Arm(({"kind": "gal", "rank": 8, "alpha": 16},), 1e-3),
    "moge_published": Arm(({**_MOGE, "start": "published"}, _GAL_BESIDE), 1e-3),
    "moge_preserving": Arm(({**_MOGE, "start": "preserving"}, _GAL_BESIDE), 1e-3),
    "mora": Arm((_MORA,), 1e-3, projector=False),
}


def main() -> None:
    """Read the arguments and run what has not been run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shards", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--arms", nargs="+", default=list(ARMS), choices=list(ARMS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1])
    parser.add_argument("--tokens", type=int, default=1_000_000, help="positions of packed rows that a trial sees")
    parser.add_argument("--rows", type=int, default=200, help="validation rows of a task that are answered")
    parser.add_argument("--lr", type=float, help="peak learning rate instead of the arm's own")
    parser.add_argument("--threads", type=int, help="CPU threads")
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32", help="arithmetic of the training")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    start = arguments.output / "decoder.json"
    if not start.is_file():
        write_atomically(start, json.dumps(measure_decoder(), indent=1))
    for seed in arguments.seeds:
        for arm in arguments.arms:
            tried = "" if arguments.lr is None else f"-lr{arguments.lr:g}"
            target = arguments.output / f"{arm}{tried}-{seed}.json"
            if target.is_file():
                continue
            if not arguments.here:
                alone = ["--here", "--arms", arm, "--seeds", str(seed)]
                subprocess.run([sys.executable, __file__, *sys.argv[1:], *alone], check=True)
                continue
            found = run_trial(target.with_suffix(""), arm, seed, arguments)
            write_atomically(target, json.dumps(found, indent=1))
            print(f"{target.stem}: validation loss {found['loss']:.4f}, {found['seconds']:.0f} s", flush=True)


def make_plan(arm: str, seed: int, arguments: argparse.Namespace) -> TrainingPlan:
    """Return the plan of one trial."""
    method = ARMS[arm]
    changes = {
        "seed": seed,
        "model.adapters": json.dumps(list(method.adapters)),
        "stages.0.tokens": arguments.tokens,
        "stages.0.optimiser.lr": arguments.lr or method.lr,
        "stages.0.precision": arguments.precision,
    }
    if not method.projector:
        changes["model.modalities.graph.projector"] = "none"
    if arguments.threads:
        changes["threads"] = arguments.threads
    plan = load_recipe(RECIPE, [f"{key}={value}" for key, value in changes.items()])
    assert isinstance(plan, TrainingPlan)
    return plan


def run_trial(folder: Path, arm: str, seed: int, arguments: argparse.Namespace) -> dict[str, Any]:
    """Train one arm and measure it; its run lies in `folder`."""
    plan = make_plan(arm, seed, arguments)
    with locate_model(None) as embedded:  # its encoder has read molecules before, as published ones have
        model = plan.model.model_copy(update={"encoder_weights": {"graph": str(embedded)}})
        result = run(plan.model_copy(update={"model": model}), folder, shards=arguments.shards, resume=True)
    if result.model is None:
        raise SystemExit(f"{arm}: stopped; start again to go on")
    memory = peak_memory_mib()
    lines = read_metrics(folder / METRICS_FILE)
    steps = [line for line in lines if "tokens_per_second" in line]
    speeds = [line["tokens_per_second"] for line in steps]
    seen = [0, *(line["tokens"] for line in steps)]
    seconds = [(after - before) / speed for (before, after), speed in zip(pairwise(seen), speeds, strict=True)]
    trained, processor, _ = load_checkpoint(result.model, dtype=None)
    started = time.perf_counter()
    asked = EvaluationPlan(limit=arguments.rows, budget=GREEDY)
    figures = evaluate(result.model, arguments.shards, asked, baselines=False)
    answering = time.perf_counter() - started
    own, swapped = (make_validator(processor, asked) for asked in find_swappable(arguments.shards))
    losses = {name: measure_losses(trained, one) for name, one in (("own", own), ("swapped", swapped))}
    return {
        "arm": arm,
        "seed": seed,
        "tokens": result.tokens,
        "lr": arguments.lr or ARMS[arm].lr,
        "precision": arguments.precision,
        "weights": count_weights(trained),
        "seconds": sum(seconds),
        "tokens_per_second": statistics.median(speeds),
        "peak_memory_mib": memory,
        "answering_seconds": answering,
        "loss": sum(losses["own"].values()) / len(losses["own"]),
        "losses": losses,
        "figures": figures.to_json(),
        "agreement": measure_conflict(trained, own, list(losses["own"])),
        "general_text": measure_general_text(trained, processor.tokenizer),
        "machine": describe_machine(),
    }


def count_weights(model: AnyMolForCausalLM) -> dict[str, int]:
    """Return how many weights each part has; the adapter's stand inside the decoder."""
    adapter = 0 if model.adapter is None else sum(one.numel() for one in model.adapter.parameters())
    adapter += sum(one.numel() for name, one in model.decoder.named_parameters() if "lora_" in name)
    parts = {"encoder": model.encoders, "projector": model.projectors}
    return {"adapter": adapter} | {
        name: sum(one.numel() for one in part.parameters()) for name, part in parts.items() if part is not None
    }


# ------------------------------------------------------------------------------------------------------------- measures


def measure_decoder() -> dict[str, Any]:
    """Return how the decoder reads general text before anything is done to it."""
    import transformers

    from anymol.backbones.locating import locate_backbone

    path = locate_backbone("smollm2")
    decoder = transformers.AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32)
    return measure_general_text(decoder, transformers.AutoTokenizer.from_pretrained(path))


def measure_general_text(model: Any, tokenizer: Any) -> dict[str, Any]:
    """Return the perplexity on general text, and the checksum of the logits at its beginning.

    Equal checksums mean that not a bit has changed.
    """
    text = read_general_text()
    read = measure_text(model, tokenizer, text)
    ids = tokenizer(text[:2000], add_special_tokens=False, return_tensors="pt")["input_ids"]
    with torch.no_grad():
        logits = model(input_ids=ids, use_cache=False).logits[..., :VOCABULARY].float().contiguous()
    checksum = hashlib.sha256(logits.numpy().tobytes()).hexdigest()
    return {"loss": read.loss, "perplexity": read.perplexity, "tokens": read.tokens, "logits_sha256": checksum}


def find_swappable(shards: Path) -> tuple[Sequence[InstructionExample], Sequence[InstructionExample]]:
    """Return validation questions with their own graphs, and the same with those of other molecules.

    A model that reads its graphs does worse with others'; one that ignores them does not.
    """
    reader = ShardReader(shards, split="val")
    examples = [reader[number] for number in range(len(reader))]
    return select_swappable(examples), swap_molecules(examples)


def make_validator(processor: AnyMolProcessor, asked: Sequence[InstructionExample]) -> Validator:
    """Return a validator of at most 64 questions of each task."""
    corpus = encode_corpus(asked, lambda chunk: encode_examples(processor, chunk), vocab_size=len(processor.tokenizer))
    return Validator(corpus, corpus.tasks, row_length=512, rows=4, pad_id=processor.tokenizer.pad_token_id, per_task=64)


def measure_losses(model: AnyMolForCausalLM, validator: Validator) -> dict[str, float]:
    """Return the validation loss of each task."""
    return {task: one.loss for task, one in validator.measure(model, Precision.FP32).items()}


def measure_conflict(model: AnyMolForCausalLM, validator: Validator, tasks: Sequence[str]) -> dict[str, Any]:
    """Return the cosines between the gradients of the tasks at the trained weights, of the first rows of each.

    They are those of the adapter's weights; of encoder and projector where there is no adapter.
    """
    own = set() if model.adapter is None else {id(one) for one in model.adapter.parameters()}
    named = list(model.named_parameters())
    weights = [one for name, one in named if id(one) in own or "lora_" in name]
    weights = weights or [one for part in (model.encoders, model.projectors) for one in part.parameters()]
    model.requires_grad_(False)
    for one in weights:
        one.requires_grad_(True)

    def compute_loss(task: str) -> torch.Tensor:
        batch = validator.batches(task)[0]
        return cross_entropy(compute_target_logits(model, model, batch, Precision.FP32), batch.targets)

    with evaluation_mode(model):
        found = measure_agreement({task: partial(compute_loss, task) for task in tasks}, weights)
    return {
        "tasks": found.tasks,
        "cosine": found.cosine.tolist(),
        "mean": found.mean,
        "conflicting": found.conflicting,
        "weights": sum(one.numel() for one in weights),
    }


if __name__ == "__main__":
    main()
