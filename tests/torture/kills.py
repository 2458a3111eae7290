"""Kills at random moments: what was under way is taken up again, and ends as if nothing had happened."""

from __future__ import annotations

import json
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.torture import samples
from tests.torture.attack import Try
from tests.torture.commands import Command, find_drafts, judge_ending

from anymol.synthesis.pipeline.parts import SYNTHESIS
from anymol.training.metrics_logger import METRICS_FILE, read_metrics

ROWS = 400
MOST_KILLS = 3
ENDS: dict[signal.Signals, set[int]] = {
    # Negative: before the handlers are there. 0: it was over just then. 130: training writes a checkpoint and ends.
    signal.SIGKILL: {-signal.SIGKILL, 0},
    signal.SIGTERM: {-signal.SIGTERM, 143, 130, 0},
    signal.SIGINT: {-signal.SIGINT, 130, 0},
}
"""Signal -> codes with which a command ends that meets it."""


@dataclass(frozen=True)
class Job:
    """Work that may be killed.

    Attributes:
        words: The command line, given the folder that it works in.
        read: Everything of the result that must be as in a run that nobody killed.
        resume: Words by which it goes on.
    """

    words: Callable[[Path], list[str]]
    read: Callable[[Path], Any]
    resume: tuple[str, ...] = ("--resume",)


def read_rows(folder: Path) -> Any:
    record = json.loads((folder / "out.jsonl.run.json").read_text())
    return (folder / "out.jsonl").read_bytes(), record["finished"], record["rows"]


def read_synthesis(folder: Path) -> Any:
    parts = [(str(path.relative_to(folder)), path.read_bytes()) for path in sorted(folder.rglob("part-*.parquet"))]
    return parts, (folder / "out" / "failures.jsonl").read_bytes(), SYNTHESIS.read(folder / "out")


def read_folder(folder: Path) -> Any:
    return [(path.name, path.read_bytes()) for path in sorted((folder / "out").iterdir())]


def read_run(folder: Path) -> Any:
    """Return the model, byte for byte, and what was measured at each step, once."""
    model = [(path.name, path.read_bytes()) for path in sorted((folder / "out" / "model").iterdir())]
    lines = [
        {key: value for key, value in line.items() if key != "tokens_per_second"}
        for line in read_metrics(folder / "out" / METRICS_FILE)
    ]
    return model, lines


def predict(source: str) -> Callable[[Path], list[str]]:
    def words(shared: Path) -> list[str]:
        task = ["tpsa"] if source == "tool" else ["logp", "--model", str(shared / "run" / "model")]
        return ["predict", *task, "--input", str(shared / "in.csv"), "--output", "out.jsonl", "--source", source,
                "--chunk", "4"]  # fmt: skip

    return words


JOBS: dict[str, Job] = {
    "predict": Job(predict("tool"), read_rows),
    "predict-model": Job(predict("model"), read_rows),
    "synthesize": Job(
        lambda shared: ["synthesize", str(shared / "in.csv"), "--modalities", "graph,conformer", "--output", "out",
                        "--part-rows", "20", "--plots", "0", "--workers", "2"],
        read_synthesis,
    ),
    "build": Job(
        lambda shared: ["data", "build", str(shared / "recipe.yaml"), "--output", "out", "--workers", "2"],
        read_folder,
        (),
    ),
    "train": Job(
        lambda shared: ["train", str(shared / "recipe.yaml"), "--shards", str(shared / "shards"), "--output", "out"],
        read_run,
    ),
}  # fmt: skip

_shared = Path()


def prepare(folder: Path) -> None:
    global _shared
    _shared = folder
    samples.write_molecules(folder / "in.csv", ROWS)
    samples.write_recipe(folder / "recipe.yaml")
    samples.make_shards(folder / "shards")
    samples.make_run(folder / "run", folder / "shards")
    samples.make_synthesis(folder / "synthesis")
    samples.make_batch(folder / "batch")  # all is imported now that a copy of this process needs


@cache
def run_whole(name: str) -> tuple[Any, float]:
    """Return what a run that nobody kills gives, and how long it takes, s."""
    folder = _shared / "whole" / name
    folder.mkdir(parents=True)
    started = time.monotonic()
    with Command(JOBS[name].words(_shared), folder, copied=True) as command:
        ended = command.wait()
    assert judge_ending(ended, {0}) is None, ended
    seconds = time.monotonic() - started
    found = JOBS[name].read(folder)
    shutil.rmtree(folder)
    return found, seconds


def attempt(one: Try) -> str | None:
    """Kill a command up to three times, let it go on, and compare."""
    name = list(JOBS)[one.number % len(JOBS)]
    job = JOBS[name]
    right, seconds = run_whole(name)
    words = job.words(_shared)
    gentle = True
    for _ in range(one.rng.randint(1, MOST_KILLS)):
        number = one.rng.choice(list(ENDS))
        gentle = gentle and number is not signal.SIGKILL
        if fault := kill(words, one.folder, number, one.rng.uniform(0.05, 1.0) * seconds):
            return f"{name} after {number.name}: {fault}"
        words = [*job.words(_shared), *job.resume]
    with Command(words, one.folder, copied=True) as command:
        fault = judge_ending(command.wait(), {0}) or command.find_orphans()
    if fault is None and gentle:
        fault = find_drafts(one.folder)
    if fault is None and job.read(one.folder) != right:
        fault = "the result is not that of a run that nobody killed"
    return fault and f"{name}, taken up again: {fault}"


def kill(words: list[str], folder: Path, number: signal.Signals, seconds: float) -> str | None:
    """Start a command, send it a signal after some seconds, and return what is wrong with how it ends."""
    with Command(words, folder, copied=True) as command:
        until = time.monotonic() + seconds
        while command.process.poll() is None and time.monotonic() < until:
            time.sleep(0.005)
        was_over = command.process.poll() is not None
        if not was_over:
            command.process.send_signal(number)
        ended = command.wait()
        # A run that is complete may have been asked for again: that is refused.
        return judge_ending(ended, {0, 2} if was_over else ENDS[number]) or command.find_orphans()
