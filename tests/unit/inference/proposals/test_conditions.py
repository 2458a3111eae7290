"""Proposed conditions are described by what precedents say, and ranked by what they can be expected to share."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from anymol.errors import DataError
from anymol.inference.proposals.conditions import (
    FEATURES,
    MOLECULE_FEATURES,
    ConditionRanker,
    describe_conditions,
    describe_molecules,
    expect_shared,
    pick_likely,
    read_ranker,
    write_rankers,
)
from anymol.metrics.choice import ChoiceModel, fit_choices
from anymol.retrieval.measured_properties.trees import LEAF, BoostedTrees
from anymol.retrieval.reactions.company import Company
from anymol.retrieval.reactions.conditions import Asked, Conditions, Likeness, MoleculeUse, Part

USES = {"CCO": MoleculeUse(0.5), "O": MoleculeUse(0.7), "C1CCOC1": MoleculeUse(0.1), "[K+]": MoleculeUse(0.2)}
ODDS = {"CCO": 0.0, "O": 2.0, "C1CCOC1": -2.0, "[K+]": -1.0}
ALONE = Company(0, {}, {}, {})


def propose(*molecules: str, share: float = 0.2, uses: Mapping[str, MoleculeUse] = USES) -> Conditions:
    return Conditions(molecules, {Part.WHOLE}, share, Likeness.CHANGE, uses, frozenset({"[H-]"}), named=5)


def make_ranker(weights: Mapping[str, float]) -> ConditionRanker:
    """A stump over the share, and a choice by named weights."""
    trees = BoostedTrees(
        np.array([0], np.uint32),
        np.array([MOLECULE_FEATURES.index("share"), LEAF, LEAF], np.uint16),
        np.array([0.4, -2.0, 2.0], np.float32),
        np.array([2, 0, 0], np.uint16),
        0.0,
    )
    size = len(FEATURES)
    given = np.array([weights.get(name, 0.0) for name in FEATURES])
    return ConditionRanker(ALONE, trees, ChoiceModel(FEATURES, np.zeros(size), np.ones(size), given, 0.0))


def test_features_of_sets_stand_in_their_places() -> None:
    (row,) = describe_conditions([propose("CCO", "O", "O", share=0.5)], ODDS)
    named = dict(zip(FEATURES, row.tolist(), strict=True))
    assert (named["share"], named["molecules"], named["molecules * named"]) == (0.5, 2.0, 6.0)
    assert (named["same change"], named["same surroundings"]) == (1.0, 0.0)
    assert (named["log odds"], named["log odds, mean"], named["log odds, least"]) == (2.0, 1.0, 0.0)
    assert (named[Part.WHOLE], named[Part.SOLVENTS], named[f"{Part.WHOLE} * named"]) == (1.0, 0.0, 3.0)
    assert describe_conditions([], ODDS).shape == (0, len(FEATURES))


def test_features_of_molecules_stand_in_their_places() -> None:
    company = Company(100, {"CCO": 50}, {"[H-]": 30}, {"[H-]": {"CCO": 3}})
    molecules, described = describe_molecules(company, propose("CCO"))
    assert molecules == sorted(USES)
    named = dict(zip(MOLECULE_FEATURES, described[molecules.index("CCO")].tolist(), strict=True))
    assert (named["share"], named["ion"], named["named"], named["molecules in company"]) == (0.5, 0.0, 5.0, 1.0)
    assert named["usual"] == pytest.approx(math.log(50.5 / 101))
    assert named["company"] == named["most company"] == named["least company"] < 0
    assert described[molecules.index("[K+]"), MOLECULE_FEATURES.index("ion")] == 1.0


def test_likely_sets_are_looked_at() -> None:
    assert [one.smiles for one in pick_likely([propose("C1CCOC1"), propose("CCO"), propose("O")], ODDS)] == [
        "O", "CCO", "C1CCOC1",
    ]  # fmt: skip


def test_what_can_be_expected_to_be_shared() -> None:
    """Water and ethanol share with all three sets; where none is right, with what holds one of both by itself."""
    sets = [propose("CCO", "O"), propose("O"), propose("C1CCOC1")]
    found = expect_shared(sets, np.array([0.2, 0.3, 0.1]), ODDS)
    water, ethanol, ether = (1 / (1 + math.exp(-ODDS[one])) for one in ("O", "CCO", "C1CCOC1"))
    assert found == pytest.approx([0.5 + 0.4 * (1 - (1 - water) * (1 - ethanol)), 0.5 + 0.4 * water, 0.1 + 0.4 * ether])


def test_first_stands_what_agrees_most_and_chances_are_those_of_the_very_set() -> None:
    ranker = make_ranker({"one molecule": 0.05})  # each alone is a little more probable than both
    ranked = ranker.rank([propose("C1CCOC1"), propose("O"), propose("CCO", "O")])
    assert [one.smiles for one, _ in ranked] == ["CCO.O", "O", "C1CCOC1"]
    chances = {one.smiles: chance for one, chance in ranked}
    assert chances["O"] == chances["C1CCOC1"] > chances["CCO.O"]
    assert sum(chances.values()) < 1
    assert ranker.rank([]) == []


def test_a_fitted_choice_puts_what_is_used_most_first() -> None:
    rows = [(describe_conditions([propose("CCO", share=0.2), propose("O", share=0.7)], ODDS), 1)] * 20
    fitted = fit_choices(rows, FEATURES).weigh(describe_conditions([propose("C1CCOC1"), propose("O", share=0.8)], ODDS))
    assert fitted[1] > fitted[0]


def test_rankers_survive_being_written(tmp_path: Path) -> None:
    made = make_ranker({"log odds": 1.0})
    (tmp_path / "rankers").write_bytes(write_rankers({Asked.SOLVENTS: made}))
    read = read_ranker(Asked.SOLVENTS, tmp_path / "rankers")
    proposals = [propose("C1CCOC1"), propose("O"), propose("CCO", "O")]
    assert read.rank(proposals) == made.rank(proposals)
    with pytest.raises(DataError):
        read_ranker(Asked.CATALYSTS, tmp_path / "rankers")
    (tmp_path / "damaged").write_bytes(b"no rankers")
    with pytest.raises(DataError):
        read_ranker(Asked.SOLVENTS, tmp_path / "damaged")


@pytest.mark.parametrize("asked", list(Asked))
def test_shipped_rankers_can_be_read(asked: Asked) -> None:
    ranker = read_ranker(asked)
    assert ranker.company.given
    assert ranker.choice.fit["store"]
