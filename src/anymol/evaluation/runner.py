"""Asks a model every row of an evaluation set and measures what it says, under the honest protocol.

Every row counts: an unreadable answer is wrong. Stereochemistry counts. Figures come with n and a 95 % interval,
trivial baselines stand beside the model on the same rows, and every answer is kept, one JSON line per row.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from anymol.data.example import InstructionExample
from anymol.data.shards import PRETRAIN, ShardReader
from anymol.errors import DataError, UnreadableAnswerError
from anymol.evaluation.baselines import Pairs, answer_baselines
from anymol.evaluation.figures import Figure, TaskFigures, compare, judge_certainty, measure, measure_share
from anymol.evaluation.modality_ablation.views import name_shown
from anymol.evaluation.protocol import Protocol
from anymol.evaluation.questions import read_reference, recover_input
from anymol.evaluation.report import write_report
from anymol.evaluation.results import EvaluatedRow, Evaluation, Rows
from anymol.files import write_atomically
from anymol.inference.answering import Answerer
from anymol.inference.confidence import Calibration
from anymol.inference.generation import Generator
from anymol.inference.ranking import verify_answer
from anymol.inference.scored import DecodingBudget
from anymol.metrics.classification import ClassPrediction
from anymol.metrics.metric import Metric
from anymol.metrics.published import PUBLISHED_MOLECULE_METRICS, PUBLISHED_NUMBER_METRICS
from anymol.models.checkpoint import load_checkpoint
from anymol.models.processor import AnyMolProcessor
from anymol.models.weight_dtype import WeightDtype
from anymol.tasks.correctness import is_right, judge_checks
from anymol.tasks.table import TASKS, get_task
from anymol.tasks.task import STRUCTURES, AnswerKind, Task, TaskInput, Value

_CHUNK: Final = 64
"""Rows asked together: enough for length buckets, and the file of answers grows while one waits."""

_TRAINING_ROWS: Final = 2000
"""Training examples per task that the baselines learn from."""
_GROUP_ROWS: Final = 20
"""Fewest rows of a group that is reported by itself."""


def _count_share(hits: Sequence[bool], references: Sequence[Value]) -> float:
    return sum(hits) / len(hits) if hits else float("nan")


REQUEST_MET: Final = Metric("request_met", _count_share, higher_is_better=True)
"""Headline of open-ended tasks: the share of rows whose first answer is right by its checks."""


def evaluate(
    model_dir: str | Path,
    shards_dir: str | Path,
    *,
    split: str = "val",
    rows: Rows = Rows.ALL,
    tasks: Collection[str] | None = None,
    limit: int | None = 300,
    output: str | Path | None = None,
    seed: int = 0,
    budget: DecodingBudget | None = None,
    device: str = "cpu",
    dtype: WeightDtype = WeightDtype.AUTO,
    baselines: bool = True,
    protocol: Protocol = Protocol.HONEST,
) -> Evaluation:
    """Evaluate a model directory on a split of a shard directory.

    Args:
        model_dir: The model.
        shards_dir: The data; their ``train`` split feeds the baselines.
        split: Which split is asked.
        rows: Which of its rows.
        tasks: Which tasks; None for all that the split has.
        limit: Most rows per task, drawn by `seed`; None for all.
        output: Folder for ``predictions.jsonl``, ``figures.json``, ``report.md`` and ``report.html``; None for none.
        seed: Draws rows, samples and bootstraps.
        budget: How hard the model looks.
        device: Where to run.
        dtype: Type in which the weights are held.
        baselines: Whether baselines are measured too.
        protocol: By whose rules. The honest figures are always measured; the published ones join them.

    Raises:
        CheckpointError: The model is missing or damaged.
        DataError: The shards are, or they hold no row to ask.
        UnknownTaskError: A task is unknown.
    """
    from anymol.models import register

    register()
    wanted = None if tasks is None else [get_task(name).name for name in tasks]
    model, processor, manifest = load_checkpoint(model_dir, device=device, dtype=dtype.resolve(Path(model_dir)))
    calibration = Calibration.load(Path(model_dir))
    answerer = Answerer(Generator(model, processor), calibration, budget)
    reader = ShardReader(shards_dir, split=split, tasks=wanted)
    names = [name for name in TASKS if name in set(reader.tasks.tolist()) - {PRETRAIN}]
    if not names:
        raise DataError(f"these shards have no rows of split '{split}' to ask", value=shards_dir)
    training = ShardReader(shards_dir, split="train", tasks=names) if baselines else None
    target = None if output is None else Path(output)
    lines = None if target is None else target / "predictions.jsonl"
    if lines is not None:
        write_atomically(lines, "")
    figures: list[TaskFigures] = []
    groups: list[TaskFigures] = []
    kept: list[EvaluatedRow] = []
    notes: list[str] = []
    started = time.perf_counter()
    for name in names:
        task = get_task(name)
        begun = time.perf_counter()
        answered: list[EvaluatedRow] = []
        skipped = 0
        for chunk in chunk_rows(draw_rows(reader, name, limit, seed, rows)):
            readable = [(example, value) for example, value in read_references(task, chunk) if value is not None]
            skipped += len(chunk) - len(readable)
            asked = ask_rows(task, readable, answerer, seed)
            if lines is not None:
                append_rows(lines, asked, processor)
            answered.extend(asked)
        seconds = time.perf_counter() - begun
        if skipped:
            notes.append(f"{name}: {skipped} rows left out, their own reference cannot be read")
        if not answered:
            continue
        pairs = [] if training is None else _read_pairs(task, draw_rows(training, name, _TRAINING_ROWS, seed))
        scored = score_task(task, answered, pairs, seconds=seconds, seed=seed, baselines=baselines)
        if protocol is not Protocol.HONEST:
            scored = replace(scored, published=score_published(task, answered, seed=seed))
        figures.append(scored)
        groups.extend(_score_groups(task, answered, pairs, seconds=seconds, seed=seed, baselines=baselines))
        kept.extend(answered)
    if calibration.fitted_on:
        notes.append(
            f"probabilities and intervals were fitted on {calibration.fitted_on}; the figures of certainty count only "
            "where other rows are measured here"
        )
    else:
        notes.append("probabilities are not calibrated: each is an answer's share of what the search found")
    done = Evaluation(
        str(manifest.provenance.get("name") or Path(model_dir).name),
        f"{reader.manifest.name}, split {split}" + ("" if rows is Rows.ALL else f", {rows} rows"),
        tuple(figures),
        tuple(kept),
        {
            "protocol": protocol.value,
            "limit": limit,
            "seed": seed,
            "beams": answerer.budget.beams,
            "draws": answerer.budget.draws,
            "constrained": answerer.budget.constrained,
            "device": device,
            "seconds": round(time.perf_counter() - started, 1),
        },
        tuple(notes),
        tuple(groups),
    )
    if target is not None:
        write_report(done, target)
    return done


def score_task(
    task: Task, rows: Sequence[EvaluatedRow], training: Pairs, *, seconds: float, seed: int, baselines: bool = True
) -> TaskFigures:
    """Return all figures of one task.

    Args:
        task: The task.
        rows: Its evaluated rows, at least one.
        training: Training inputs with answers, for the baselines.
        seconds: Wall time of the model.
        seed: Seeds the bootstraps.
        baselines: Whether baselines are measured.
    """
    predictions: list[Any] = [row.scored for row in rows]
    references = [row.reference for row in rows]
    figures = [measure(metric, predictions, references, seed=seed) for metric in task.metrics]
    headline: Metric = task.metrics[0]
    compared = answer_baselines(task, training, [row.asked for row in rows]) if baselines else ()
    if task.answer is AnswerKind.CLASS:
        compared = tuple(replace(one, answers=tuple(_as_classes(rows, one.answers))) for one in compared)
    if task.open_ended:
        headline, predictions = REQUEST_MET, [row.right for row in rows]
        figures.insert(0, measure(headline, predictions, references, seed=seed))
        compared = tuple(replace(one, answers=tuple(_judge(task, rows, one.answers))) for one in compared)
    if task.answer in STRUCTURES:
        for k in (3, 5):
            figures.append(measure_share(f"top_{k}_exact", [any(row.hits[:k]) for row in rows], seed=seed))
    if _is_checked(task):
        verified = [row.right_when_verified for row in rows]
        figures.append(measure_share("right_when_verified", verified, seed=seed))
        passed = [bool(row.checks) and judge_checks(row.checks[0]) is True for row in rows]
        figures.append(measure_share("all_checks_passed", passed, seed=seed))
    first = [row.found.answers[0] if row.found.answers else None for row in rows]
    ece, coverage = judge_certainty(
        [None if one is None else one.probability for one in first],
        [row.right for row in rows],
        [None if one is None or one.interval is None else (one.interval.low, one.interval.high) for one in first],
        references,
    )
    return TaskFigures(
        task.name,
        len(rows),
        tuple(figures),
        tuple(compare(headline, predictions, baseline, references, seed=seed) for baseline in compared),
        ece,
        coverage,
        seconds,
    )


def _as_classes(rows: Sequence[EvaluatedRow], answers: Sequence[Value | None]) -> Iterator[Any]:
    """Yield the answers of another system as certain classes, each with its endpoint."""
    for row, answer in zip(rows, answers, strict=True):
        yield ClassPrediction({} if answer is None else {str(answer): 1.0}, row.asked.text)


def score_published(task: Task, rows: Sequence[EvaluatedRow], *, seed: int) -> tuple[Figure, ...]:
    """Return the figures of a task's first answers by the rules of published tables; none where there are no such."""
    match task.answer:
        case AnswerKind.MOLECULE | AnswerKind.MIXTURE:
            metrics = PUBLISHED_MOLECULE_METRICS
        case AnswerKind.NUMBER:
            metrics = PUBLISHED_NUMBER_METRICS
        case _:
            return ()
    predictions: list[Any] = [row.prediction for row in rows]
    return tuple(measure(one, predictions, [row.reference for row in rows], seed=seed) for one in metrics)


def _score_groups(
    task: Task, rows: Sequence[EvaluatedRow], training: Pairs, *, seconds: float, seed: int, baselines: bool
) -> Iterator[TaskFigures]:
    """Yield the figures of a task by what its questions show, where they show different things."""
    by_shown: dict[str, list[EvaluatedRow]] = {}
    for row in rows:
        by_shown.setdefault(name_shown(row.example, row.asked), []).append(row)
    if len(by_shown) == 1:
        return
    for shown, group in sorted(by_shown.items()):
        if len(group) >= _GROUP_ROWS:
            share = seconds * len(group) / len(rows)
            scored = score_task(task, group, training, seconds=share, seed=seed, baselines=baselines)
            yield replace(scored, task=f"{task.name}: {shown}")


def _is_checked(task: Task) -> bool:
    return task.answer in STRUCTURES and not task.costly_checks


def _judge(task: Task, rows: Sequence[EvaluatedRow], answers: Sequence[Value | None]) -> Iterator[bool]:
    """Yield whether each answer of another system is right, by the same checks."""
    for row, value in zip(rows, answers, strict=True):
        yield value is not None and is_right(task, value, row.reference, verify_answer(task, row.asked, value))


def ask_rows(
    task: Task,
    examples: Sequence[tuple[InstructionExample, Value]],
    answerer: Answerer,
    seed: int,
    asked: Sequence[TaskInput] | None = None,
) -> list[EvaluatedRow]:
    """Ask a model some rows of one task and judge what it says.

    Args:
        task: The task.
        examples: Rows with their right answers.
        answerer: The model.
        seed: Seeds draws.
        asked: What each row asks about, where the row itself does not show all of it; recovered from the row if None.
    """
    encoded = answerer.generator.processor.encode_many([(example.messages, None) for example, _ in examples])
    answered = answerer.answer(task, [(prompt,) for prompt in encoded], seed=seed)
    known = [recover_input(task, example) for example, _ in examples] if asked is None else asked
    rows = []
    for (example, reference), about, found in zip(examples, known, answered, strict=True):
        checks = tuple(verify_answer(task, about, one.value) if _is_checked(task) else () for one in found.answers)
        hits = tuple(
            is_right(task, one.value, reference, checked) for one, checked in zip(found.answers, checks, strict=True)
        )
        rows.append(EvaluatedRow(example, about, reference, found, hits, checks))
    return rows


def read_references(
    task: Task, examples: Sequence[InstructionExample]
) -> Iterator[tuple[InstructionExample, Value | None]]:
    """Yield each row with its right answer, None where that cannot be read."""
    for example in examples:
        try:
            yield example, read_reference(task, example)
        except UnreadableAnswerError:
            yield example, None


def _read_pairs(task: Task, examples: Iterator[InstructionExample]) -> Pairs:
    return [
        (recover_input(task, example), value)
        for example, value in read_references(task, list(examples))
        if value is not None
    ]


def draw_rows(
    reader: ShardReader, task: str, limit: int | None, seed: int, rows: Rows = Rows.ALL
) -> Iterator[InstructionExample]:
    """Yield at most `limit` examples of a task, drawn by the seed, in the order of the shards."""
    places = np.flatnonzero(reader.tasks == task)[rows.slice]
    if limit is not None and len(places) > limit:
        places = np.sort(np.random.default_rng(seed).choice(places, limit, replace=False))
    return (reader[int(place)] for place in places)


def chunk_rows(examples: Iterator[InstructionExample]) -> Iterator[list[InstructionExample]]:
    """Yield rows in pieces that are asked together."""
    chunk: list[InstructionExample] = []
    for example in examples:
        chunk.append(example)
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def append_rows(path: Path, rows: Sequence[EvaluatedRow], processor: AnyMolProcessor) -> None:
    """Append rows to the file of answers, one JSON line each."""
    lines = [json.dumps(row.to_json(processor.render(row.example.messages)), ensure_ascii=False) for row in rows]
    with path.open("a", encoding="utf-8") as stream:
        stream.writelines(f"{line}\n" for line in lines)
