"""Proposed conditions are described by what precedents say, and ranked."""

from __future__ import annotations

import numpy as np
import pytest

from anymol.inference.proposals.conditions import FEATURES, describe_conditions, rank_conditions
from anymol.metrics.choice import fit_choices
from anymol.retrieval.reactions.conditions import Conditions, Likeness, Part


def propose(molecule: str, share: float) -> Conditions:
    return Conditions((molecule,), {Part.WHOLE}, share, Likeness.CHANGE, (share,), -0.1, named=5)


def test_features_stand_in_their_places() -> None:
    (row,) = describe_conditions([propose("CCO", 0.5)])
    named = dict(zip(FEATURES, row.tolist(), strict=True))
    assert (named["share"], named["molecules"], named["molecules * named"]) == (0.5, 1.0, 3.0)
    assert (named["same change"], named["same surroundings"]) == (1.0, 0.0)
    assert named["log chance"] == pytest.approx(np.log(0.5))
    assert (named[Part.WHOLE], named[Part.SOLVENTS], named[f"{Part.WHOLE} * named"]) == (1.0, 0.0, 3.0)
    assert describe_conditions([]).shape == (0, len(FEATURES))


def test_what_is_used_most_is_ranked_first_and_chances_stay_below_one() -> None:
    rows = [(describe_conditions([propose("CCO", 0.2), propose("O", 0.7)]), 1)] * 20
    ranked = rank_conditions(fit_choices(rows, FEATURES), [propose("C1CCOC1", 0.1), propose("ClCCl", 0.8)])
    assert [one.smiles for one, _ in ranked] == ["ClCCl", "C1CCOC1"]
    assert 0 < sum(chance for _, chance in ranked) < 1
