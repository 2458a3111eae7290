"""Predictors of properties, measured: against a model, the mean, and the nearest recorded molecule.

Measured properties are measured on molecules of other scaffolds than those of the store, computed ones on other
molecules, so that nothing is looked up. The val rows choose who answers a task; the test rows are reported.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from anymol.chem.parsing import parse_smiles
from anymol.data.computed_sets import COMPUTED_PROPERTIES, read_evaluated_rows
from anymol.data.measured_sets import MEASURED_SETS, MeasuredRow, draw_rows, keep_apart, read_set
from anymol.inference.answers import Answer, FailedPrediction, Prediction
from anymol.inference.assistant import Assistant
from anymol.inference.options import PredictOptions, SourceChoice
from anymol.metrics.calibration import expected_calibration_error
from anymol.metrics.classification import ClassPrediction
from anymol.metrics.interval import ConfidenceInterval, bootstrap_mean, bootstrap_metric
from anymol.metrics.metric import Metric
from anymol.metrics.regression import root_mean_squared_error
from anymol.readers.resolve import MolType
from anymol.retrieval.measured_properties.features import describe_molecules
from anymol.retrieval.measured_properties.known import Contest, Known, KnownProperties
from anymol.retrieval.measured_properties.neighbours import find_neighbours
from anymol.retrieval.measured_properties.predictor import PredictorCard
from anymol.retrieval.measured_properties.store import MeasuredProperty
from anymol.tasks.table import get_task
from anymol.tasks.task import AnswerKind, Task, TaskInput

_RESAMPLES: Final = 200


@dataclass(frozen=True)
class Asked:
    """A property of a molecule that is evaluated, with what was said without a model.

    Attributes:
        measured: The property.
        smiles: The molecule.
        truth: What was measured; of a class 1 or 0.
        predicted: What the predictor says: a number, or the probability of yes.
        half_width: Half of the interval's width; nan of a class.
        nearest: What was measured of the nearest molecule of the store.
        similarity: Its similarity.
        mean: The mean over the store.
    """

    measured: MeasuredProperty
    smiles: str
    truth: float
    predicted: float
    half_width: float
    nearest: float
    similarity: float
    mean: float


@dataclass(frozen=True)
class TaskFigures:
    """The figures of one task on one split.

    Attributes:
        task: Its name.
        n: Rows: molecules, or molecules and endpoints.
        metric: The figure that heads the columns.
        predictor: Figure of the predictor.
        nearest: Figure of the nearest measured molecule.
        mean: Figure of the mean; None of a class, where it is chance.
        second: Root mean squared error of a number; None of a class.
        believed: Of numbers the share inside the 90 % interval; of classes the calibration error.
        width: Median width of the intervals; None of a class.
        similarity: Median similarity of the nearest measured molecule.
    """

    task: str
    n: int
    metric: str
    predictor: ConfidenceInterval
    nearest: ConfidenceInterval
    mean: ConfidenceInterval | None
    second: ConfidenceInterval | None
    believed: ConfidenceInterval
    width: float | None
    similarity: float


def ask_predictors(known: KnownProperties, data_dir: Path, split: str, limit: int, seed: int = 0) -> list[Asked]:
    """Predict the rows of a split.

    Args:
        known: The store and the predictors.
        data_dir: Holds the public sets.
        split: ``val`` or ``test``.
        limit: Most molecules of a set, drawn at random.
        seed: Of the draw.

    Raises:
        DataError: Data are missing or damaged.
    """
    asked: list[Asked] = []
    for one in MEASURED_SETS:
        rows = draw_rows(keep_apart(read_set(one, data_dir), split), limit, seed)
        described = dict(zip([row.smiles for row in rows], describe_molecules([r.smiles for r in rows]), strict=True))
        for measured in one.columns.values():
            predictor = known.predictors.find(measured.name)
            having = [row for row in rows if measured.name in row.values]
            if predictor is not None and having:
                said = predictor.predict(np.stack([described[row.smiles] for row in having]))
                asked += _ask_property(known, predictor.card, measured, having, said)
    return asked


def ask_computed(known: Known, data_dir: Path, split: str) -> tuple[list[Asked], list[Asked]]:
    """Predict the rows of computed properties of a split.

    Args:
        known: The store and the network.
        data_dir: Holds ``quantum.parquet``.
        split: ``val`` or ``test``.

    Returns:
        The rows, and the rows of molecules outside the domain, of which nothing is said to a person.

    Raises:
        DataError: Data are missing or damaged.
    """
    asked: list[Asked] = []
    outside: list[Asked] = []
    rows = read_evaluated_rows(data_dir, split)
    for measured in COMPUTED_PROPERTIES.values():
        predictor = known.predictors.find(measured.name)
        having = [row for row in rows if measured.name in row.values]
        if predictor is None or not having:
            continue
        domain, said = predictor.card.domain, predictor.predict_molecules([row.smiles for row in having])
        for one in _ask_property(known, predictor.card, measured, having, said):
            (asked if domain.find_obstacle(parse_smiles(one.smiles)) is None else outside).append(one)
    return asked, outside


def _ask_property(
    known: Known,
    card: PredictorCard,
    measured: MeasuredProperty,
    having: Sequence[MeasuredRow],
    said: NDArray[np.float64],
) -> list[Asked]:
    stored = [one.values[measured.name] for one in known.store.list_measured(measured.name)]
    mean = float(np.mean([np.mean(values) for values in stored]))
    asked = []
    for row, value in zip(having, said, strict=True):
        (near,) = find_neighbours(known.store, measured.name, row.smiles, 1)
        asked.append(
            Asked(
                measured,
                row.smiles,
                row.values[measured.name],
                float(value) if card.curve is None else card.curve.apply(float(value)),
                math.nan if card.spread is None else card.spread.measure(near.similarity),
                near.spread.middle,
                near.similarity,
                mean,
            )
        )
    return asked


def measure_task(task: Task, asked: Sequence[Asked]) -> TaskFigures:
    """Return the figures of one task, from rows of that task."""
    metric = task.metrics[0]
    truths = [one.truth for one in asked]
    is_number = task.answer is AnswerKind.NUMBER

    def score(choose: Callable[[Asked], float], by: Metric | Callable[..., float] = metric) -> ConfidenceInterval:
        said = [choose(one) for one in asked]
        if is_number:
            return bootstrap_metric(by, said, truths, resamples=_RESAMPLES)
        classes = [as_class(task, one, value) for one, value in zip(asked, said, strict=True)]
        return bootstrap_metric(by, classes, [_label(task, truth) for truth in truths], resamples=_RESAMPLES)

    return TaskFigures(
        task=task.name,
        n=len(asked),
        metric=metric.name,
        predictor=score(lambda one: one.predicted),
        nearest=score(lambda one: one.nearest),
        mean=score(lambda one: one.mean) if is_number else None,
        second=score(lambda one: one.predicted, root_mean_squared_error) if is_number else None,
        believed=_measure_belief(asked, is_number=is_number),
        width=2 * float(np.median([one.half_width for one in asked])) if is_number else None,
        similarity=float(np.median([one.similarity for one in asked])),
    )


def _measure_belief(asked: Sequence[Asked], *, is_number: bool) -> ConfidenceInterval:
    if is_number:
        return bootstrap_mean([float(abs(one.truth - one.predicted) <= one.half_width) for one in asked])
    right = [(one.predicted >= 0.5) == (one.truth > 0.5) for one in asked]
    sure = [max(one.predicted, 1 - one.predicted) for one in asked]
    return bootstrap_metric(expected_calibration_error, sure, right, resamples=_RESAMPLES)


def as_class(task: Task, one: Asked, yes: float) -> ClassPrediction:
    """Return a probability of yes as the class metrics take it."""
    return ClassPrediction({task.labels[0]: yes, task.labels[1]: 1 - yes}, one.measured.endpoint)


def _label(task: Task, truth: float) -> str:
    return task.labels[0] if truth > 0.5 else task.labels[1]


# ---------------------------------------------------------------------------------------------------------- the model


def compare_with_model(
    assistant: Assistant, task: Task, asked: Sequence[Asked], *, guess: bool
) -> tuple[Contest, ConfidenceInterval, ConfidenceInterval | None]:
    """Ask a model the same rows and return who does better, with the figures of predictor and model.

    Args:
        assistant: The assistant with the model; only the model is asked.
        task: The task.
        asked: Rows of it.
        guess: Whether a model is asked all the same that was not trained on the task.

    Returns:
        The contest, the figure of the predictor, and that of the model, None where it was not asked.
    """
    trained = assistant.model.tasks
    is_trained = trained is None or task.name in trained
    options = PredictOptions(
        source=SourceChoice.MODEL, untrained=True, verify=False, mol_type=MolType.SMILES, read_files=False
    )
    metric = task.metrics[0]
    predictor = _score(task, asked, [one.predicted for one in asked])
    model: ConfidenceInterval | None = None
    if is_trained or guess:
        inputs = [TaskInput(molecule=one.smiles, text=one.measured.endpoint) for one in asked]
        model = _score(task, asked, [_read(task, one) for one in assistant.predict_many(task, inputs, options)])
    # Where no endpoint has both classes there is no figure: what was fitted to measurements answers.
    sign = 1 if metric.higher_is_better else -1
    wins = is_trained and model is not None and sign * model.estimate > sign * predictor.estimate
    contest = Contest(
        metric=metric.name,
        n=len(asked),
        predictor=round(predictor.estimate, 4),
        model=round(model.estimate, 4) if model is not None and math.isfinite(model.estimate) else None,
        model_is_trained=is_trained,
        answers="model" if wins else "predictor",
    )
    return contest, predictor, model


def _score(task: Task, asked: Sequence[Asked], said: Sequence[float | None]) -> ConfidenceInterval:
    """Return the headline of a task for numbers, or probabilities of yes; None is an unreadable answer."""
    if task.answer is AnswerKind.NUMBER:
        return bootstrap_metric(task.metrics[0], said, [one.truth for one in asked], resamples=_RESAMPLES)
    classes = [
        ClassPrediction({}, one.measured.endpoint) if yes is None else as_class(task, one, yes)
        for one, yes in zip(asked, said, strict=True)
    ]
    labels = [_label(task, one.truth) for one in asked]
    return bootstrap_metric(task.metrics[0], classes, labels, resamples=_RESAMPLES)


def _read(task: Task, found: Prediction | FailedPrediction) -> float | None:
    """Return the model's number, or its probability of yes; None where it gave none."""
    if isinstance(found, FailedPrediction) or not found.answers:
        return None
    answer: Answer = found.answers[0]
    if task.answer is AnswerKind.NUMBER:
        return float(answer.value)
    sure = 1.0 if answer.probability is None else answer.probability
    return sure if answer.value == task.labels[0] else 1 - sure


def group_by_task(asked: Sequence[Asked]) -> Mapping[str, list[Asked]]:
    """Return rows by the name of their task, in their order."""
    found: dict[str, list[Asked]] = {}
    for one in asked:
        found.setdefault(get_task(one.measured.task).name, []).append(one)
    return found
