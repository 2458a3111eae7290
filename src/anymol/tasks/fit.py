"""How well a task or calculations fit a question, and what they leave unexplained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from anymol.tasks.task import Task

STRANGE: Final = 0.62
"""Share of the score that is left where nothing knows the word in the place of a name."""
LACKING: Final = 0.5
"""Share of the score that is left where what is given does not do: no molecule, a reaction in its place."""


@dataclass(frozen=True)
class Fit:
    """How a task, or calculations, fit a question.

    Attributes:
        score: How well, 0 to 1.
        task: The task; None for calculations.
        held: What stands in the text hole of a phrasing of the task that the question matches.
        calculations: Names of the calculations, in the order in which they are asked for.
        spoken: Names of all calculations that the question speaks of, asked for or not.
        unexplained: Words of the question that this answer would leave out of account.
    """

    score: float
    task: Task | None = None
    held: str | None = None
    calculations: tuple[str, ...] = ()
    spoken: tuple[str, ...] = ()
    unexplained: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The task or the calculations, as a person is told."""
        return self.task.name if self.task is not None else ", ".join(self.calculations)
