"""Figures for predicted classes, by the margin between the probabilities of the answers. They need scikit-learn.

Whether a molecule is active is asked of sets in which one in thirty is: whoever always says "no" is right in 97 % of
the rows. So classes are ranked by how much more probable "yes" is than "no", and every figure is taken endpoint by
endpoint and averaged over those that have both classes. All rows count: one without a readable answer is ranked at the
wrong end.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from anymol.errors import MissingDependencyError
from anymol.metrics.metric import Metric, require_rows
from anymol.metrics.regression import coverage


@dataclass(frozen=True)
class ClassPrediction:
    """How probable each answer to one question is.

    Attributes:
        probabilities: Answer -> probability; empty where the answer was unreadable.
        endpoint: What was asked of the molecule, where a set has several endpoints.
    """

    probabilities: Mapping[str, float]
    endpoint: str | None = None

    @property
    def label(self) -> str | None:
        """The most probable answer; None where there is none."""
        return max(self.probabilities, key=lambda name: self.probabilities[name], default=None)


Classes = Sequence[ClassPrediction | str | None]
"""Predicted classes; a bare answer is certain, None is an unreadable one."""

Score = Callable[[NDArray[np.bool_], NDArray[np.float64]], float]
"""(whether each row is positive, margins) -> figure."""


def make_class_metrics(positive: str) -> tuple[Metric, ...]:
    """Return the metrics of a question with two answers, the area under the ROC curve first.

    Args:
        positive: The answer that is looked for; any other is the negative one.
    """

    def over_endpoints(score: Score) -> Callable[[Classes, Sequence[str]], float]:
        return lambda predictions, references: _average(predictions, references, positive, score)

    return (
        Metric("roc_auc", over_endpoints(_roc_auc), higher_is_better=True),
        Metric("pr_auc", over_endpoints(_pr_auc), higher_is_better=True),
        Metric("balanced_accuracy", over_endpoints(_balanced_accuracy), higher_is_better=True),
        Metric("coverage", class_coverage, higher_is_better=True),
    )


def class_coverage(predictions: Classes, references: Sequence[str]) -> float:
    """Share of rows, 0 to 1, whose answer was readable."""
    return coverage([_label(one) for one in predictions], references)


def accuracy(predictions: Classes, references: Sequence[str]) -> float:
    """Share of rows, 0 to 1, whose most probable answer is right."""
    require_rows(predictions, references)
    return sum(_label(one) == right for one, right in zip(predictions, references, strict=True)) / len(references)


CHOICE_METRICS = (
    Metric("accuracy", accuracy, higher_is_better=True),
    Metric("coverage", class_coverage, higher_is_better=True),
)
"""How answers to multiple-choice questions are scored."""


def _average(predictions: Classes, references: Sequence[str], positive: str, score: Score) -> float:
    """Return the mean of a figure over the endpoints that have both classes; nan where none has."""
    require_rows(predictions, references)
    figures = [
        score(truth, margins) for truth, margins in _split_endpoints(predictions, references, positive) if _mixed(truth)
    ]
    return float(np.mean(figures)) if figures else math.nan


def _mixed(truth: NDArray[np.bool_]) -> bool:
    return bool(truth.any() and not truth.all())


def _split_endpoints(
    predictions: Classes, references: Sequence[str], positive: str
) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.float64]]]:
    """Yield truth and margins of each endpoint."""
    rows: dict[str | None, list[tuple[bool, float]]] = {}
    for prediction, reference in zip(predictions, references, strict=True):
        endpoint = prediction.endpoint if isinstance(prediction, ClassPrediction) else None
        is_positive = reference == positive
        rows.setdefault(endpoint, []).append((is_positive, _margin(prediction, positive, is_positive=is_positive)))
    for found in rows.values():
        yield np.array([truth for truth, _ in found], bool), np.array([margin for _, margin in found], np.float64)


def _margin(prediction: ClassPrediction | str | None, positive: str, *, is_positive: bool) -> float:
    """Return P(positive) - P(negative), -1 to 1; of an unreadable answer the wrong end."""
    match prediction:
        case ClassPrediction(probabilities=probabilities) if probabilities:
            yes = probabilities.get(positive, 0.0)
            return yes - (sum(probabilities.values()) - yes)
        case str():
            return 1.0 if prediction == positive else -1.0
        case _:
            return -1.0 if is_positive else 1.0


def _label(prediction: ClassPrediction | str | None) -> str | None:
    return prediction.label if isinstance(prediction, ClassPrediction) else prediction


def _roc_auc(truth: NDArray[np.bool_], margins: NDArray[np.float64]) -> float:
    return float(_metrics().roc_auc_score(truth, margins))


def _pr_auc(truth: NDArray[np.bool_], margins: NDArray[np.float64]) -> float:
    return float(_metrics().average_precision_score(truth, margins))


def _balanced_accuracy(truth: NDArray[np.bool_], margins: NDArray[np.float64]) -> float:
    return float(_metrics().balanced_accuracy_score(truth, margins > 0))


def _metrics() -> ModuleType:
    try:
        from sklearn import metrics
    except ImportError:
        raise MissingDependencyError(
            "figures for classes need scikit-learn", hint="pip install 'anymol[evaluate]'"
        ) from None
    found: ModuleType = metrics
    return found
