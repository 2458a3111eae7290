"""Answers that a program computes: properties by their definition, structures of names by dictionary and OPSIN."""

from __future__ import annotations

from anymol.inference.answers import Answer, Method
from anymol.inference.sources.source import Found, Question
from anymol.tasks.task import Task


class Programs:
    """The program that a task names as its definition."""

    method = Method.COMPUTED

    def can_answer(self, task: Task) -> bool:
        """Whether a program defines the task's answer."""
        return task.compute is not None

    def try_answer(self, question: Question) -> Found | None:
        """Compute the answer; None where a part of the question is shown, not written.

        What a name leaves open gives several answers, the likeliest first, each with its doubts. What the program
        cannot do, the model is not asked instead: a name that nobody reads has no structure.

        Raises:
            UserError: No program reads the name, or none can name the molecule.
        """
        task, asked = question.task, question.task_input
        if task.compute is None or not all(asked.get(slot) for slot in task.required):
            return None
        computed = task.compute(asked)
        answers = tuple(
            Answer(
                value,
                f"{value:.{task.decimals}f}" if isinstance(value, float) else str(value),
                task.answer,
                self.method,
                task.unit,
                computed.program,
                decimals=task.decimals,
                evidence=computed.evidence,
                doubts=computed.doubts,
            )
            for value in (computed.value, *computed.others)
        )
        return Found(answers, (*computed.doubts, *computed.notes), settled=True)
