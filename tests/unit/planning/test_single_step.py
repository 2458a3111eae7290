"""Who is asked for a step back, and what the steps say."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from anymol.errors import InvalidTaskInputError
from anymol.inference.proposals.proposal import Choose, Proposal
from anymol.inference.proposals.ranking import (
    PRECURSORS_LISTED,
    PRECURSORS_SCORED,
    STORE_FEATURES,
    ProposalRanker,
)
from anymol.metrics.choice import ChoiceModel
from anymol.planning import single_step
from anymol.planning.single_step import RECORDED, RankedStep, Step
from anymol.retrieval.reactions.outcomes import Outcome
from anymol.retrieval.reactions.store import ReactionStore
from anymol.tasks.evidence import ModelEvidence, ReactionEvidence

MODEL: Any = SimpleNamespace(name="nano")


def _make_rankers(none: float) -> tuple[ProposalRanker, ProposalRanker]:
    """Two rankers that give all proposals the same weight, beside that of none."""

    def make(features: tuple[str, ...]) -> ChoiceModel:
        width = len(features)
        return ChoiceModel(features, np.zeros(width), np.ones(width), np.zeros(width), none)

    both = ProposalRanker(make(PRECURSORS_LISTED), make(PRECURSORS_SCORED))
    return ProposalRanker(make(STORE_FEATURES)), both


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Let the stores propose one thing and the model another, and remember who was asked."""
    seen: list[Any] = []

    def gather(
        stores: Sequence[ReactionStore], model: Any, products: Sequence[str], choose: Choose
    ) -> list[list[Proposal]]:
        seen.append(model)
        found = Proposal("CC=O", found=Outcome("CC=O", recorded=products[0] == "CCN"), place=0)
        return [[found] if model is None else [found, Proposal("C=C.O", written=0, log_prob=-0.1)]]

    monkeypatch.setattr(single_step, "gather_precursors", gather)
    return seen


def test_the_model_is_asked_where_the_stores_are_in_doubt(asked: list[Any]) -> None:
    steps = RankedStep([], MODEL, _make_rankers(none=2.0)).propose("CCO")  # 1 / (1 + e^2) = 0.12
    assert asked == [None, MODEL]
    assert [one.reactants for one in steps] == [("C=C", "O"), ("CC=O",)]
    assert steps[0].list_evidence(3) == (ModelEvidence("nano"),)


def test_it_is_not_asked_where_they_are_not(asked: list[Any]) -> None:
    (step,) = RankedStep([], MODEL, _make_rankers(none=-1.0)).propose("CCO")  # 1 / (1 + 1/e) = 0.73
    assert asked == [None]
    assert step.probability == pytest.approx(1 / (1 + np.exp(-1)))


def test_nor_where_the_reaction_is_recorded_nor_where_there_is_none(asked: list[Any]) -> None:
    (recorded,) = RankedStep([], MODEL, _make_rankers(none=2.0)).propose("CCN")
    assert (recorded.recorded, recorded.probability) == (True, RECORDED)
    assert len(RankedStep([], None, _make_rankers(none=2.0)).propose("CCO")) == 1
    assert asked == [None, None]


def test_what_is_too_long_for_the_model_is_left_to_the_stores(monkeypatch: pytest.MonkeyPatch) -> None:
    def gather(
        stores: Sequence[ReactionStore], model: Any, products: Sequence[str], choose: Choose
    ) -> list[list[Proposal]]:
        if model is not None:
            raise InvalidTaskInputError("too long")
        return [[Proposal("CC=O", found=Outcome("CC=O"), place=0)]]

    monkeypatch.setattr(single_step, "gather_precursors", gather)
    assert len(RankedStep([], MODEL, _make_rankers(none=2.0)).propose("CCO")) == 1


def test_steps_of_a_store_cite_its_reactions(toy_store: ReactionStore) -> None:
    step = RankedStep([toy_store], rankers=_make_rankers(none=0.0))
    made = next(one for one in step.propose("CC(=O)Nc1ccc(O)cc1") if one.recorded and len(one.reactants) == 2)
    (cited,) = made.list_evidence(1)
    assert isinstance(cited, ReactionEvidence)
    assert (cited.id, cited.store) == ("acetylation", "toy")
    assert made.smiles == "CC(=O)OC(C)=O.Nc1ccc(O)cc1>>CC(=O)Nc1ccc(O)cc1"
    assert step.name == "toy"


def test_a_step_says_which_configurations_it_must_set() -> None:
    assert Step("C[C@H](N)c1ccccc1", ("CC(=O)c1ccccc1", "N"), 0.5).centres == 1
    assert Step("CC(=O)N[C@H](C)c1ccccc1", ("CC(=O)Cl", "C[C@H](N)c1ccccc1"), 0.5).centres == 0
    assert Step("CC(N)c1ccccc1", ("CC(=O)c1ccccc1", "N"), 0.5).centres == 0  # nobody asks for one


def test_the_shipped_rankers_fit() -> None:
    assert RankedStep([]).propose("CCO") == []
