"""Answers that a program computes: properties by their definition, structures of names by dictionary and OPSIN."""

from __future__ import annotations

from anymol.errors import UnknownNameError
from anymol.inference.answers import Answer, Method
from anymol.inference.options import SourceChoice
from anymol.inference.sources.source import Found, Question
from anymol.tasks.task import Task


class Programs:
    """The program that a task names as its definition."""

    method = Method.COMPUTED

    def can_answer(self, task: Task) -> bool:
        """Whether a program defines the task's answer."""
        return task.compute is not None

    def try_answer(self, question: Question) -> Found | None:
        """Compute the answer; None where a part of the question is shown, not written, or the program does not know it.

        Raises:
            UnknownNameError: No program reads the name, and no model may be asked.
        """
        task, asked = question.task, question.task_input
        if task.compute is None or not all(asked.get(slot) for slot in task.required):
            return None
        try:
            computed = task.compute(asked)
        except UnknownNameError:
            if question.options.source is SourceChoice.TOOL:
                raise
            return None
        shown = f"{computed.value:.2f}" if isinstance(computed.value, float) else str(computed.value)
        answer = Answer(
            computed.value,
            shown,
            task.answer,
            self.method,
            task.unit,
            computed.program,
            evidence=computed.evidence,
        )
        return Found((answer,), computed.notes, settled=True)
