"""Asks a subject every row of an evaluation set and measures what it says, under the honest protocol.

Every row counts: an unreadable answer is wrong. Stereochemistry counts. Figures come with n and a 95 % interval,
trivial baselines stand beside the model on the same rows, and every answer is kept, one JSON line per row.
"""

from __future__ import annotations

import json
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from rdkit import rdBase

from anymol.data.example import InstructionExample
from anymol.errors import AnyMolError, DataError, UnreadableAnswerError
from anymol.evaluation.answer_file import AnswerFile
from anymol.evaluation.asking import AnsweredPiece, AskedPiece, AskPieces, LoadSubject, ask_piece, asking
from anymol.evaluation.baselines import Pairs, answer_baselines
from anymol.evaluation.figures import Figure, TaskFigures, compare, judge_certainty, measure, measure_share
from anymol.evaluation.leakage import LeakFigure, LeakKind, TaskLeakage, TrainingKeys
from anymol.evaluation.modality_ablation.views import name_shown
from anymol.evaluation.plan import EvaluationPlan, Rows
from anymol.evaluation.protocol import Protocol
from anymol.evaluation.questions import read_reference, recover_input
from anymol.evaluation.report import write_report
from anymol.evaluation.results import EvaluatedRow, Evaluation, restore_answers
from anymol.evaluation.row_sets import RowSet, ShardRows
from anymol.evaluation.subjects.subject import Answered, AskedRow, Subject
from anymol.files import write_atomically
from anymol.inference.ranking import verify_answer
from anymol.inference.scored import AnsweredRow
from anymol.metrics.classification import ClassPrediction
from anymol.metrics.metric import Metric
from anymol.metrics.published import PUBLISHED_MOLECULE_METRICS, PUBLISHED_NUMBER_METRICS
from anymol.tasks.correctness import is_right, judge_checks
from anymol.tasks.table import get_task
from anymol.tasks.task import STRUCTURES, AnswerKind, Task, TaskInput, Value
from anymol.version import __version__

_CHUNK: Final = 64
"""Rows asked together: enough for length buckets, and the file of answers grows while one waits."""

LEAKS_FILE: Final = "leakage.jsonl"
"""Rows that the training data give away, one JSON line each."""

_TRAINING_ROWS: Final = 2000
"""Training examples per task that the baselines learn from."""
_GROUP_ROWS: Final = 20
"""Fewest rows of a group that is reported by itself."""


class NoRowsError(DataError):
    """Data without a row that can be asked."""

    kind = "no_rows"


def _count_share(hits: Sequence[bool], references: Sequence[Value]) -> float:
    return sum(hits) / len(hits) if hits else float("nan")


REQUEST_MET: Final = Metric("request_met", _count_share, higher_is_better=True)
"""Headline of open-ended tasks: the share of rows whose first answer is right by its checks."""


_DEFAULT_PLAN: Final = EvaluationPlan()


def evaluate(
    model_dir: str | Path,
    shards_dir: str | Path,
    plan: EvaluationPlan = _DEFAULT_PLAN,
    *,
    output: str | Path | None = None,
    baselines: bool = True,
    protocol: Protocol = Protocol.HONEST,
    resume: bool = False,
) -> Evaluation:
    """Evaluate a model directory on a split of a shard directory.

    Args:
        model_dir: The model.
        shards_dir: The data; their ``train`` split feeds the baselines.
        plan: Which rows are asked, and how.
        output: Folder for ``predictions.jsonl``, ``figures.json``, ``report.md`` and ``report.html``; None for none.
        baselines: Whether baselines are measured too.
        protocol: By whose rules. The honest figures are always measured; the published ones join them.
        resume: Whether to go on with the answers that a stopped run left in `output`.

    Raises:
        CheckpointError: The model is missing or damaged.
        DataError: The shards are, or they hold no row to ask.
        InvalidFileError: `output` holds the answers of another run.
        UnknownTaskError: A task is unknown.
    """
    from anymol.evaluation.subjects.model import ModelSubject  # needs torch, which other subjects do without

    subject = ModelSubject.load(model_dir, budget=plan.budget, device=plan.device, dtype=plan.dtype)
    rows = ShardRows(shards_dir, split=plan.split, tasks=plan.tasks)
    return evaluate_subject(subject, rows, plan, output=output, baselines=baselines, protocol=protocol, resume=resume)


def evaluate_subject(
    subject: Subject,
    asked_of: RowSet,
    plan: EvaluationPlan = _DEFAULT_PLAN,
    *,
    output: str | Path | None = None,
    baselines: bool = True,
    protocol: Protocol = Protocol.HONEST,
    resume: bool = False,
    training: TrainingKeys | None = None,
    processes: int = 1,
    load: LoadSubject | None = None,
) -> Evaluation:
    """Evaluate any subject on any rows.

    Args:
        subject: Who is asked.
        asked_of: The data.
        plan: Which of its rows.
        output: Folder for ``predictions.jsonl``, ``figures.json``, ``report.md`` and ``report.html``; None for none.
        baselines: Whether baselines are measured too.
        protocol: By whose rules. The honest figures are always measured; the published ones join them.
        resume: Whether to go on with the answers that a stopped run left in `output`.
        training: What the subject was trained on, where that is known: rows that it gives away are counted, and figures
            without them stand beside.
        processes: How many ask, each with a copy of the subject; the answers are the same.
        load: Loads such a copy, where several ask.

    Raises:
        EndpointError: The subject is an endpoint that refuses every row.
        InvalidFileError: `output` holds the answers of another run or to other questions, or of one that was stopped.
        NoRowsError: There is no row to ask.
    """
    target = None if output is None else Path(output)
    asked_how = {"limit": plan.limit, "seed": plan.seed, **subject.settings, **asked_of.settings}
    whose = {
        "subject": subject.name,
        "data": asked_of.name,
        "tasks": list(asked_of.tasks),
        "rows": plan.rows.value,
        "anymol": __version__,
        **asked_how,
    }
    answers = AnswerFile(target, whose, resume=resume)
    if target is not None and training is not None:
        write_atomically(target / LEAKS_FILE, "")
    figures: list[TaskFigures] = []
    groups: list[TaskFigures] = []
    kept: list[EvaluatedRow] = []
    leaked: list[TaskLeakage] = []
    notes: list[str] = []
    started = time.perf_counter()
    with asking(subject, processes, load) as ask:
        for name in asked_of.tasks:
            task = get_task(name)
            answered, left_out = _answer_task(task, subject, ask, asked_of, plan, answers)
            notes.extend(f"{name}: {count} rows left out, {reason}" for reason, count in left_out.items())
            if not answered:
                notes.append(f"{name}: there is no row to ask")
                continue
            learnt = asked_of.draw_training(name, _TRAINING_ROWS, plan.seed) if baselines else None
            pairs = [] if learnt is None else _read_pairs(task, learnt)
            compared = learnt is not None
            scored = score_task(task, answered, pairs, seed=plan.seed, baselines=compared)
            if protocol is not Protocol.HONEST:
                scored = replace(scored, published=score_published(task, answered, seed=plan.seed))
            figures.append(scored)
            parts = _score_groups(task, answered, pairs, asked_of, protocol, seed=plan.seed, baselines=compared)
            groups.extend(parts)
            if training is not None:
                leaked.append(_audit_task(task, answered, scored.headline, training, target, seed=plan.seed))
            kept.extend(answered)
    answers.finish()
    if not kept:
        raise NoRowsError("there is no row to ask", value=asked_of.name, hint="; ".join(notes) or None)
    notes[:0] = asked_of.notes
    notes.extend(subject.list_notes(kept))
    notes.extend(_count_errors(kept))
    done = Evaluation(
        subject.name,
        asked_of.name + ("" if plan.rows is Rows.ALL else f", {plan.rows} rows"),
        tuple(figures),
        tuple(kept),
        {
            "protocol": protocol.value,
            **asked_how,
            **({} if training is None else {"training sha256": dict(training.sha256)}),
            "anymol": __version__,
            "RDKit": rdBase.rdkitVersion,
            "seconds": round(time.perf_counter() - started, 1),
        },
        tuple(notes),
        tuple(groups),
        tuple(leaked),
        tuple(asked_of.published),
    )
    if target is not None:
        write_report(done, target)
    return done


@dataclass(frozen=True)
class _Piece:
    """Rows that are asked together, with what is known of each.

    Attributes:
        rows: Row, right answer, and what the row asks about.
        questions: Each question in words.
    """

    rows: tuple[tuple[InstructionExample, Value, TaskInput], ...]
    questions: tuple[str, ...]

    @property
    def asked(self) -> tuple[AskedRow, ...]:
        """The rows as a subject is asked them."""
        return tuple(AskedRow(example, about) for example, _, about in self.rows)

    def judge(self, task: Task, found: AnsweredPiece) -> list[EvaluatedRow]:
        """Return the rows with the answers that a subject gave."""
        share = found.seconds / max(1, len(self.rows))
        return [
            _judge_row(task, example, about, value, *_part_error(answer), share)
            for (example, value, about), answer in zip(self.rows, found.answers, strict=True)
        ]


def _answer_task(
    task: Task, subject: Subject, ask: AskPieces, asked_of: RowSet, plan: EvaluationPlan, answers: AnswerFile
) -> tuple[list[EvaluatedRow], Counter[str]]:
    """Return the rows of a task with their answers, and how many were left out by reason.

    Pieces that an earlier run answered, the first ones, are taken from its file; the others are asked and join them
    there.

    Raises:
        InvalidFileError: The earlier run was asked another question of a row, or held another answer for right.
    """
    answered: list[EvaluatedRow] = []
    left_out: Counter[str] = Counter()
    waiting: deque[_Piece] = deque()

    def read_unanswered() -> Iterator[AskedPiece]:
        for piece in _read_pieces(task, subject, asked_of, plan, left_out):
            there = answers.take(
                [
                    {"task": task.name, "id": example.id, "question": question, "reference": value}
                    for (example, value, _), question in zip(piece.rows, piece.questions, strict=True)
                ]
            )
            if there is None:
                waiting.append(piece)
                yield AskedPiece(task.name, piece.asked, plan.seed)
                continue
            answered.extend(
                _judge_row(task, example, about, value, restore_answers(line), line.get("error"), line["seconds"])
                for (example, value, about), line in zip(piece.rows, there, strict=True)
            )

    for found in ask(read_unanswered()):
        piece = waiting.popleft()
        judged = piece.judge(task, found)
        answers.append(row.to_json(question) for row, question in zip(judged, piece.questions, strict=True))
        answered += judged
    return answered, left_out


def _read_pieces(
    task: Task, subject: Subject, asked_of: RowSet, plan: EvaluationPlan, left_out: Counter[str]
) -> Iterator[_Piece]:
    """Yield the rows of a task in pieces, and count those that cannot be asked by their reason."""
    for chunk in chunk_rows(asked_of.draw(task.name, plan.limit, plan.seed, plan.rows)):
        readable: list[tuple[InstructionExample, Value, TaskInput]] = []
        for example, value in read_references(task, chunk):
            if value is None:
                left_out["their own reference cannot be read"] += 1
                continue
            try:
                readable.append((example, value, recover_input(task, example)))
            except AnyMolError as error:
                left_out[f"what they ask cannot be recovered: {error.message}"] += 1
        questions = [subject.write_question(AskedRow(example, about)) for example, _, about in readable]
        yield _Piece(tuple(readable), tuple(questions))


def score_task(
    task: Task, rows: Sequence[EvaluatedRow], training: Pairs, *, seed: int, baselines: bool = True
) -> TaskFigures:
    """Return all figures of one task.

    Args:
        task: The task.
        rows: Its evaluated rows, at least one.
        training: Training inputs with answers, for the baselines; without any, those that learn are not measured.
        seed: Seeds the bootstraps.
        baselines: Whether baselines are measured.
    """
    predictions: list[Any] = [row.scored for row in rows]
    references = [row.reference for row in rows]
    figures = [measure(metric, predictions, references, seed=seed) for metric in task.metrics]
    headline: Metric = task.metrics[0]
    said = answer_baselines(task, training, [row.asked for row in rows]) if baselines else ()
    compared = tuple(one for one in said if one.is_measurable)
    if task.answer is AnswerKind.CLASS:
        compared = tuple(replace(one, answers=tuple(_as_classes(rows, one.answers))) for one in compared)
    if task.open_ended:
        headline, predictions = REQUEST_MET, [row.right for row in rows]
        figures.insert(0, measure(headline, predictions, references, seed=seed))
        compared = tuple(replace(one, answers=tuple(_judge(task, rows, one.answers))) for one in compared)
    if task.answer in STRUCTURES:
        for k in (3, 5):
            figures.append(measure_share(f"top_{k}_exact", [any(row.hits[:k]) for row in rows], seed=seed))
    if any(judge_checks(checks) is not None for row in rows for checks in row.checks):
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
        sum(row.seconds for row in rows),
        readable=sum(row.prediction is not None for row in rows) / len(rows),
        unmeasured=tuple(one.baseline for one in said if not one.is_measurable),
    )


def _audit_task(
    task: Task,
    rows: Sequence[EvaluatedRow],
    whole: Figure,
    training: TrainingKeys,
    target: Path | None,
    *,
    seed: int,
) -> TaskLeakage:
    """Return how far the training data give the rows of a task away, and write which rows into ``leakage.jsonl``."""
    found = [training.find_leaks(row.example) for row in rows]
    if target is not None:
        lines = [
            {"id": row.example.id, "task": task.name, "leaks": sorted(one)}
            for row, one in zip(rows, found, strict=True)
            if one
        ]
        with (target / LEAKS_FILE).open("a", encoding="utf-8") as stream:
            stream.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    figures = []
    for kind in LeakKind:
        clean = [row for row, one in zip(rows, found, strict=True) if kind not in one]
        without = score_task(task, clean, [], seed=seed, baselines=False).headline if clean else None
        figures.append(LeakFigure(kind, len(rows) - len(clean), without))
    return TaskLeakage(task.name, len(rows), whole, tuple(figures))


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
    task: Task,
    rows: Sequence[EvaluatedRow],
    training: Pairs,
    asked_of: RowSet,
    protocol: Protocol,
    *,
    seed: int,
    baselines: bool,
) -> Iterator[TaskFigures]:
    """Yield the figures of a task by groups of its rows, where these are of several kinds.

    A group that others published figures of is told though all rows belong to it.
    """
    published = {one.part for one in asked_of.published if one.task == task.name}
    ways: list[Callable[[EvaluatedRow], str | None]] = [
        lambda row: name_shown(row.example, row.asked),
        lambda row: asked_of.name_part(row.example),
    ]
    if task.answer is AnswerKind.NUMBER and task.choices:
        ways.append(lambda row: row.asked.text)  # methods and sets, whose labels must not be mixed
    for name_group in ways:
        groups: dict[str, list[EvaluatedRow]] = {}
        for row in rows:
            if (label := name_group(row)) is not None:
                groups.setdefault(label, []).append(row)
        if len(groups) < 2 and published.isdisjoint(groups):
            continue
        for label, group in sorted(groups.items()):
            if len(group) >= _GROUP_ROWS:
                scored = score_task(task, group, training, seed=seed, baselines=baselines)
                if protocol is not Protocol.HONEST:
                    scored = replace(scored, published=score_published(task, group, seed=seed))
                yield replace(scored, task=f"{task.name}: {label}")


def _is_checked(task: Task) -> bool:
    """Whether checks say more of an answer than its reference does: of structures, and of texts a program defines."""
    defined = task.answer is AnswerKind.TEXT and task.compute is not None  # a name, which is read back
    return (task.answer in STRUCTURES or defined) and not task.costly_checks


def _judge(task: Task, rows: Sequence[EvaluatedRow], answers: Sequence[Value | None]) -> Iterator[bool]:
    """Yield whether each answer of another system is right, by the same checks."""
    for row, value in zip(rows, answers, strict=True):
        yield value is not None and is_right(task, value, row.reference, verify_answer(task, row.asked, value))


def ask_rows(
    task: Task,
    examples: Sequence[tuple[InstructionExample, Value]],
    subject: Subject,
    seed: int,
    asked: Sequence[TaskInput] | None = None,
) -> list[EvaluatedRow]:
    """Ask a subject some rows of one task and judge what it says.

    Args:
        task: The task.
        examples: Rows with their right answers.
        subject: Who is asked.
        seed: Seeds draws.
        asked: What each row asks about, where the row itself does not show all of it; recovered from the row if None.
    """
    known = [recover_input(task, example) for example, _ in examples] if asked is None else asked
    piece = _Piece(tuple((*pair, about) for pair, about in zip(examples, known, strict=True)), ())
    return piece.judge(task, ask_piece(subject, AskedPiece(task.name, piece.asked, seed)))


def _part_error(result: Answered) -> tuple[AnsweredRow, str | None]:
    return (AnsweredRow((), (), 0), str(result)) if isinstance(result, AnyMolError) else (result, None)


def _judge_row(
    task: Task,
    example: InstructionExample,
    about: TaskInput,
    reference: Value,
    found: AnsweredRow,
    error: str | None,
    seconds: float,
) -> EvaluatedRow:
    """Return a row with its answers checked and judged."""
    checks = tuple(verify_answer(task, about, one.value) if _is_checked(task) else () for one in found.answers)
    hits = tuple(
        is_right(task, one.value, reference, checked) for one, checked in zip(found.answers, checks, strict=True)
    )
    return EvaluatedRow(example, about, reference, found, hits, checks, error, seconds)


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


def _count_errors(rows: Sequence[EvaluatedRow]) -> Iterator[str]:
    """Yield what the reader must know of rows that the subject did not answer."""
    errors = Counter(row.error for row in rows if row.error is not None)
    if errors:
        (first, count) = errors.most_common(1)[0]
        yield (
            f"{errors.total():,} of {len(rows):,} rows have an error instead of an answer and count as wrong; "
            f"the most frequent one, {count:,} times: {first}"
        )
