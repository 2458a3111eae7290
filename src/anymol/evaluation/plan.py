"""Which rows are asked and how a model answers them: what evaluating, calibrating and comparing modalities share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from anymol.inference.scored import DecodingBudget
from anymol.models.weight_dtype import WeightDtype


class Rows(StrEnum):
    """Which rows of a split are asked. Where certainty was fitted on the even ones, the odd ones judge it."""

    ALL = "all"
    EVEN = "even"
    ODD = "odd"

    @property
    def slice(self) -> slice:
        """The rows of a task that are meant, by their place among its rows."""
        match self:
            case Rows.ALL:
                return slice(None)
            case Rows.EVEN:
                return slice(0, None, 2)
            case Rows.ODD:
                return slice(1, None, 2)


@dataclass(frozen=True)
class EvaluationPlan:
    """Which rows are asked, and how a model of ours answers them.

    Attributes:
        split: Which split is asked, where the data have several.
        tasks: Names of the tasks; None for all that have rows.
        rows: Which rows of the split.
        limit: Most rows per task, drawn by `seed`; None for all.
        seed: Draws rows, samples and bootstraps.
        budget: How hard the model looks; None for the usual effort.
        device: Where the model runs.
        dtype: Type in which its weights are held.
    """

    split: str = "val"
    tasks: tuple[str, ...] | None = None
    rows: Rows = Rows.ALL
    limit: int | None = 300
    seed: int = 0
    budget: DecodingBudget | None = None
    device: str = "cpu"
    dtype: WeightDtype = WeightDtype.AUTO
