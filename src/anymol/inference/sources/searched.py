"""Molecules that a search by programs finds for an edit, an optimisation or a specification."""

from __future__ import annotations

from typing import Final

from anymol.design.candidate import Candidate
from anymol.design.requests import find_search
from anymol.inference.answers import Answer, Method
from anymol.inference.sources.source import Found, Question
from anymol.tasks.evidence import ProgramEvidence
from anymol.tasks.task import Task
from anymol.version import __version__

_LEAST_SEARCHED: Final = 3
"""Answers that are searched for where fewer are wanted: one of them may be declined."""


class SearchedDesigns:
    """Group surgery, matched-pair replacements and construction, each until the task's own checks pass."""

    method = Method.SEARCHED

    def can_answer(self, task: Task) -> bool:
        """Whether there is a search for the task."""
        return find_search(task) is not None

    def try_answer(self, question: Question) -> Found | None:
        """Return what the search finds; None where the words of the question are not understood.

        Where as many answers as are wanted meet the request, nobody else is asked.

        Raises:
            InvalidTaskInputError: The request is impossible; the message says why.
        """
        search = find_search(question.task)
        wanted = question.options.top_k
        found = None if search is None else search(question.task_input, max(wanted, _LEAST_SEARCHED))
        if found is None:
            return None
        met = [one for one in found if one.shortfall == 0.0]
        answers = tuple(_answer(question.task, one) for one in met or found)
        return Found(answers, () if met else (_NOTHING,), settled=len(met) >= wanted)


_NOTHING: Final = "the search found no molecule that meets the whole request"


def _answer(task: Task, one: Candidate) -> Answer:
    near = "" if one.similarity is None else f"; similarity {one.similarity:.2f}"
    evidence = ProgramEvidence("anymol", __version__, f"search: {one.found}{near}")
    return Answer(
        one.smiles, one.smiles, task.answer, Method.SEARCHED, program=f"search: {one.found}{near}", evidence=(evidence,)
    )
