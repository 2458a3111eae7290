"""What a metric is: a named pure function from predictions and references to a figure with its count."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Metric:
    """A corpus-level metric.

    Attributes:
        name: Public name, for example ``exact_match``.
        score: (predictions, references) -> figure. A prediction is None where the answer was unreadable; the honest
            protocol counts it as wrong, so `score` receives it.
        higher_is_better: Direction.
    """

    name: str
    score: Callable[[Sequence[Any], Sequence[Any]], float]
    higher_is_better: bool


def require_rows(predictions: Sequence[Any], references: Sequence[Any]) -> None:
    """Refuse rows that cannot be scored.

    Raises:
        ValueError: When the lengths differ or there are no rows.
    """
    if len(predictions) != len(references):
        raise ValueError(f"{len(predictions)} predictions for {len(references)} references")
    if not references:
        raise ValueError("no rows to score")
