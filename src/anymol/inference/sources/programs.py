"""Answers that a program computes: properties by their definition, structures of names by dictionary and OPSIN."""

from __future__ import annotations

from anymol.errors import MissingDependencyError, TimeLimitError, UnnamedMoleculeError
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
        """Compute the answer; None where a part of the question is shown, not written.

        What a name leaves open gives several answers, the likeliest first, each with its doubts. Where the rules of
        naming do not cover a molecule, the model may be asked; a name that nobody reads has no structure.

        Raises:
            UnknownNameError: No program reads the name.
            UserError: The molecule cannot be named, and no model may be asked.
        """
        task, asked = question.task, question.task_input
        if task.compute is None or not all(asked.get(slot) for slot in task.required):
            return None
        try:
            computed = task.compute(asked)
        except (UnnamedMoleculeError, MissingDependencyError, TimeLimitError) as error:
            if question.options.source is SourceChoice.TOOL:
                raise
            return Found(notes=(str(error),))
        answers = tuple(
            Answer(
                value,
                f"{value:.2f}" if isinstance(value, float) else str(value),
                task.answer,
                self.method,
                task.unit,
                computed.program,
                evidence=computed.evidence,
                doubts=computed.doubts,
            )
            for value in (computed.value, *computed.others)
        )
        return Found(answers, (*computed.doubts, *computed.notes), settled=True)
