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
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from anymol.data.example import InstructionExample
from anymol.data.shards import PRETRAIN, ShardReader
from anymol.errors import ConfigError, DataError
from anymol.evaluation.figures import LEVEL, RESAMPLES, Figure, measure_gain
from anymol.evaluation.modality_ablation.figures import (
    SURPRISE,
    Difference,
    ModalityAblation,
    TaskAblation,
    ViewFigures,
)
from anymol.evaluation.modality_ablation.views import ModalityView, lend_records, show_as
from anymol.evaluation.plan import EvaluationPlan, Rows
from anymol.evaluation.questions import recover_input
from anymol.evaluation.results import EvaluatedRow
from anymol.evaluation.row_sets import draw_rows
from anymol.evaluation.runner import (
    REQUEST_MET,
    ask_rows,
    chunk_rows,
    read_references,
    score_task,
)
from anymol.evaluation.subjects.model import ModelSubject
from anymol.files import write_atomically
from anymol.inference.likelihood import measure_surprise
from anymol.metrics.interval import bootstrap_mean
from anymol.tasks.table import TASKS, get_task
from anymol.tasks.task import STRUCTURES, Task, TaskInput, Value

_DEFAULT_PLAN: Final = EvaluationPlan()
_CHUNK: Final = 64
"""Rows asked at once."""


@dataclass(frozen=True)
class _Question:
    """A row in all its ways."""

    whole: InstructionExample
    asked: TaskInput
    reference: Value
    ways: tuple[InstructionExample, ...]


class _Answers(NamedTuple):
    """What the model made of all rows in one way.

    Attributes:
        rows: Its answers.
        surprise: Shape (n,), nats; see :data:`~anymol.evaluation.modality_ablation.figures.SURPRISE`.
        seconds: Wall time.
    """

    rows: tuple[EvaluatedRow, ...]
    surprise: NDArray[np.float64]
    seconds: float


def ablate_modalities(
    model_dir: str | Path,
    shards_dir: str | Path,
    shown: Sequence[ModalityView],
    plan: EvaluationPlan = _DEFAULT_PLAN,
    *,
    output: str | Path | None = None,
    log: Callable[[str], None] = lambda _: None,
) -> ModalityAblation:
    """Ask the same rows in several ways.

    Args:
        model_dir: The model.
        shards_dir: Data whose rows show their molecules in all of these ways at once (``val_shows_all`` in a recipe).
        shown: The ways; all others are compared with the first.
        plan: Which rows are asked, drawn before those without records are left out, and how hard the model looks.
        output: Folder for ``predictions.jsonl``, ``shown.json``, ``shown.md`` and ``shown.html``; None for none.
        log: Told what is being asked.

    Raises:
        CheckpointError: The model is missing or damaged.
        ConfigError: Fewer than two ways, or one of them twice.
        DataError: The shards are damaged, or no row can be shown in all of these ways.
        InvalidTaskInputError: The model does not read one of the modalities.
        UnknownTaskError: A task is unknown.
    """
    from anymol.evaluation.modality_ablation.report import write_ablation_report

    if len(set(shown)) != len(shown) or len(shown) < 2:
        raise ConfigError("two or more different ways of showing are compared", value=[one.name for one in shown])
    wanted = None if plan.tasks is None else [get_task(name).name for name in plan.tasks]
    subject = ModelSubject.load(model_dir, budget=plan.budget, device=plan.device, dtype=plan.dtype)
    answerer = subject.answerer
    reader = ShardReader(shards_dir, split=plan.split, tasks=wanted)
    target = None if output is None else Path(output)
    lines = None if target is None else target / "predictions.jsonl"
    if lines is not None:
        write_atomically(lines, "")
    started = time.perf_counter()
    done: list[TaskAblation] = []
    notes: list[str] = []
    for name in [name for name in TASKS if name in set(reader.tasks.tolist()) - {PRETRAIN}]:
        task = get_task(name)
        questions, drawn, lacking, unreadable = _collect(reader, task, shown, plan.limit, plan.seed, plan.rows)
        if not questions:
            notes.append(f"{name}: none of {drawn} rows can be shown in all of these ways")
            continue
        # A modality that the model does not read shall be named before an hour of asking.
        answerer.generator.processor.encode_many([(way, None) for way in (one.messages for one in questions[0].ways)])
        answers = []
        for place, way in enumerate(shown):
            log(f"{name}: {len(questions)} rows, {way.name}")
            answers.append(_ask_way(task, questions, place, subject, plan.seed))
            if lines is not None:
                _append(lines, way, answers[-1])
        ways = _compare(task, shown, answers, plan.seed)
        done.append(TaskAblation(name, len(questions), drawn, lacking, unreadable, ways))
    if not done:
        raise DataError(
            f"no row of split '{plan.split}' can be shown in all of these ways",
            value=shards_dir,
            hint="build rows with val_shows_all in a component of the recipe (recipes/modality_ablation.yaml)",
        )
    finished = ModalityAblation(
        subject.name,
        f"{reader.manifest.name}, split {plan.split}" + ("" if plan.rows is Rows.ALL else f", {plan.rows} rows"),
        tuple(done),
        {
            "limit": plan.limit,
            "seed": plan.seed,
            "beams": answerer.budget.beams,
            "constrained": answerer.budget.constrained,
            "device": plan.device,
            "resamples": RESAMPLES,
            "seconds": round(time.perf_counter() - started, 1),
        },
        tuple(notes),
    )
    if target is not None:
        write_ablation_report(finished, target)
    return finished


def _collect(
    reader: ShardReader, task: Task, shown: Sequence[ModalityView], limit: int | None, seed: int, rows: Rows
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


def _ask_way(task: Task, questions: Sequence[_Question], place: int, subject: ModelSubject, seed: int) -> _Answers:
    """Ask all rows in one way; what they ask about is known from the whole row."""
    begun = time.perf_counter()
    generator = subject.answerer.generator
    rows: list[EvaluatedRow] = []
    surprise = []
    for chunk in _cut(questions, _CHUNK):
        examples = [one.ways[place] for one in chunk]
        pairs = [(example, one.reference) for example, one in zip(examples, chunk, strict=True)]
        rows += ask_rows(task, pairs, subject, seed, [one.asked for one in chunk])
        surprise.append(measure_surprise(generator, [(one.messages, one.answer) for one in examples]))
    return _Answers(tuple(rows), np.concatenate(surprise), time.perf_counter() - begun)


def _compare(
    task: Task, shown: Sequence[ModalityView], answers: Sequence[_Answers], seed: int
) -> tuple[ViewFigures, ...]:
    """Return the figures of each way, its differences from the first, and from its control where that was asked."""
    ways = []
    first = answers[0]
    for way, mine in zip(shown, answers, strict=True):
        scored = score_task(task, mine.rows, [], seed=seed, baselines=False)
        nats = bootstrap_mean(mine.surprise, level=LEVEL, resamples=RESAMPLES, seed=seed)
        control = replace(way, of_others=True) if way.modalities else way
        has_control = control != way and control in shown
        right = [(one.right, other.right) for one, other in zip(mine.rows, first.rows, strict=True)]
        ways.append(
            ViewFigures(
                shown=way,
                figures=(*scored.figures, Figure(SURPRISE, False, nats)),
                differences=() if mine is first else _subtract(task, mine, first, seed),
                against_others=_subtract(task, mine, answers[shown.index(control)], seed) if has_control else (),
                n_gained=sum(one and not other for one, other in right),
                n_lost=sum(other and not one for one, other in right),
                seconds=mine.seconds,
            )
        )
    return tuple(ways)


def _subtract(task: Task, mine: _Answers, other: _Answers, seed: int) -> tuple[Difference, ...]:
    """Return what one way gains over another on every metric, the headline first and the surprise last."""
    references = [row.reference for row in mine.rows]
    found = []
    if task.open_ended:
        met = [row.right for row in mine.rows], [row.right for row in other.rows]
        found.append(Difference(REQUEST_MET.name, measure_gain(REQUEST_MET, *met, references, seed=seed)))
    predictions = [row.prediction for row in mine.rows], [row.prediction for row in other.rows]
    for metric in task.metrics:
        found.append(Difference(metric.name, measure_gain(metric, *predictions, references, seed=seed)))
    for k in (3, 5) if task.answer in STRUCTURES else ():
        hits = [
            float(any(row.hits[:k])) - float(any(rival.hits[:k]))
            for row, rival in zip(mine.rows, other.rows, strict=True)
        ]
        found.append(Difference(f"top_{k}_exact", bootstrap_mean(hits, level=LEVEL, resamples=RESAMPLES, seed=seed)))
    saved = bootstrap_mean(other.surprise - mine.surprise, level=LEVEL, resamples=RESAMPLES, seed=seed)
    return (*found, Difference(SURPRISE, saved))


def _append(path: Path, way: ModalityView, answers: _Answers) -> None:
    """Add the answers of one way to ``predictions.jsonl``."""
    with path.open("a", encoding="utf-8") as stream:
        for row, nats in zip(answers.rows, answers.surprise.tolist(), strict=True):
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
