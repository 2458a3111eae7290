"""A run that trains a model on verifiable rewards, from its plan to the better model and what it gained."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import torch

from anymol.data.shards import ShardReader
from anymol.errors import DataError
from anymol.files import write_atomically
from anymol.metrics.interval import bootstrap_mean
from anymol.models.checkpoint import load_checkpoint, save_checkpoint
from anymol.models.locating import locate_model
from anymol.models.processor import AnyMolProcessor
from anymol.training.corpus import corpus_key
from anymol.training.optimisation import DivergedError
from anymol.training.preparation import prepare_shards, read_shard_manifest
from anymol.training.reinforcement.plan import PolicyPlan
from anymol.training.reinforcement.policy import Judge, Policy, Questions
from anymol.training.run import RunResult
from anymol.training.specialists.fit import fit_network

GAIN_FILE: Final = "gain.json"
"""What the held-out answers were before and after."""
_BEFORE: Final = "before.json"


def run(
    plan: PolicyPlan,
    output: Path | str,
    *,
    judge: Judge,
    data_dir: Path | str | None = None,
    shards: Path | str | None = None,
    resume: bool = False,
) -> RunResult:
    """Train a model on what its own answers are worth; ``model/`` and ``gain.json`` in `output` are the outcome.

    Args:
        plan: What is trained, and how.
        output: Folder of the run.
        judge: What an answer is worth; chemistry stays out of this room, so it is given.
        data_dir: Real data, needed only where the plan's data are not built in.
        shards: Questions built elsewhere; ``output/shards`` where it is not given, built when absent.
        resume: Whether to go on from the newest checkpoint. Within the `updates` of one draw, answers are drawn anew.

    Returns:
        How it ended; its tokens are answers that were judged.

    Raises:
        CheckpointError: `output` holds a run and `resume` is false, or a checkpoint does not fit.
        DataError: There are no questions to learn from, or none to measure on.
        DivergedError: Even the best weights have strayed further from the start than `plan.most_kl`.
    """
    started, output = time.perf_counter(), Path(output)
    directory = Path(shards) if shards is not None else output / "shards"
    prepare_shards(plan.data, directory, data_dir)
    if plan.fit.threads is not None:
        torch.set_num_threads(plan.fit.threads)
    with locate_model(plan.model) as place:
        model, processor, manifest = load_checkpoint(place)
    training, held = (_read_questions(directory, split, processor, plan) for split in ("train", "val"))
    policy = Policy(plan, model, processor, training, held, judge)
    key = corpus_key("policy", plan.model_dump_json(exclude={"fit": {"keep"}}), read_shard_manifest(directory))
    before = _measure_before(policy, output / _BEFORE, key)
    n_answers = plan.fit.steps // plan.updates * plan.questions * plan.answers
    if not fit_network(policy, plan.fit, output, name=plan.name, key=key, resume=resume):
        return RunResult(False, None, n_answers, time.perf_counter() - started)
    after = _describe(*policy.measure())
    write_atomically(output / GAIN_FILE, json.dumps({"before": before, "after": after}, indent=1))
    if after["kl"] > plan.most_kl:
        raise DivergedError(
            f"the answers have strayed {after['kl']:.2g} nats per token from those of the start, more than "
            f"{plan.most_kl:g}; no model is written",
            value=output,
            hint="lower the rate, raise the penalty, or validate more often",
        )
    save_checkpoint(
        output / "model",
        model.requires_grad_(True),
        processor,
        config=plan.model_dump(mode="json"),
        provenance={**manifest.provenance, "reinforced": {"name": plan.name, "before": before, "after": after}},
    )
    return RunResult(True, output / "model", n_answers, time.perf_counter() - started)


def _read_questions(directory: Path, split: str, processor: AnyMolProcessor, plan: PolicyPlan) -> Questions:
    reader = ShardReader(directory, split=split)
    count = len(reader) if split == "train" else min(plan.held, len(reader))
    examples = [reader[number] for number in range(count)]
    if not examples:
        raise DataError(f"there is no question in the {split} split", value=directory, hint="raise count or val_count")
    return Questions.encode(examples, processor)


def _measure_before(policy: Policy, path: Path, key: str) -> dict[str, Any]:
    """Return the figures of the model as it starts, measured once."""
    if path.exists():
        noted = json.loads(path.read_text(encoding="utf-8"))
        if noted["key"] == key:
            found: dict[str, Any] = noted["figures"]
            return found
    figures = _describe(*policy.measure())
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps({"key": key, "figures": figures}, indent=1))
    return figures


def _describe(figures: dict[str, float], right: Sequence[bool]) -> dict[str, Any]:
    """Return figures with the interval of the share that is right."""
    interval = bootstrap_mean([float(one) for one in right])
    return {**figures, "right_interval": [interval.low, interval.high], "n": interval.n}
