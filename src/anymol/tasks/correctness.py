"""What checks say of an answer: whether it may stand first, and whether it is right where many answers are."""

from __future__ import annotations

from collections.abc import Sequence

from anymol.errors import UnreadableAnswerError
from anymol.tasks.table import get_task
from anymol.tasks.task import AnswerKind, Check, Task, Value


def judge_checks(checks: Sequence[Check]) -> bool | None:
    """Return False where a check failed, True where one beyond mere parsing passed, None where nothing was decided."""
    if any(check.passed is False for check in checks):
        return False
    return True if any(check.passed for check in checks if check.name != "parses") else None


def judge_text(task: str, answer: str, reference: str) -> bool | None:
    """Return whether the text of an answer says the same as that of the reference, each read as its task reads answers.

    Args:
        task: Name of the task.
        answer: What a model wrote.
        reference: The right answer, as it is written in an example.

    Returns:
        None where the answer cannot be read; False where the reference cannot, though the answer can.
    """
    known = get_task(task)
    try:
        value = known.parse(answer)
    except UnreadableAnswerError:
        return None
    try:
        return is_right(known, value, known.parse(reference))
    except UnreadableAnswerError:
        return False


def is_right(task: Task, value: Value, reference: Value, checks: Sequence[Check] = ()) -> bool:
    """Return whether an answer is right.

    An answer equal to the reference is right: the same canonical molecules, the same words, the same figure as written.
    Where a task is open-ended, any other answer that its checks decide and pass is right as well: a request such as
    "add a bromine" says not where.
    """
    match task.answer:
        case AnswerKind.NUMBER:
            # Half a unit of the last place that numbers are written with.
            return abs(float(value) - float(reference)) < 0.5 * 10.0**-task.decimals
        case AnswerKind.MOLECULE | AnswerKind.MIXTURE | AnswerKind.REACTION | AnswerKind.TEXT | AnswerKind.CLASS:
            return value == reference or (task.open_ended and judge_checks(checks) is True)
