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
from anymol.locks import lock_folder
from anymol.metrics.interval import bootstrap_mean
from anymol.models.checkpoint import load_checkpoint, save_checkpoint
from anymol.models.locating import locate_model
from anymol.models.processor import AnyMolProcessor
from anymol.training.checkpoints import CHECKPOINTS_FOLDER, find_newest
from anymol.training.corpus import corpus_key
from anymol.training.optimisation import DivergedError
from anymol.training.preparation import prepare_shards, read_shard_manifest
from anymol.training.reinforcement.plan import PolicyPlan
from anymol.training.reinforcement.policy import Judge, Policy, Questions
from anymol.training.run import LOCK_HINT, RunResult
from anymol.training.specialists.fit import fit_network

GAIN_FILE: Final = "gain.json"
"""What the answers to the questions that judge were before and after; others chose the weights."""
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
        LockedError: Another process trains there.
    """
    output = Path(output)
    with lock_folder(output, hint=LOCK_HINT):
        directory = Path(shards) if shards is not None else output / "shards"
        return _run(plan, output, judge, data_dir, directory, resume=resume)


def _run(
    plan: PolicyPlan, output: Path, judge: Judge, data_dir: Path | str | None, directory: Path, *, resume: bool
) -> RunResult:
    """Train in a folder that is held for this process."""
    started = time.perf_counter()
    find_newest(output / CHECKPOINTS_FOLDER, resume=resume)  # a run that may not go on is refused before it is changed
    prepare_shards(plan.data, directory, data_dir)
    if plan.fit.threads is not None:
        torch.set_num_threads(plan.fit.threads)
    with locate_model(plan.model) as place:
        model, processor, manifest = load_checkpoint(place)
    training, selection, judgement = _read_questions(directory, processor, plan)
    policy = Policy(plan, model, processor, training, selection, judge)
    key = corpus_key(
        "policy, selected and judged apart",
        plan.model_dump_json(exclude={"fit": {"keep"}}),
        read_shard_manifest(directory),
    )
    before = _measure_before(policy, judgement, output / _BEFORE, key)
    n_answers = plan.fit.steps // plan.updates * plan.questions * plan.answers
    if not fit_network(policy, plan.fit, output, name=plan.name, key=key, resume=resume):
        return RunResult(False, None, n_answers, time.perf_counter() - started)
    after = _describe(*policy.measure(judgement))
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


def _read_questions(
    directory: Path, processor: AnyMolProcessor, plan: PolicyPlan
) -> tuple[Questions, Questions, Questions]:
    """Return the questions to learn from, those that choose the weights, and those that judge them."""
    train, val = (ShardReader(directory, split=split) for split in ("train", "val"))
    held = range(min(plan.held, len(val)))
    if not len(train) or len(held) < 2:
        split, least = ("train", 1) if not len(train) else ("val", 2)
        raise DataError(
            f"the {split} split has fewer than {least} questions", value=directory, hint="raise count or val_count"
        )
    chosen = (
        [train[number] for number in range(len(train))],
        [val[number] for number in held[::2]],
        [val[number] for number in held[1::2]],
    )
    training, selection, judgement = (Questions.encode(examples, processor) for examples in chosen)
    return training, selection, judgement


def _measure_before(policy: Policy, judgement: Questions, path: Path, key: str) -> dict[str, Any]:
    """Return the figures of the model as it starts, measured once."""
    if path.exists():
        noted = json.loads(path.read_text(encoding="utf-8"))
        if noted["key"] == key:
            found: dict[str, Any] = noted["figures"]
            return found
    figures = _describe(*policy.measure(judgement))
    write_atomically(path, json.dumps({"key": key, "figures": figures}, indent=1))
    return figures


def _describe(figures: dict[str, float], right: Sequence[bool]) -> dict[str, Any]:
    """Return figures with the interval of the share that is right."""
    interval = bootstrap_mean([float(one) for one in right])
    return {**figures, "right_interval": [interval.low, interval.high], "n": interval.n}
