"""How the harness scores replies to our rows: read by the task, and measured by its own metrics over all rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from anymol.errors import UnreadableAnswerError
from anymol.evaluation.subjects.reading import read_texts
from anymol.inference.ranking import verify_answer
from anymol.metrics.classification import ClassPrediction
from anymol.tasks.correctness import is_right
from anymol.tasks.table import get_task
from anymol.tasks.task import AnswerKind, TaskInput, Value

RIGHT = "right"
"""Share of the rows whose reply is right: for open-ended tasks by their checks, for others as the reference is."""

Pair = tuple[Any, Value]
"""What a reply says, None where it cannot be read, and the reference."""


def score_reply(row: Mapping[str, Any], reply: str) -> dict[str, Any]:
    """Return what the harness collects of a row: whether it is right, and for each metric the answer and the reference.

    Args:
        row: A line of the file of rows.
        reply: What the model wrote.
    """
    task = get_task(row["task"])
    found = read_texts(task, [(reply, None)])
    value = found.answers[0].value if found.answers else None
    reference = _read_reference(row)
    about = TaskInput(**row["asked"])
    right = value is not None and is_right(task, value, reference, verify_answer(task, about, value))
    said: Any = value
    if task.answer is AnswerKind.CLASS:
        said = ClassPrediction({} if value is None else {str(value): 1.0}, about.text)
    return {RIGHT: float(right), **{metric.name: (said, reference) for metric in task.metrics}}


def aggregate(task: str, metric: str, pairs: Sequence[Pair]) -> float:
    """Return a metric of a task over all rows."""
    (found,) = [one for one in get_task(task).metrics if one.name == metric]
    return found.score([said for said, _ in pairs], [reference for _, reference in pairs])


def _read_reference(row: Mapping[str, Any]) -> Value:
    try:
        return get_task(row["task"]).parse(row["answer"])
    except UnreadableAnswerError as error:  # no such row is written
        raise ValueError(f"the right answer of row {row['id']} cannot be read") from error
