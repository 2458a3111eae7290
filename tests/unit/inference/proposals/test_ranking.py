"""How proposals are described and ordered, and the file of the rankers."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from anymol.chem.atom_use import count_atom_use
from anymol.errors import DataError
from anymol.inference.proposals.fitted import (
    PRECURSORS,
    PRECURSORS_WITHOUT_MODEL,
    is_fitted_to,
    load_precursors_ranker,
    load_products_ranker,
    load_ranker,
    save_rankers,
)
from anymol.inference.proposals.proposal import Proposal
from anymol.inference.proposals.ranking import (
    PRECURSORS_LISTED,
    PRECURSORS_SCORED,
    PRODUCTS_LISTED,
    SCORED,
    STORE_FEATURES,
    SURPRISE_FEATURES,
    USE_FEATURES,
    WRITTEN_FEATURES,
    ProposalRanker,
    describe,
)
from anymol.metrics.choice import ChoiceModel
from anymol.models.locating import locate_model
from anymol.models.manifest import read_manifest
from anymol.retrieval.reactions.outcomes import Outcome
from anymol.retrieval.reactions.shipped_store import open_shipped

WIDTH = len(STORE_FEATURES)


def _propose(smiles: str, place: int, count: int = 1) -> Proposal:
    return Proposal(smiles, (), Outcome(smiles, count=count), place=place)


def _make_ranker(
    weights: dict[str, float], none: float = 0.0, features: tuple[str, ...] = STORE_FEATURES
) -> ChoiceModel:
    values = np.array([weights.get(name, 0.0) for name in features])
    return ChoiceModel(features, np.zeros(len(features)), np.ones(len(features)), values, none)


def _score(proposal: Proposal, surprise: float) -> Proposal:
    return replace(proposal, surprise=surprise, inverse=0.0)


def test_ties_are_broken_by_the_reactants() -> None:
    ranked = ProposalRanker(_make_ranker({})).rank([_propose("CC", 0), _propose("C", 1)])
    assert [one.smiles for one, _ in ranked] == ["C", "CC"]


def test_stores_and_model_describe_a_proposal() -> None:
    proposals = [
        Proposal("CC", ((3, 0),), written=0, log_prob=-0.5, surprise=1.0, inverse=2.0),
        Proposal("C", ((0, 0),), Outcome("C", count=3), place=0, surprise=3.0, inverse=100.0),
        Proposal("CCC", ((1, 1),), written=1, log_prob=-30.0),
    ]
    found = describe(proposals, PRECURSORS_SCORED)
    assert found.shape == (3, WIDTH + len(WRITTEN_FEATURES) + len(SURPRISE_FEATURES))
    assert found[:, WIDTH : WIDTH + 3].tolist() == [[1.0, 1.0, -0.5], [0.0, 0.0, -20.0], [0.5, 1.0, -20.0]]
    assert found[:2, -2:].tolist() == [[-1.0, -2.0], [-3.0, -60.0]]
    assert np.isnan(found[2, -2:]).all()
    assert found[1, STORE_FEATURES.index("log count")] == pytest.approx(math.log(4))
    assert found[:, STORE_FEATURES.index("never seen")].tolist() == [0.0, 1.0, 0.0]
    assert np.isfinite(describe(proposals, PRECURSORS_LISTED)).all()


def test_the_model_scores_the_best_of_the_first_look() -> None:
    proposals = [_propose("C" * (place + 1), place, count=place) for place in range(SCORED + 3)]
    first = _make_ranker({"log count": 1.0}, features=PRECURSORS_LISTED)
    chosen = ProposalRanker(first, _make_ranker({}, features=PRECURSORS_SCORED)).choose(proposals)
    assert chosen == proposals[:2:-1]
    assert ProposalRanker(first).choose(proposals) == []


def test_what_is_not_scored_shares_the_doubt_of_the_second_look() -> None:
    """At the first look four choices of .25, none among them; at the second .5 and .25 of the two that are scored."""
    first = _make_ranker({}, features=PRECURSORS_LISTED)
    second = _make_ranker({"-surprise": 1.0}, none=0.0, features=PRECURSORS_SCORED)
    proposals = [_score(_propose("C", 0), 0.0), _score(_propose("CC", 1), -math.log(2)), _propose("CCC", 2)]
    ranked = ProposalRanker(first, second).rank(proposals)
    assert [one.smiles for one, _ in ranked] == ["CC", "C", "CCC"]
    assert [chance for _, chance in ranked] == pytest.approx([0.5, 0.25, 0.125])


def test_nothing_proposed_is_nothing_ranked() -> None:
    first, second = (_make_ranker({}, features=one) for one in (PRECURSORS_LISTED, PRECURSORS_SCORED))
    assert ProposalRanker(first, second).rank([]) == []
    assert ProposalRanker(first).rank([]) == []


def test_what_a_product_takes_of_the_reactants_is_described() -> None:
    """Bromine gives no atom to methylcyclopentene, and nothing gives chlorine to chlorocyclohexane."""
    proposals = [
        Proposal(product, use=count_atom_use("C1=CCCCC1.BrBr", "", product))
        for product in ("CC1=CCCC1", "BrC1CCCCC1", "ClC1CCCCC1")
    ]
    found = describe(proposals, PRODUCTS_LISTED)[:, -len(USE_FEATURES) :]
    assert found[:, :4].tolist() == [[1, 0, 0, 0], [0, 0, 0, 0], [1, 1, 1, 0]]
    with pytest.raises(ValueError, match="was not counted"):
        describe([Proposal("C")], PRODUCTS_LISTED)


def test_it_comes_back_from_its_file_and_another_is_refused(tmp_path: Path) -> None:
    ranker = _make_ranker({"similarity": 2.0}, none=-1.0)
    place = tmp_path / "rankers.json"
    save_rankers({PRECURSORS_WITHOUT_MODEL: ranker}, place)
    assert load_ranker(PRECURSORS_WITHOUT_MODEL, STORE_FEATURES, place).to_json() == ranker.to_json()
    with pytest.raises(DataError, match="cannot be read"):
        load_ranker(PRECURSORS, PRECURSORS_LISTED, place)
    with pytest.raises(DataError, match="other features"):
        load_ranker(PRECURSORS_WITHOUT_MODEL, ("similarity",), place)


def test_those_that_ship_are_of_these_features() -> None:
    for ranker in (
        load_precursors_ranker(asks_model=True),
        load_precursors_ranker(asks_model=False),
        load_products_ranker(),
    ):
        fit = ranker.last.fit
        assert fit["rows"] > 50
        assert fit["top 1"] < fit["top 3"] < fit["top 10"] <= fit["listed"]


def test_those_that_ship_were_fitted_to_the_weights_and_the_store_that_ship() -> None:
    store = open_shipped()
    assert store is not None
    with locate_model(None) as directory:
        weights = read_manifest(directory).weights_digest
    assert len(weights) == 64
    for ranker in (load_precursors_ranker(asks_model=True), load_products_ranker()):
        assert is_fitted_to(ranker.last, [store])
        assert {ranker.first.fit["model"], ranker.last.fit["model"]} == {weights}
