from __future__ import annotations

import math
from types import SimpleNamespace

import pytest

from anymol.evaluation.measured_properties import Asked, compare_with_model, group_by_task, measure_task
from anymol.inference.answers import Answer, Method, Prediction
from anymol.retrieval.measured_properties.store import MeasuredProperty, ValueKind
from anymol.tasks.table import TASKS
from anymol.tasks.task import TaskInput, Value

SOLUBILITY = MeasuredProperty(task="solubility", source="a", licence="MIT")
BARRIER = MeasuredProperty(task="bbbp", kind=ValueKind.CLASS, source="a", licence="MIT")


def number(truth: float, predicted: float, half_width: float = 1.0) -> Asked:
    return Asked(SOLUBILITY, "C" * (1 + int(abs(truth))), truth, predicted, half_width, truth + 2, 0.5, 0.0)


def label(truth: float, predicted: float) -> Asked:
    return Asked(BARRIER, "CCO", truth, predicted, math.nan, 1 - truth, 0.5, 0.5)


def test_numbers_are_measured_beside_the_nearest_and_the_mean() -> None:
    pytest.importorskip("sklearn")
    figures = measure_task(TASKS["solubility"], [number(1.0, 1.5), number(-1.0, -2.5), number(3.0, 3.0)])
    # Errors 0.5, 1.5 and 0: mean 2/3; two of three lie inside plus or minus 1; the nearest is off by 2.
    assert figures.predictor.estimate == pytest.approx(2 / 3) and figures.believed.estimate == pytest.approx(2 / 3)
    assert figures.nearest.estimate == pytest.approx(2.0) and figures.width == 2.0
    assert figures.mean is not None and figures.mean.estimate == pytest.approx(5 / 3)
    assert figures.second is not None and figures.second.estimate == pytest.approx(math.sqrt(2.5 / 3))


def test_classes_are_ranked_and_their_probabilities_believed() -> None:
    pytest.importorskip("sklearn")
    figures = measure_task(TASKS["bbbp"], [label(1, 0.9), label(0, 0.4), label(1, 0.3), label(0, 0.2)])
    # Of four pairs of a yes and a no, three stand in the right order; the nearest is always wrong.
    assert figures.predictor.estimate == pytest.approx(0.75) and figures.nearest.estimate == 0.0
    assert figures.mean is None and figures.width is None


class MadeUpAssistant:
    """A model that says what it is told to, and counts how often it is asked."""

    def __init__(self, values: list[Value], tasks: frozenset[str] | None) -> None:
        self.values, self.model, self.asked = values, SimpleNamespace(tasks=tasks), 0

    def predict_many(self, task, inputs, options):  # type: ignore[no-untyped-def]
        for one, value in zip(inputs, self.values, strict=True):
            self.asked += 1
            answer = Answer(value, str(value), task.answer, Method.MODEL, probability=0.8)
            yield Prediction(task.name, "", (answer,), "made up", TaskInput(molecule=one.molecule))


ROWS = [number(1.0, 2.0), number(-1.0, 0.0)]


@pytest.mark.parametrize(
    ("said", "trained", "answers"),
    [
        ([1.1, -1.1], frozenset({"solubility"}), "model"),
        ([5.0, -5.0], frozenset({"solubility"}), "predictor"),
        ([1.1, -1.1], None, "model"),
    ],
)
def test_the_better_one_answers(said: list[Value], trained: frozenset[str] | None, answers: str) -> None:
    contest, predictor, model = compare_with_model(
        MadeUpAssistant(said, trained),
        TASKS["solubility"],
        ROWS,
        guess=False,  # type: ignore[arg-type]
    )
    assert contest.answers == answers and contest.predictor == 1.0 == predictor.estimate
    assert model is not None and contest.model == pytest.approx(model.estimate, abs=1e-4)


def test_a_model_that_was_not_trained_on_a_task_never_answers_it() -> None:
    good = MadeUpAssistant([1.0, -1.0], frozenset())
    contest, _, model = compare_with_model(good, TASKS["solubility"], ROWS, guess=True)  # type: ignore[arg-type]
    assert contest.answers == "predictor" and model is not None and model.estimate == 0.0 and good.asked == 2
    contest, _, model = compare_with_model(good, TASKS["solubility"], ROWS, guess=False)  # type: ignore[arg-type]
    assert model is None and contest.model is None and good.asked == 2


def test_rows_are_grouped_by_task() -> None:
    found = group_by_task([number(1, 1), label(1, 1), number(2, 2)])
    assert [(task, len(rows)) for task, rows in found.items()] == [("solubility", 2), ("bbbp", 1)]
