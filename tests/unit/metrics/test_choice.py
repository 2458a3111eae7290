"""A conditional logit: its probabilities, its fit, its fields."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from anymol.metrics.choice import ChoiceModel, fit_choices

NAMES = ("a", "b", "c")


def _make(weights: list[float], none: float = 0.0) -> ChoiceModel:
    return ChoiceModel(NAMES, np.zeros(3), np.ones(3), np.array(weights), none, {"rows": 9})


def test_probabilities_are_those_of_the_logit_and_leave_room_for_none() -> None:
    described = np.array([[0.0, 9.0, 9.0], [1.0, 9.0, 9.0], [2.0, 9.0, 9.0]])
    chances = _make([1.0, 0.0, 0.0], none=0.5).weigh(described)
    whole = 1 + math.e + math.exp(2) + math.exp(0.5)
    assert chances == pytest.approx([1 / whole, math.e / whole, math.exp(2) / whole])
    assert _make([1.0, 0.0, 0.0]).weigh(np.zeros((0, 3))).shape == (0,)


def test_the_fit_finds_the_weights_that_made_the_rows() -> None:
    rng = np.random.default_rng(0)
    weights = np.array([1.5, -1.0, 0.0])
    rows = []
    for _ in range(3000):
        described = rng.normal(3.0, 2.0, size=(4, 3))
        scores = np.append((described - 3) @ weights, 0.3)
        right = int(rng.choice(5, p=np.exp(scores) / np.exp(scores).sum()))
        rows.append((described, None if right == 4 else right))
    fitted = fit_choices(rows, NAMES)
    assert fitted.weights / fitted.scale == pytest.approx(weights, abs=0.1)
    # The probabilities of the first are right as often as they say.
    chances, hits = [], []
    for described, right in rows:
        weighed = fitted.weigh(described)
        chances.append(weighed.max())
        hits.append(right == int(weighed.argmax()))
    assert np.mean(chances) == pytest.approx(np.mean(hits), abs=0.02)


def test_a_feature_that_never_changes_does_no_harm() -> None:
    rows = [(np.array([[1.0, 5.0, 0.0], [0.0, 5.0, 0.0]]), place % 3 % 2) for place in range(40)]
    assert np.isfinite(fit_choices(rows, NAMES).weights).all()


def test_it_comes_back_from_its_fields_and_others_are_refused() -> None:
    one = _make([1.0, 2.0, 3.0], none=-1.0)
    fields = json.loads(json.dumps(one.to_json()))
    assert ChoiceModel.from_json(fields).to_json() == one.to_json()
    with pytest.raises(ValueError, match="do not fit"):
        ChoiceModel.from_json(fields | {"weights": [1.0]})
    with pytest.raises(ValueError, match="missing"):
        ChoiceModel.from_json({"features": []})


def test_there_must_be_rows() -> None:
    with pytest.raises(ValueError, match="no rows"):
        fit_choices([(np.zeros((0, 3)), None)], NAMES)
