"""What a comparison of ways of showing gives: figures of each way, and its differences from the first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from anymol.evaluation.figures import Figure, replace_nan
from anymol.evaluation.modality_ablation.views import ModalityView
from anymol.metrics.interval import ConfidenceInterval

SURPRISE: Final = "answer_surprise"
"""Mean negative log-probability of the right answer as it is written, nats: it moves before the answers do."""


@dataclass(frozen=True)
class Difference:
    """One way of showing less the first, on one metric.

    Attributes:
        metric: Name of the metric.
        gain: The difference in the direction of better, with its interval by paired bootstrap.
    """

    metric: str
    gain: ConfidenceInterval

    @property
    def verdict(self) -> str:
        """Whether the difference is more than chance."""
        if self.gain.low > 0:
            return "better"
        return "worse" if self.gain.high < 0 else "undecided"

    def to_json(self) -> dict[str, Any]:
        """Return the gain with its interval and the verdict, as in ``figures.json``; NaN is null."""
        return {"metric": self.metric, "verdict": self.verdict, **replace_nan(self.gain._asdict())}


@dataclass(frozen=True)
class ViewFigures:
    """One task asked in one way.

    Attributes:
        shown: What was shown.
        figures: Every metric, the headline first.
        differences: Against the first way; none for the first way itself.
        against_others: Against the same way with the records of other molecules, where that was asked too.
        n_gained: Rows that are right here and wrong in the first way.
        n_lost: Rows that are wrong here and right in the first way.
        seconds: Wall time.
    """

    shown: ModalityView
    figures: tuple[Figure, ...]
    differences: tuple[Difference, ...]
    against_others: tuple[Difference, ...]
    n_gained: int
    n_lost: int
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Return the entry of this way of asking in ``figures.json``, times in seconds."""
        return {
            "shown": self.shown.name,
            "figures": [figure.to_json() for figure in self.figures],
            "differences": [difference.to_json() for difference in self.differences],
            "against_others": [difference.to_json() for difference in self.against_others],
            "rows_gained": self.n_gained,
            "rows_lost": self.n_lost,
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True)
class TaskAblation:
    """One task asked in every way.

    Attributes:
        task: Name of the task.
        n: Rows that were asked, each in every way.
        n_drawn: Rows that were looked at.
        lacking: Name of a way -> rows left out because their molecules cannot be shown so.
        unreadable: Rows left out because their own reference cannot be read.
        ways: The ways, in the order in which they were asked for.
    """

    task: str
    n: int
    n_drawn: int
    lacking: Mapping[str, int]
    unreadable: int
    ways: tuple[ViewFigures, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the entry of the task in ``figures.json``, its ways of asking in their order."""
        return {
            "task": self.task,
            "n": self.n,
            "n_drawn": self.n_drawn,
            "lacking": dict(self.lacking),
            "unreadable": self.unreadable,
            "ways": [way.to_json() for way in self.ways],
        }


@dataclass(frozen=True)
class ModalityAblation:
    """The outcome.

    Attributes:
        model: Name of the model.
        data: Name of the data and split.
        tasks: What was measured, in the order of the task table.
        settings: How it was run.
        notes: What a reader must know.
    """

    model: str
    data: str
    tasks: tuple[TaskAblation, ...]
    settings: Mapping[str, Any]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the whole of ``figures.json``."""
        return {
            "model": self.model,
            "data": self.data,
            "tasks": [task.to_json() for task in self.tasks],
            "settings": dict(self.settings),
            "notes": list(self.notes),
        }
