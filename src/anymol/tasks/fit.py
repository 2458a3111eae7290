"""How well a task or calculations fit a question, and what speaks against a fit."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from anymol.tasks.case import Case
from anymol.tasks.question.mention import TOPIC_SIGN
from anymol.tasks.question.topics import UNFINISHED, Found, find_topics
from anymol.tasks.question.vocabulary import is_common, is_english
from anymol.tasks.task import Task

FOREIGN: Final = 0.3
"""Share of the score that is left where a question asks for something that nothing here answers."""
STRANGE: Final = 0.62
"""Share of the score that is left where nothing knows the word in the place of a name."""
LACKING: Final = 0.5
"""Share of the score that is left where what is given does not do: no molecule, a reaction in its place."""
_KNOWN_WORD: Final = 0.95
"""Share of the score that each unexplained word of ordinary language leaves."""
_UNKNOWN_WORD: Final = 0.85
"""Share of the score that each other unexplained word leaves."""


@dataclass(frozen=True)
class Fit:
    """How a task, or calculations, fit a question.

    Attributes:
        score: How well, 0 to 1.
        task: The task; None for calculations.
        held: What stands in the text hole of a phrasing of the task that the question matches.
        calculations: Names of the calculations, in the order in which they are asked for.
        spoken: Names of all calculations that the question speaks of, asked for or not.
    """

    score: float
    task: Task | None = None
    held: str | None = None
    calculations: tuple[str, ...] = ()
    spoken: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The task or the calculations, as a person is told."""
        return self.task.name if self.task is not None else ", ".join(self.calculations)


def find_unfinished(case: Case) -> list[Found]:
    """Return what speaks of an unfinished notation in what a question tells beforehand."""
    return [found for found in find_topics(case.told) if found.name == UNFINISHED]


def blank_topics(asked: str, topics: Iterable[Found]) -> str:
    """Return a question in which a row of signs stands for the words that name a topic."""
    letters = list(asked)
    for found in topics:
        letters[found.start : found.end] = TOPIC_SIGN * (found.end - found.start)
    return "".join(letters)


def explain_words(case: Case, topics: Iterable[Found] = ()) -> float:
    """Return how much of the score the words leave that are neither ordinary nor part of what is asked for."""
    share = 1.0
    for word in re.findall(r"[a-zà-ÿ]{3,}", blank_topics(case.asked, topics)):
        if not is_common(word):
            share *= _KNOWN_WORD if is_english(word) else _UNKNOWN_WORD
    return share
