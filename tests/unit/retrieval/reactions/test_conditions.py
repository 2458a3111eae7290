"""What helped reactions like the one asked about."""

from __future__ import annotations

import pytest

from anymol.chem.recorded_reaction import RecordedReaction
from anymol.errors import InvalidSmilesError
from anymol.retrieval.reactions.building import build_store
from anymol.retrieval.reactions.conditions import find_core, propose_conditions
from anymol.retrieval.reactions.store import ReactionStore

SUZUKI = "Brc1ccccc1.OB(O)c1ccncc1"
BIARYL = "c1ccc(-c2ccncc2)cc1"


@pytest.fixture(scope="module")
def store() -> ReactionStore:
    return build_store(
        "s",
        [
            RecordedReaction("Cc1ccc(-c2ccncc2)cc1", "Cc1ccc(Br)cc1.OB(O)c1ccncc1", "O=C([O-])[O-].[K+].[K+]", "CCO"),
            RecordedReaction("Fc1ccc(-c2ccncc2)cc1", "Fc1ccc(Br)cc1.OB(O)c1ccncc1", "O=C([O-])[O-].[K+].[K+]", "O"),
            RecordedReaction("COc1ccc(-c2ccncc2)cc1", "COc1ccc(Br)cc1.OB(O)c1ccncc1", "[F-].[K+]", "CCO"),
            RecordedReaction("CC(=O)NCc1ccccc1", "CC(=O)Cl.NCc1ccccc1", "CCN(CC)CC", "ClCCl"),
        ],
    )[0]


def test_the_usual_base_of_the_nearest_couplings_comes_first(store: ReactionStore) -> None:
    first, second = propose_conditions([store], SUZUKI, BIARYL, lambda one: one.reagents)
    assert first.molecules == "O=C([O-])[O-].[K+].[K+]"
    assert len(first.precedents) == 2
    assert second.molecules == "[F-].[K+]"
    assert 0 < second.share < first.share
    assert first.share + second.share <= 1.0 + 1e-9


def test_each_part_is_asked_by_itself(store: ReactionStore) -> None:
    assert propose_conditions([store], SUZUKI, BIARYL, lambda one: one.solvents)[0].molecules == "CCO"
    assert propose_conditions([store], SUZUKI, BIARYL, lambda one: one.catalysts) == []


def test_a_reaction_that_is_nothing_like_it_says_nothing() -> None:
    amide = RecordedReaction("CC(=O)NCc1ccccc1", "CC(=O)Cl.NCc1ccccc1", "CCN(CC)CC")
    alone, _ = build_store("s", [amide])
    assert propose_conditions([alone], SUZUKI, BIARYL, lambda one: one.reagents) == []
    # One that is like it in part counts for a part of the whole.
    (said,) = propose_conditions([alone], "CCCC(=O)Cl.NCCC", "CCCNC(=O)CCC", lambda one: one.reagents)
    assert said.share < 0.5


def test_the_core_of_a_reaction() -> None:
    assert find_core("CC(=O)Cl.NCc1ccccc1", "CC(=O)NCc1ccccc1") == find_core("CCC(=O)Cl.CN", "CCC(=O)NC")
    assert find_core("CCO", "CCF") is None  # no fluorine goes in
    with pytest.raises(InvalidSmilesError):
        find_core("C(", "CC")
