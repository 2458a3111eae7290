"""Figures of classes against numbers worked by hand."""

from __future__ import annotations

import math

import pytest

from anymol.metrics.classification import CHOICE_METRICS, ClassPrediction, accuracy, make_class_metrics

METRICS = {metric.name: metric.score for metric in make_class_metrics("Yes")}


def sure(yes: float, endpoint: str | None = None) -> ClassPrediction:
    return ClassPrediction({"Yes": yes, "No": 1.0 - yes}, endpoint)


def test_the_area_counts_pairs_in_the_right_order() -> None:
    # Positives .8 and .4, negatives .6 and .2: of four pairs three are in order.
    predictions, references = [sure(0.8), sure(0.4), sure(0.6), sure(0.2)], ["Yes", "Yes", "No", "No"]
    assert METRICS["roc_auc"](predictions, references) == pytest.approx(0.75)
    # Precision at the two positives, best first: 1/1 and 2/3.
    assert METRICS["pr_auc"](predictions, references) == pytest.approx((1.0 + 2.0 / 3.0) / 2.0)
    # One of two positives above one half, one of two negatives below.
    assert METRICS["balanced_accuracy"](predictions, references) == pytest.approx(0.5)


def test_whoever_always_says_no_gains_nothing() -> None:
    references = ["No"] * 97 + ["Yes"] * 3
    assert accuracy(["No"] * 100, references) == pytest.approx(0.97)
    assert METRICS["roc_auc"](["No"] * 100, references) == pytest.approx(0.5)
    assert METRICS["balanced_accuracy"](["No"] * 100, references) == pytest.approx(0.5)


def test_endpoints_are_averaged_each_by_itself() -> None:
    # Within each endpoint the order is perfect, across them it is not.
    predictions = [sure(0.9, "a"), sure(0.8, "a"), sure(0.3, "b"), sure(0.1, "b")]
    references = ["Yes", "No", "Yes", "No"]
    assert METRICS["roc_auc"](predictions, references) == 1.0
    pooled = [sure(0.9), sure(0.8), sure(0.3), sure(0.1)]
    assert METRICS["roc_auc"](pooled, references) == pytest.approx(0.75)


def test_an_endpoint_of_one_class_has_no_figure_and_none_at_all_is_nan() -> None:
    predictions = [sure(0.9, "a"), sure(0.2, "a"), sure(0.3, "b")]
    assert METRICS["roc_auc"](predictions, ["Yes", "No", "No"]) == 1.0
    assert math.isnan(METRICS["roc_auc"]([sure(0.9)], ["Yes"]))


def test_ties_count_half() -> None:
    assert METRICS["roc_auc"]([sure(0.5), sure(0.5)], ["Yes", "No"]) == pytest.approx(0.5)


@pytest.mark.parametrize("unreadable", [None, ClassPrediction({})])
def test_an_unreadable_answer_stands_at_the_wrong_end(unreadable: ClassPrediction | None) -> None:
    predictions, references = [unreadable, sure(0.3), sure(0.2)], ["Yes", "No", "No"]
    assert METRICS["roc_auc"](predictions, references) == 0.0
    assert METRICS["coverage"](predictions, references) == pytest.approx(2 / 3)


def test_calibrated_probabilities_need_not_sum_to_one() -> None:
    predictions = [ClassPrediction({"Yes": 0.2, "No": 0.1}), ClassPrediction({"Yes": 0.2, "No": 0.4})]
    assert METRICS["roc_auc"](predictions, ["Yes", "No"]) == 1.0
    assert METRICS["balanced_accuracy"](predictions, ["Yes", "No"]) == 1.0


def test_choices_are_scored_by_the_most_probable() -> None:
    predictions = [ClassPrediction({"A": 0.2, "B": 0.7}), "C", None]
    assert accuracy(predictions, ["B", "C", "A"]) == pytest.approx(2 / 3)
    assert CHOICE_METRICS[0].score is accuracy
