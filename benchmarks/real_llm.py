"""Train every adapter method on a real pre-trained language model, with equal weights and equal tokens, and measure it.

    anymol data build recipes/real_llm.yaml --data-dir DATA --output SHARDS
    python benchmarks/real_llm.py SHARDS OUTPUT [--arms lora gal ...] [--seeds 0 1] [--tokens 1000000] [--minutes 50]
    python scripts/report_real_llm.py OUTPUT docs/results

Each trial is one run of ``recipes/real_llm.yaml`` with another adapter, in a process of its own, so that its memory is
its own; it gives way to other programs. It writes ``OUTPUT/ARM-SEED.json``; one that is there is not repeated.

Whatever stops the script, the same command goes on: training from its last checkpoint, answers after the last that was
written, every other measure after those in ``OUTPUT/ARM-SEED/measures.json``. ``--minutes`` ends it after a while, with
a checkpoint; it then ends with code 75, and with 0 when nothing is left to do. SHARDS and OUTPUT may move meanwhile.
Another number of ``--tokens``, rows or rate wants another OUTPUT; ``--tokens 256`` is one step of a few seconds.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq
import torch
from machine import describe_machine, peak_memory_mib
from torch.nn.functional import cross_entropy

from anymol.backbones.general_text import measure_text, read_general_text
from anymol.data.example import InstructionExample
from anymol.data.shards import ShardReader
from anymol.errors import DataError
from anymol.evaluation.plan import EvaluationPlan
from anymol.evaluation.probes.gradient_agreement import measure_agreement
from anymol.evaluation.probes.molecule_swap import select_swappable, swap_molecules
from anymol.evaluation.runner import evaluate
from anymol.files import write_atomically
from anymol.inference.scored import DecodingBudget
from anymol.models.checkpoint import load_checkpoint
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
UNFINISHED: Final = 75
"""Exit code where something is left to do: EX_TEMPFAIL, "try again"."""
SHIPPED: Final = "shipped text"
"""General text that comes with the package."""
ARTICLES: Final = "articles"
"""General text of the data directory."""
VOCABULARY: Final = 49152
"""Tokens of SmolLM2; the markers of molecules follow them."""


@dataclass(frozen=True)
class Arm:
    """One method.

    Attributes:
        adapters: Its configs.
        lr: Peak learning rate; ``--lr`` tries others.
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
    parser.add_argument(
        "--data-dir", type=Path, help="where general_text.parquet lies, whose test articles are read too"
    )
    parser.add_argument("--windows", type=int, help="pieces of 1,024 tokens of general text that are read; all of it")
    parser.add_argument("--minutes", type=float, help="end after so many minutes, to go on another time")
    parser.add_argument("--nice", type=int, default=10, help="how far it gives way to other programs")
    parser.add_argument("--here", metavar="TRIAL", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.here is not None:
        work_here(arguments.here, arguments)
        return
    os.nice(arguments.nice)
    # What starts it may end it by a signal, which must not leave the trial running.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(UNFINISHED))
    until = None if arguments.minutes is None else time.monotonic() + 60 * arguments.minutes
    trials = [name_trial(arm, seed, arguments.lr) for seed in arguments.seeds for arm in arguments.arms]
    for trial in ("decoder", *trials):
        if trial != "decoder" and (arguments.output / f"{trial}.json").is_file():
            continue
        if code := run_alone([sys.executable, __file__, *sys.argv[1:], "--here", trial], until):
            sys.exit(code)


def name_trial(arm: str, seed: int, lr: float | None) -> str:
    """Return the name of a trial's file, without its ending."""
    tried = "" if lr is None else f"-lr{lr:g}"
    return f"{arm}{tried}-{seed}"


def run_alone(command: Sequence[str], until: float | None) -> int:
    """Run a part of the work in a process of its own; return its code, `UNFINISHED` where it was ended.

    Args:
        command: What is run.
        until: When it is asked to end, by the monotonic clock; None for never.
    """
    if until is not None and time.monotonic() >= until:
        return UNFINISHED
    process = subprocess.Popen(command)
    try:
        return process.wait(None if until is None else until - time.monotonic())
    except subprocess.TimeoutExpired:
        return UNFINISHED
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()


def work_here(trial: str, arguments: argparse.Namespace) -> None:
    """Do one trial in this process, or measure the decoder before anything is done to it."""
    if trial == "decoder":
        measure_decoder(Measures(arguments.output / "decoder.json"), arguments)
        return
    (arm, seed), *_ = (
        (arm, seed)
        for seed in arguments.seeds
        for arm in arguments.arms
        if name_trial(arm, seed, arguments.lr) == trial
    )
    found = run_trial(arguments.output / trial, arm, seed, arguments)
    write_atomically(arguments.output / f"{trial}.json", json.dumps(found, indent=1))
    print(f"{trial}: validation loss {found['loss']:.4f}, {found['seconds']:.0f} s", flush=True)


class Measures:
    """What has been measured already, kept in a file that grows with every measure.

    Args:
        path: The file; it need not be there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}

    def take(self, name: str, measure: Callable[[], Any]) -> Any:
        """Return what is known by this name, measured now if nothing is."""
        if name not in self.known:
            self.keep(name, measure())
        return self.known[name]

    def keep(self, name: str, value: Any) -> None:
        """Write a measure down."""
        self.known[name] = value
        write_atomically(self._path, json.dumps(self.known, indent=1))


def make_plan(arm: str, seed: int, arguments: argparse.Namespace) -> TrainingPlan:
    """Return the plan of one trial."""
    method = ARMS[arm]
    # A few hundred tokens are one short pass.
    positions = min(4096, arguments.tokens)
    changes = {
        "seed": seed,
        "stages.0.batch_tokens": positions,
        "stages.0.micro_batch_tokens": min(2048, positions),
        "stages.0.row_length": min(512, positions),
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
    """Train one arm and measure it; its run lies in `folder`, and what is measured joins it there at once."""
    measures = Measures(folder / "measures.json")
    plan = make_plan(arm, seed, arguments)
    swappable = find_swappable(arguments.shards)  # before hours go into what could not be measured
    if "training" not in measures.known:
        train(plan, folder, arguments.shards, measures)
    model_dir = folder / "model"
    asked = EvaluationPlan(limit=arguments.rows, budget=GREEDY)
    figures = measures.take(
        "figures",
        lambda: evaluate(
            model_dir, arguments.shards, asked, output=folder / "answers", baselines=False, resume=True
        ).to_json(),
    )
    trained, processor, _ = load_checkpoint(model_dir, dtype=None)
    own, swapped = (make_validator(processor, asked) for asked in swappable)
    losses = {
        name: measures.take(f"losses {name}", partial(measure_losses, trained, one))
        for name, one in (("own", own), ("swapped", swapped))
    }
    text = measure_general_text(measures, trained, processor.tokenizer, arguments)
    return {
        "arm": arm,
        "seed": seed,
        "tokens": arguments.tokens,
        "lr": arguments.lr or ARMS[arm].lr,
        "precision": arguments.precision,
        "weights": count_weights(trained),
        **measures.known["training"],
        "answering_seconds": sum(task["seconds"] for task in figures["tasks"]),
        "loss": sum(losses["own"].values()) / len(losses["own"]),
        "losses": losses,
        "figures": figures,
        "agreement": measures.take("agreement", lambda: measure_conflict(trained, own, list(losses["own"]))),
        "general_text": text,
        "machine": describe_machine(),
    }


def train(plan: TrainingPlan, folder: Path, shards: Path, measures: Measures) -> None:
    """Train, from the last checkpoint where there is one, and write down what it took.

    Raises:
        SystemExit: It was asked to end before it was done.
    """
    result = run(plan, folder, shards=shards, resume=True)
    # Of a run that was stopped the peak of every part counts.
    measures.keep("peak_memory_mib", max(measures.known.get("peak_memory_mib", 0.0), peak_memory_mib()))
    if result.model is None:
        print(f"{folder.name}: stopped; the same command goes on", flush=True)
        raise SystemExit(UNFINISHED)
    steps = [line for line in read_metrics(folder / METRICS_FILE) if "tokens_per_second" in line]
    speeds = [line["tokens_per_second"] for line in steps]
    seen = [0, *(line["tokens"] for line in steps)]
    seconds = [(after - before) / speed for (before, after), speed in zip(pairwise(seen), speeds, strict=True)]
    training = {
        # Of the positions that all arms see alike, those that are not padding: without tokens of molecules rows pack
        # otherwise.
        "real_tokens": result.tokens,
        "seconds": sum(seconds),
        "tokens_per_second": statistics.median(speeds),
        "peak_memory_mib": measures.known["peak_memory_mib"],
    }
    measures.keep("training", training)


def count_weights(model: AnyMolForCausalLM) -> dict[str, int]:
    """Return how many weights each part has; the adapter's stand inside the decoder."""
    adapter = 0 if model.adapter is None else sum(one.numel() for one in model.adapter.parameters())
    adapter += sum(one.numel() for name, one in model.decoder.named_parameters() if "lora_" in name)
    parts = {"encoder": model.encoders, "projector": model.projectors}
    return {"adapter": adapter} | {
        name: sum(one.numel() for one in part.parameters()) for name, part in parts.items() if part is not None
    }


# ------------------------------------------------------------------------------------------------------------- measures


def measure_decoder(measures: Measures, arguments: argparse.Namespace) -> None:
    """Measure how the decoder reads general text before anything is done to it."""
    if SHIPPED in measures.known and (arguments.data_dir is None or ARTICLES in measures.known):
        return
    import transformers

    from anymol.backbones.locating import locate_backbone

    path = locate_backbone("smollm2")
    decoder = transformers.AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32)
    measure_general_text(measures, decoder, transformers.AutoTokenizer.from_pretrained(path), arguments)


def measure_general_text(
    measures: Measures, model: Any, tokenizer: Any, arguments: argparse.Namespace
) -> dict[str, Any]:
    """Return the perplexity on general text, and the checksum of the logits at its beginning.

    Equal checksums mean that not a bit has changed.

    Args:
        measures: Where they are kept.
        model: Who reads.
        tokenizer: Its tokenizer.
        arguments: They name the folder of articles that are read beside the text that ships, about 300,000 tokens.
    """
    texts: dict[str, Callable[[], str]] = {SHIPPED: read_general_text}
    if arguments.data_dir is not None:
        texts[ARTICLES] = partial(read_articles, arguments.data_dir)
    return {
        name: measures.take(name, partial(read_text, model, tokenizer, read, arguments.windows))
        for name, read in texts.items()
    }


def read_articles(data_dir: Path) -> str:
    """Return the test articles of the data directory."""
    rows = pq.read_table(data_dir / "general_text.parquet").to_pylist()
    return "\n\n".join(row["text"] for row in rows if row["split"] == "test")


def read_text(model: Any, tokenizer: Any, read_source: Callable[[], str], windows: int | None) -> dict[str, Any]:
    """Return how well a text is read, and the checksum of the logits of its first 2,000 characters."""
    text = read_source()
    read = measure_text(model, tokenizer, text, windows=windows)
    ids = tokenizer(text[:2000], add_special_tokens=False, return_tensors="pt")["input_ids"]
    with torch.no_grad():
        logits = model(input_ids=ids, use_cache=False).logits[..., :VOCABULARY].float().contiguous()
    checksum = hashlib.sha256(logits.numpy().tobytes()).hexdigest()
    return {"loss": read.loss, "perplexity": read.perplexity, "tokens": read.tokens, "logits_sha256": checksum}


def find_swappable(shards: Path) -> tuple[Sequence[InstructionExample], Sequence[InstructionExample]]:
    """Return validation questions with their own graphs, and the same with those of other molecules.

    A model that reads its graphs does worse with others'; one that ignores them does not.

    Raises:
        DataError: There are no two questions of a task with as many graphs.
    """
    reader = ShardReader(shards, split="val")
    examples = [reader[number] for number in range(len(reader))]
    if not (own := select_swappable(examples)):
        raise DataError(
            "no two validation questions of a task can swap their molecules",
            value=shards,
            hint="build more rows: --fraction 0.05 or more",
        )
    return own, swap_molecules(examples)


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
