"""How proposals are described and ordered, and the file of the rankers."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from anymol.chem.atom_use import count_atom_use
from anymol.errors import DataError
from anymol.inference.proposals.fitted import (
    PRECURSORS,
    PRECURSORS_WITHOUT_MODEL,
    PRODUCTS,
    load_ranker,
    save_rankers,
)
from anymol.inference.proposals.proposal import Proposal
from anymol.inference.proposals.ranking import (
    ALL_FEATURES,
    MODEL_FEATURES,
    PRODUCT_FEATURES,
    STORE_FEATURES,
    USE_FEATURES,
    describe,
    rank_proposals,
)
from anymol.metrics.choice import ChoiceModel
from anymol.retrieval.reactions.outcomes import Outcome

WIDTH = len(STORE_FEATURES)


def _propose(smiles: str, place: int, count: int = 1) -> Proposal:
    return Proposal(smiles, (), Outcome(smiles, count=count), place=place)


def _make_ranker(weights: dict[str, float], none: float = 0.0) -> ChoiceModel:
    values = np.array([weights.get(name, 0.0) for name in STORE_FEATURES])
    return ChoiceModel(STORE_FEATURES, np.zeros(WIDTH), np.ones(WIDTH), values, none)


def test_ties_are_broken_by_the_reactants() -> None:
    ranked = rank_proposals(_make_ranker({}), [_propose("CC", 0), _propose("C", 1)])
    assert [one.smiles for one, _ in ranked] == ["C", "CC"]


def test_what_the_model_says_is_compared_among_the_proposals() -> None:
    proposals = [
        Proposal("CC", ((3, 0),), written=0, log_prob=-0.5, surprise=1.0, inverse=2.0),
        Proposal("C", ((0, 0),), Outcome("C", count=3), place=0, surprise=3.0, inverse=100.0),
    ]
    found = describe(proposals, ALL_FEATURES)
    assert found.shape == (2, WIDTH + len(MODEL_FEATURES))
    share = found[:, WIDTH + MODEL_FEATURES.index("-surprise of all")]
    assert np.exp(share).sum() == pytest.approx(1.0)
    assert found[0, WIDTH + MODEL_FEATURES.index("log-probability")] == -0.5
    assert found[1, STORE_FEATURES.index("log count")] == pytest.approx(math.log(4))
    assert found[:, STORE_FEATURES.index("never seen")].tolist() == [0.0, 1.0]
    assert np.isfinite(found).all()


def test_what_a_product_takes_of_the_reactants_is_described() -> None:
    """Bromine gives no atom to methylcyclopentene, and nothing gives chlorine to chlorocyclohexane."""
    proposals = [
        Proposal(product, surprise=1.0, inverse=1.0, use=count_atom_use("C1=CCCCC1.BrBr", "", product))
        for product in ("CC1=CCCC1", "BrC1CCCCC1", "ClC1CCCCC1")
    ]
    found = describe(proposals, PRODUCT_FEATURES)[:, -len(USE_FEATURES) :]
    assert found.tolist() == [[1, 0, 0, 0], [0, 0, 0, 0], [1, 1, 1, 0]]
    with pytest.raises(ValueError, match="was not counted"):
        describe([Proposal("C", surprise=1.0, inverse=1.0)], PRODUCT_FEATURES)


def test_it_comes_back_from_its_file_and_another_is_refused(tmp_path: Path) -> None:
    ranker = _make_ranker({"similarity": 2.0}, none=-1.0)
    place = tmp_path / "rankers.json"
    save_rankers({PRECURSORS_WITHOUT_MODEL: ranker}, place)
    assert load_ranker(PRECURSORS_WITHOUT_MODEL, STORE_FEATURES, place).to_json() == ranker.to_json()
    with pytest.raises(DataError, match="cannot be read"):
        load_ranker(PRECURSORS, ALL_FEATURES, place)
    with pytest.raises(DataError, match="other features"):
        load_ranker(PRECURSORS_WITHOUT_MODEL, ("similarity",), place)


def test_those_that_ship_are_of_these_features() -> None:
    for name, features in (
        (PRECURSORS, ALL_FEATURES),
        (PRECURSORS_WITHOUT_MODEL, STORE_FEATURES),
        (PRODUCTS, PRODUCT_FEATURES),
    ):
        fit = load_ranker(name, features).fit
        assert fit["rows"] > 50
        assert fit["top 1"] < fit["top 3"] < fit["top 10"] <= fit["listed"]
