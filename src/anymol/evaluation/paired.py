"""Asks the same rows several times, their molecules shown in different ways, and measures the differences row by row.

ChemDFM-X (arXiv 2409.13194) claims that spectra beside a notation help where notation alone is read. That is a claim
about differences: each row is asked with the notation alone, with a modality beside it, with the modality instead, and
the figures are compared on the very same rows, by a paired bootstrap. Whatever else makes one reaction harder than
another cancels out. A row whose molecules lack a record for one way is left out of all ways, and counted.

A record beside the notation may help or harm by what it says, or by being there at all: a model that never met it reads
noise. The control tells them apart: the same question with the records of another row's molecules.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from anymol.data.example import InstructionExample
from anymol.data.shards import PRETRAIN, ShardReader
from anymol.errors import ConfigError, DataError
from anymol.evaluation.figures import LEVEL, RESAMPLES, Figure, measure_gain
from anymol.evaluation.likelihood import measure_surprise
from anymol.evaluation.questions import recover_input
from anymol.evaluation.runner import (
    REQUEST_MET,
    STRUCTURES,
    EvaluatedRow,
    Rows,
    ask_rows,
    chunk_rows,
    draw_rows,
    read_references,
    score_task,
)
from anymol.evaluation.shown import Shown, lend_records, show_as
from anymol.files import write_atomically
from anymol.inference.answering import Answerer
from anymol.inference.confidence import Calibration
from anymol.inference.generation import Generator
from anymol.inference.scored import Effort
from anymol.metrics.interval import ConfidenceInterval, bootstrap_mean
from anymol.models.checkpoint import load_checkpoint
from anymol.tasks.table import TASKS, get_task
from anymol.tasks.task import Task, TaskInput, Value

SURPRISE: Final = "answer_surprise"
"""Mean negative log-probability of the right answer as it is written, nats: it moves before the answers do."""

_CHUNK_OF_LIKELIHOOD: Final = 64


@dataclass(frozen=True)
class Difference:
    """One way of showing less the first, on one metric.

    Attributes:
        metric: Name of the metric.
        gain: The difference in the direction of better, with its interval by paired bootstrap.
    """

    metric: str
    gain: ConfidenceInterval

    @property
    def verdict(self) -> str:
        """Whether the difference is more than chance."""
        if self.gain.low > 0:
            return "better"
        return "worse" if self.gain.high < 0 else "undecided"

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {"metric": self.metric, "verdict": self.verdict, **_plain(self.gain)}


@dataclass(frozen=True)
class WayFigures:
    """One task asked in one way.

    Attributes:
        shown: What was shown.
        figures: Every metric, the headline first.
        differences: Against the first way; none for the first way itself.
        against_others: Against the same way with the records of other molecules, where that was asked too.
        n_gained: Rows that are right here and wrong in the first way.
        n_lost: Rows that are wrong here and right in the first way.
        seconds: Wall time.
    """

    shown: Shown
    figures: tuple[Figure, ...]
    differences: tuple[Difference, ...]
    against_others: tuple[Difference, ...]
    n_gained: int
    n_lost: int
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "shown": self.shown.name,
            "figures": [figure.to_json() for figure in self.figures],
            "differences": [difference.to_json() for difference in self.differences],
            "against_others": [difference.to_json() for difference in self.against_others],
            "rows_gained": self.n_gained,
            "rows_lost": self.n_lost,
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True)
class PairedTask:
    """One task asked in every way.

    Attributes:
        task: Name of the task.
        n: Rows that were asked, each in every way.
        n_drawn: Rows that were looked at.
        lacking: Name of a way -> rows left out because their molecules cannot be shown so.
        unreadable: Rows left out because their own reference cannot be read.
        ways: The ways, in the order in which they were asked for.
    """

    task: str
    n: int
    n_drawn: int
    lacking: Mapping[str, int]
    unreadable: int
    ways: tuple[WayFigures, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "task": self.task,
            "n": self.n,
            "n_drawn": self.n_drawn,
            "lacking": dict(self.lacking),
            "unreadable": self.unreadable,
            "ways": [way.to_json() for way in self.ways],
        }


@dataclass(frozen=True)
class PairedEvaluation:
    """The outcome.

    Attributes:
        model: Name of the model.
        data: Name of the data and split.
        tasks: What was measured, in the order of the task table.
        settings: How it was run.
        notes: What a reader must know.
    """

    model: str
    data: str
    tasks: tuple[PairedTask, ...]
    settings: Mapping[str, Any]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "model": self.model,
            "data": self.data,
            "tasks": [task.to_json() for task in self.tasks],
            "settings": dict(self.settings),
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class _Question:
    """A row in all its ways."""

    whole: InstructionExample
    asked: TaskInput
    reference: Value
    ways: tuple[InstructionExample, ...]


def evaluate_shown(
    model_dir: str | Path,
    shards_dir: str | Path,
    shown: Sequence[Shown],
    *,
    split: str = "val",
    rows: Rows = Rows.ALL,
    tasks: Collection[str] | None = None,
    limit: int | None = 300,
    output: str | Path | None = None,
    seed: int = 0,
    effort: Effort | None = None,
    device: str = "cpu",
    log: Callable[[str], None] = lambda _: None,
) -> PairedEvaluation:
    """Ask the same rows in several ways.

    Args:
        model_dir: The model.
        shards_dir: Data whose rows show their molecules in all of these ways at once (``val_shows_all`` in a recipe).
        shown: The ways; all others are compared with the first.
        split: Which split is asked.
        rows: Which of its rows.
        tasks: Which tasks; None for all that have rows to ask.
        limit: Most rows per task, drawn by `seed` before those without records are left out; None for all.
        output: Folder for ``predictions.jsonl``, ``shown.json``, ``shown.md`` and ``shown.html``; None for none.
        seed: Draws rows, samples and bootstraps.
        effort: How hard the model looks.
        device: Where to run.
        log: Told what is being asked.

    Raises:
        CheckpointError: The model is missing or damaged.
        ConfigError: Fewer than two ways, or one of them twice.
        DataError: The shards are damaged, or no row can be shown in all of these ways.
        InvalidTaskInputError: The model does not read one of the modalities.
        UnknownTaskError: A task is unknown.
    """
    from anymol.evaluation.paired_report import write_paired_report
    from anymol.models import register

    if len(set(shown)) != len(shown) or len(shown) < 2:
        raise ConfigError("two or more different ways of showing are compared", value=[one.name for one in shown])
    register()
    wanted = None if tasks is None else [get_task(name).name for name in tasks]
    model, processor, manifest = load_checkpoint(model_dir, device=device)
    answerer = Answerer(Generator(model, processor), Calibration.load(Path(model_dir)), effort)
    reader = ShardReader(shards_dir, split=split, tasks=wanted)
    target = None if output is None else Path(output)
    lines = None if target is None else target / "predictions.jsonl"
    if lines is not None:
        write_atomically(lines, "")
    started = time.perf_counter()
    done: list[PairedTask] = []
    notes: list[str] = []
    for name in [name for name in TASKS if name in set(reader.tasks.tolist()) - {PRETRAIN}]:
        task = get_task(name)
        questions, drawn, lacking, unreadable = _collect(reader, task, shown, limit, seed, rows)
        if not questions:
            notes.append(f"{name}: none of {drawn} rows can be shown in all of these ways")
            continue
        # A modality that the model does not read shall be named before an hour of asking.
        processor.encode_many([(way, None) for way in (one.messages for one in questions[0].ways)])
        answered: list[list[EvaluatedRow]] = []
        surprise: list[np.ndarray] = []
        seconds: list[float] = []
        for place, way in enumerate(shown):
            log(f"{name}: {len(questions)} rows, {way.name}")
            begun = time.perf_counter()
            answered.append(_ask_way(task, questions, place, answerer, seed))
            surprise.append(
                np.concatenate(
                    [
                        measure_surprise(model, processor, [one.ways[place] for one in chunk])
                        for chunk in _cut(questions, _CHUNK_OF_LIKELIHOOD)
                    ]
                )
            )
            seconds.append(time.perf_counter() - begun)
            if lines is not None:
                _append(lines, way, answered[-1], surprise[-1])
        ways = _compare(task, shown, answered, surprise, seconds, seed)
        done.append(PairedTask(name, len(questions), drawn, lacking, unreadable, ways))
    if not done:
        raise DataError(
            f"no row of split '{split}' can be shown in all of these ways",
            value=shards_dir,
            hint="build rows that show everything: val_shows_all in a component of the recipe (recipes/shown.yaml)",
        )
    finished = PairedEvaluation(
        str(manifest.provenance.get("name") or Path(model_dir).name),
        f"{reader.manifest.name}, split {split}" + ("" if rows is Rows.ALL else f", {rows} rows"),
        tuple(done),
        {
            "limit": limit,
            "seed": seed,
            "beams": answerer.effort.beams,
            "constrained": answerer.effort.constrained,
            "device": device,
            "resamples": RESAMPLES,
            "seconds": round(time.perf_counter() - started, 1),
        },
        tuple(notes),
    )
    if target is not None:
        write_paired_report(finished, target)
    return finished


def _collect(
    reader: ShardReader, task: Task, shown: Sequence[Shown], limit: int | None, seed: int, rows: Rows
) -> tuple[list[_Question], int, dict[str, int], int]:
    """Return the rows that can be shown in every way, how many were looked at, and why others are left out."""
    whole: list[tuple[InstructionExample, Value]] = []
    drawn = 0
    for chunk in chunk_rows(draw_rows(reader, task.name, limit, seed, rows)):
        for example, reference in read_references(task, chunk):
            drawn += 1
            if reference is not None:
                whole.append((example, reference))
    by_way = [[show_as(example, task, way) for example, _ in whole] for way in shown]
    # Lenders are drawn among all rows, before those that lack something for another way are left out.
    by_way = [lend_records(made, task) if way.of_others else made for way, made in zip(shown, by_way, strict=True)]
    lacking = {way.name: made.count(None) for way, made in zip(shown, by_way, strict=True)}
    found = []
    for (example, reference), *ways in zip(whole, *by_way, strict=True):
        there = tuple(made for made in ways if made is not None)
        if len(there) == len(shown):
            found.append(_Question(example, recover_input(task, example), reference, there))
    return found, drawn, lacking, drawn - len(whole)


def _ask_way(
    task: Task, questions: Sequence[_Question], place: int, answerer: Answerer, seed: int
) -> list[EvaluatedRow]:
    """Ask all rows in one way; what they ask about is known from the whole row."""
    return [
        row
        for chunk in _cut(questions, _CHUNK_OF_LIKELIHOOD)
        for row in ask_rows(
            task,
            [(one.ways[place], one.reference) for one in chunk],
            answerer,
            seed,
            [one.asked for one in chunk],
        )
    ]


def _compare(
    task: Task,
    shown: Sequence[Shown],
    answered: Sequence[Sequence[EvaluatedRow]],
    surprise: Sequence[np.ndarray],
    seconds: Sequence[float],
    seed: int,
) -> tuple[WayFigures, ...]:
    ways = []
    for place, (way, rows) in enumerate(zip(shown, answered, strict=True)):
        scored = score_task(task, rows, [], seconds=seconds[place], seed=seed, baselines=False)
        nats = bootstrap_mean(surprise[place], level=LEVEL, resamples=RESAMPLES, seed=seed)

        def against(other: int, place: int = place) -> tuple[Difference, ...]:
            saved = bootstrap_mean(surprise[other] - surprise[place], level=LEVEL, resamples=RESAMPLES, seed=seed)
            return (*_subtract(task, answered[place], answered[other], seed), Difference(SURPRISE, saved))

        control = replace(way, of_others=True) if way.modalities else way
        pairs = [(mine.right, first.right) for mine, first in zip(rows, answered[0], strict=True)]
        ways.append(
            WayFigures(
                way,
                (*scored.figures, Figure(SURPRISE, False, nats)),
                against(0) if place else (),
                against(shown.index(control)) if control != way and control in shown else (),
                sum(mine and not first for mine, first in pairs),
                sum(first and not mine for mine, first in pairs),
                seconds[place],
            )
        )
    return tuple(ways)


def _subtract(task: Task, mine: Sequence[EvaluatedRow], first: Sequence[EvaluatedRow], seed: int) -> list[Difference]:
    references = [row.reference for row in mine]
    found = [
        Difference(
            metric.name,
            measure_gain(
                metric, [row.prediction for row in mine], [row.prediction for row in first], references, seed=seed
            ),
        )
        for metric in task.metrics
    ]
    if task.open_ended:
        met = measure_gain(
            REQUEST_MET, [row.right for row in mine], [row.right for row in first], references, seed=seed
        )
        found.insert(0, Difference(REQUEST_MET.name, met))
    for k in (3, 5) if task.answer in STRUCTURES else ():
        hits = [float(any(row.hits[:k])) - float(any(other.hits[:k])) for row, other in zip(mine, first, strict=True)]
        found.append(Difference(f"top_{k}_exact", bootstrap_mean(hits, level=LEVEL, resamples=RESAMPLES, seed=seed)))
    return found


def _append(path: Path, way: Shown, rows: Sequence[EvaluatedRow], surprise: np.ndarray) -> None:
    with path.open("a", encoding="utf-8") as stream:
        for row, nats in zip(rows, surprise.tolist(), strict=True):
            line = {
                "shown": way.name,
                "id": row.example.id,
                "task": row.example.task,
                "reference": row.reference,
                "prediction": row.prediction,
                "right": row.right,
                "answers": [one.value for one in row.found.answers],
                "answer_surprise": round(nats, 4),
            }
            stream.write(json.dumps(line, ensure_ascii=False) + "\n")


def _cut(questions: Sequence[_Question], size: int) -> list[Sequence[_Question]]:
    return [questions[start : start + size] for start in range(0, len(questions), size)]


def _plain(interval: ConfidenceInterval) -> dict[str, Any]:
    """Return an interval with nan, which JSON does not know, as null."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in interval._asdict().items()
    }
