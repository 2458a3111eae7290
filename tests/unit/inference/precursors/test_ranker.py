"""A conditional logit: its probabilities, its fit, its file."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from anymol.errors import DataError
from anymol.inference.precursors.fitted import load_ranker, save_rankers
from anymol.inference.precursors.proposals import Proposal
from anymol.inference.precursors.ranker import (
    MODEL_FEATURES,
    STORE_FEATURES,
    PrecursorRanker,
    describe,
    fit_ranker,
)
from anymol.retrieval.reactions.precursors import Precursors

WIDTH = len(STORE_FEATURES)


def _propose(reactants: str, place: int, count: int = 1) -> Proposal:
    return Proposal(reactants, (), Precursors(reactants, count=count), place=place)


def _make_ranker(weights: dict[str, float], none: float = 0.0) -> PrecursorRanker:
    values = np.array([weights.get(name, 0.0) for name in STORE_FEATURES])
    return PrecursorRanker(False, np.zeros(WIDTH), np.ones(WIDTH), values, none, {})


def test_probabilities_are_those_of_the_logit_and_leave_room_for_none() -> None:
    ranker = _make_ranker({"molecules": 1.0}, none=0.5)
    ranked = ranker.rank([_propose("C", 0), _propose("C.C", 1), _propose("C.C.C", 2)])
    whole = math.exp(0) + math.exp(1) + math.exp(2) + math.exp(0.5)
    assert [one.reactants for one, _ in ranked] == ["C.C.C", "C.C", "C"]
    assert [chance for _, chance in ranked] == pytest.approx([math.exp(2) / whole, math.e / whole, 1 / whole])
    assert ranker.rank([]) == []


def test_ties_are_broken_by_the_reactants() -> None:
    ranked = _make_ranker({}).rank([_propose("CC", 0), _propose("C", 1)])
    assert [one.reactants for one, _ in ranked] == ["C", "CC"]


def test_the_fit_finds_the_weights_that_made_the_rows() -> None:
    rng = np.random.default_rng(0)
    weights = np.zeros(WIDTH)
    weights[:2] = 1.5, -1.0
    rows = []
    for _ in range(3000):
        features = rng.normal(size=(4, WIDTH))
        scores = np.append(features @ weights, 0.3)
        right = int(rng.choice(5, p=np.exp(scores) / np.exp(scores).sum()))
        rows.append((features, None if right == 4 else right))
    fitted = fit_ranker(rows, by_model=False)
    assert fitted.weights / fitted.scale == pytest.approx(weights, abs=0.12)
    assert fitted.none - float(fitted.score(np.zeros((1, WIDTH)))[0]) == pytest.approx(0.3, abs=0.12)
    # Probabilities of the first are as often right as they say.
    chances, hits = [], []
    for features, right in rows:
        scores = np.append(fitted.score(features), fitted.none)
        first = int(scores[:-1].argmax())
        chances.append(float(np.exp(scores[first] - np.logaddexp.reduce(scores))))
        hits.append(right == first)
    assert np.mean(chances) == pytest.approx(np.mean(hits), abs=0.02)


def test_what_the_model_says_is_compared_among_the_proposals() -> None:
    proposals = [
        Proposal("CC", ((3, 0),), written=0, log_prob=-0.5, backward=1.0, forward=2.0),
        Proposal("C", ((0, 0),), Precursors("C", count=3), place=0, backward=3.0, forward=100.0),
    ]
    found = describe(proposals, by_model=True)
    assert found.shape == (2, WIDTH + len(MODEL_FEATURES))
    share = found[:, WIDTH + MODEL_FEATURES.index("-backward of all")]
    assert np.exp(share).sum() == pytest.approx(1.0)
    assert found[0, WIDTH + MODEL_FEATURES.index("log-probability")] == -0.5
    assert found[1, STORE_FEATURES.index("log count")] == pytest.approx(math.log(4))
    assert found[:, STORE_FEATURES.index("never seen")].tolist() == [0.0, 1.0]
    assert np.isfinite(found).all()


def test_it_comes_back_from_its_file_and_another_is_refused(tmp_path: Path) -> None:
    ranker = _make_ranker({"similarity": 2.0}, none=-1.0)
    place = tmp_path / "rankers.json"
    save_rankers([ranker], place)
    again = load_ranker(by_model=False, place=place)
    assert again.to_json() == ranker.to_json()
    with pytest.raises(DataError, match="cannot be read"):
        load_ranker(by_model=True, place=place)
    fields = ranker.to_json() | {"features": ["similarity"]}
    with pytest.raises(DataError, match="other features"):
        PrecursorRanker.from_json(fields)
    damaged = json.loads(json.dumps(ranker.to_json())) | {"weights": [1.0]}
    with pytest.raises(DataError, match="do not fit"):
        PrecursorRanker.from_json(damaged)


def test_there_must_be_rows() -> None:
    with pytest.raises(ValueError, match="no rows"):
        fit_ranker([(np.zeros((0, WIDTH)), None)], by_model=False)
