"""What an evaluation gives: its rows with everything the model said, and the figures over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from anymol.data.example import InstructionExample
from anymol.errors import InvalidFileError
from anymol.evaluation.figures import TaskFigures
from anymol.evaluation.leakage import TaskLeakage
from anymol.evaluation.published_figures import PublishedFigure
from anymol.inference.answers import Interval, Method
from anymol.inference.scored import AnsweredRow, DecodedText, ScoredAnswer
from anymol.metrics.classification import ClassPrediction
from anymol.tasks.correctness import judge_checks
from anymol.tasks.table import get_task
from anymol.tasks.task import AnswerKind, Check, TaskInput, Value


@dataclass(frozen=True)
class EvaluatedRow:
    """One row of the evaluation set with everything the model said.

    Attributes:
        example: The row.
        asked: What it asks about.
        reference: The right answer.
        found: The model's answers.
        hits: Whether each answer of `found` is right.
        checks: Chemistry checks of each answer of `found`; empty where the task is not checked.
        error: Why the subject gave no answer, where it says so.
        seconds: Its share of the wall time of the rows that were asked with it.
    """

    example: InstructionExample
    asked: TaskInput
    reference: Value
    found: AnsweredRow
    hits: tuple[bool, ...]
    checks: tuple[tuple[Check, ...], ...] = ()
    error: str | None = None
    seconds: float = 0.0

    @property
    def prediction(self) -> Value | None:
        """The first answer, None where none was readable."""
        return self.found.answers[0].value if self.found.answers else None

    @property
    def scored(self) -> Value | ClassPrediction | None:
        """What metrics are given: the first answer, or how probable each class is.

        Where no answer states a probability, the first one is taken as certain.
        """
        if get_task(self.example.task).answer is not AnswerKind.CLASS:
            return self.prediction
        if all(one.probability is None for one in self.found.answers):
            return ClassPrediction({str(one.value): 1.0 for one in self.found.answers[:1]}, self.asked.text)
        return ClassPrediction({str(one.value): one.probability or 0.0 for one in self.found.answers}, self.asked.text)

    @property
    def right(self) -> bool:
        """Whether the first answer is right."""
        return bool(self.hits and self.hits[0])

    @property
    def right_when_verified(self) -> bool:
        """Whether the answer is right that verification puts first: the first one that fails no check."""
        if not self.checks:
            return self.right
        kept = [hit for hit, checks in zip(self.hits, self.checks, strict=True) if judge_checks(checks) is not False]
        return kept[0] if kept else self.right

    def to_json(self, question: str) -> dict[str, Any]:
        """Return the line of this row in ``predictions.jsonl``."""
        return {
            "id": self.example.id,
            "task": self.example.task,
            "split": self.example.split,
            "source": self.example.source,
            "question": question,
            "reference": self.reference,
            "prediction": self.prediction,
            "right": self.right,
            "answers": [
                {
                    "value": one.value,
                    "text": one.text,
                    "log_prob": None if one.log_prob is None else round(one.log_prob, 4),
                    "probability": one.probability,
                    "interval": None if one.interval is None else one.interval.to_json(),
                    "spread": one.spread,
                    **({} if one.method is None else {"method": one.method.value}),
                    "right": hit,
                }
                for one, hit in zip(self.found.answers, self.hits, strict=True)
            ],
            "unreadable": self.found.unreadable,
            "first_written": self.found.written[0].text if self.found.written else None,
            "checks": [
                {"name": c.name, "passed": c.passed, "detail": c.detail} for checks in self.checks[:1] for c in checks
            ],
            "seconds": round(self.seconds, 6),
            **({} if self.error is None else {"error": self.error}),
        }


def restore_answers(line: Mapping[str, Any]) -> AnsweredRow:
    """Return the answers of a line of ``predictions.jsonl``: all that figures are made of.

    Raises:
        InvalidFileError: The line is none that :meth:`EvaluatedRow.to_json` wrote.
    """
    try:
        answers = tuple(_restore_answer(one) for one in line["answers"])
        written = line["first_written"]
        texts = () if written is None else (DecodedText(written, 0.0, complete=True),)
        return AnsweredRow(answers, texts, int(line["unreadable"]))
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidFileError(
            "a line of the earlier run cannot be read", value=line.get("id"), hint="begin anew in another folder"
        ) from error


def _restore_answer(one: Mapping[str, Any]) -> ScoredAnswer:
    interval, method = one["interval"], one.get("method")
    return ScoredAnswer(
        one["value"],
        one["text"],
        one["log_prob"],
        probability=one["probability"],
        interval=None if interval is None else Interval(**interval),
        spread=one["spread"],
        method=None if method is None else Method(method),
    )


@dataclass(frozen=True)
class Evaluation:
    """The outcome of an evaluation.

    Attributes:
        model: Name of the model.
        data: Name of the data and split.
        tasks: Figures per task, in the order of the task table.
        rows: Every row.
        settings: How it was run.
        notes: What a reader must know: rows left out, what was calibrated on what.
        groups: Figures of tasks whose rows are of several kinds: by what is shown, by part of the data, by method.
        leakage: How far the training data give rows away, per task, where these were compared.
        published: Figures that others published on these rows, or on rows like them.
    """

    model: str
    data: str
    tasks: tuple[TaskFigures, ...]
    rows: tuple[EvaluatedRow, ...]
    settings: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    groups: tuple[TaskFigures, ...] = ()
    leakage: tuple[TaskLeakage, ...] = ()
    published: tuple[PublishedFigure, ...] = ()

    @property
    def n_beaten(self) -> int:
        """Tasks on which every trivial baseline is beaten."""
        return sum(task.beats_trivial is True for task in self.tasks)

    def to_json(self) -> dict[str, Any]:
        """Return the figures as JSON, without the rows."""
        return {
            "model": self.model,
            "data": self.data,
            "tasks_beating_trivial_baselines": self.n_beaten,
            "tasks": [task.to_json() for task in self.tasks],
            "groups": [group.to_json() for group in self.groups],
            "leakage": [one.to_json() for one in self.leakage],
            "published": [one.to_json() for one in self.published],
            "settings": self.settings,
            "notes": list(self.notes),
        }
