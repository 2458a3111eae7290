"""What an evaluation gives: its rows with everything the model said, and the figures over them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from anymol.data.example import InstructionExample
from anymol.evaluation.figures import TaskFigures
from anymol.inference.scored import AnsweredRow
from anymol.metrics.classification import ClassPrediction
from anymol.tasks.correctness import judge_checks
from anymol.tasks.table import get_task
from anymol.tasks.task import AnswerKind, Check, TaskInput, Value


class Rows(StrEnum):
    """Which rows of a split are asked. Where certainty was fitted on the even ones, the odd ones judge it."""

    ALL = "all"
    EVEN = "even"
    ODD = "odd"

    @property
    def slice(self) -> slice:
        """The rows of a task that are meant, by their place among its rows."""
        match self:
            case Rows.ALL:
                return slice(None)
            case Rows.EVEN:
                return slice(0, None, 2)
            case Rows.ODD:
                return slice(1, None, 2)


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
    """

    example: InstructionExample
    asked: TaskInput
    reference: Value
    found: AnsweredRow
    hits: tuple[bool, ...]
    checks: tuple[tuple[Check, ...], ...] = ()

    @property
    def prediction(self) -> Value | None:
        """The first answer, None where none was readable."""
        return self.found.answers[0].value if self.found.answers else None

    @property
    def scored(self) -> Value | ClassPrediction | None:
        """What metrics are given: the first answer, or how probable each class is."""
        if get_task(self.example.task).answer is not AnswerKind.CLASS:
            return self.prediction
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
                    "log_prob": round(one.log_prob, 4),
                    "probability": one.probability,
                    "interval": None if one.interval is None else one.interval.to_json(),
                    "spread": one.spread,
                    "right": hit,
                }
                for one, hit in zip(self.found.answers, self.hits, strict=True)
            ],
            "unreadable": self.found.unreadable,
            "first_written": self.found.written[0].text if self.found.written else None,
            "checks": [
                {"name": c.name, "passed": c.passed, "detail": c.detail} for checks in self.checks[:1] for c in checks
            ],
        }


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
        groups: Figures of the tasks that are asked about different modalities, by what is shown.
    """

    model: str
    data: str
    tasks: tuple[TaskFigures, ...]
    rows: tuple[EvaluatedRow, ...]
    settings: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    groups: tuple[TaskFigures, ...] = ()

    @property
    def n_beaten(self) -> int:
        """Tasks on which every trivial baseline is beaten."""
        return sum(task.beats_trivial for task in self.tasks)

    def to_json(self) -> dict[str, Any]:
        """Return the figures as JSON, without the rows."""
        return {
            "model": self.model,
            "data": self.data,
            "tasks_beating_trivial_baselines": self.n_beaten,
            "tasks": [task.to_json() for task in self.tasks],
            "by_what_is_shown": [group.to_json() for group in self.groups],
            "settings": self.settings,
            "notes": list(self.notes),
        }
