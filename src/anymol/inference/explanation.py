"""Why an answer is what it is: what every form of the molecule by itself, and all but it, would have given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from anymol.tasks.task import Value


@dataclass(frozen=True)
class PartialAnswer:
    """What is answered where some of the forms are given only.

    Attributes:
        forms: Names of the forms that are given.
        value: The first answer; None where there is none.
        shown: The same as a reader sees it.
        method: How it was found.
        certainty: How sure it is, in words.
        probability: That it is right, where it carries one.
        whole_probability: Of the answer to all forms together, where that is among those found.
        error: Why there is no answer.
    """

    forms: tuple[str, ...]
    value: Value | None = None
    shown: str | None = None
    method: str | None = None
    certainty: str | None = None
    probability: float | None = None
    whole_probability: float | None = None
    error: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the form that ``--json`` prints."""
        if self.error is not None:
            return {"forms": list(self.forms), "error": self.error}
        return {
            "forms": list(self.forms),
            "value": self.value,
            "shown": self.shown,
            "method": self.method,
            "certainty": self.certainty,
            "probability": _round(self.probability),
        }


@dataclass(frozen=True)
class Contribution:
    """What one form contributed: what changes where it is left out.

    Attributes:
        form: Its name.
        changes_answer: Whether the first answer is another without it, or there is none.
        probability_change: Of the answer to all forms: with this form less without it; None where one of the two
            carries no probability, or the answer is not found without it.
        said: The same in a sentence.
    """

    form: str
    changes_answer: bool
    probability_change: float | None
    said: str

    def to_json(self) -> dict[str, Any]:
        """Return the form that ``--json`` prints."""
        return {
            "form": self.form,
            "changes_answer": self.changes_answer,
            "probability_change": _round(self.probability_change),
            "said": self.said,
        }


@dataclass(frozen=True)
class Explanation:
    """What each form contributed to an answer, and which of them it followed.

    Attributes:
        forms: Names of all forms that were given.
        followed: Names of those that the answer followed; empty where a model saw all of them.
        sentence: The same in a sentence, with the reason.
        partial: What each form alone, all together, and all but one would have given.
        contributions: What each form contributed.
        bounded: What was not asked, where there were too many forms; None else.
    """

    forms: tuple[str, ...]
    followed: tuple[str, ...]
    sentence: str
    partial: tuple[PartialAnswer, ...] = ()
    contributions: tuple[Contribution, ...] = ()
    bounded: str | None = None

    def __str__(self) -> str:
        lines = [self.sentence, *(one.said for one in self.contributions)]
        return "\n".join([*lines, self.bounded] if self.bounded else lines)

    def to_json(self) -> dict[str, Any]:
        """Return the form that ``--json`` prints."""
        return {
            "forms": list(self.forms),
            "followed": list(self.followed),
            "sentence": self.sentence,
            "partial": [one.to_json() for one in self.partial],
            "contributions": [one.to_json() for one in self.contributions],
            "bounded": self.bounded,
        }


def _round(figure: float | None) -> float | None:
    return None if figure is None else round(figure, 4)
