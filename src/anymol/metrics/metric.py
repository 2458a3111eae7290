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
        needs: What must be installed for it beside the network wing; ``rdkit`` for structure metrics, else empty.
    """

    name: str
    score: Callable[[Sequence[Any], Sequence[Any]], float]
    higher_is_better: bool
    needs: str = ""
