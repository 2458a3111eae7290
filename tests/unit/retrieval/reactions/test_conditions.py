"""What helped reactions like the one asked about."""

from __future__ import annotations

import pytest

from anymol.chem.recorded_reaction import RecordedReaction
from anymol.errors import InvalidSmilesError
from anymol.retrieval.reactions.building import build_store
from anymol.retrieval.reactions.conditions import (
    Asked,
    Likeness,
    Part,
    find_change,
    leave_out,
    propose_conditions,
)
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


CARBONATE = ("O=C([O-])[O-]", "[K+]", "[K+]")


def test_the_usual_helpers_of_the_nearest_couplings_come_first(store: ReactionStore) -> None:
    found = propose_conditions([store], SUZUKI, BIARYL, Asked.HELPING)
    whole = [one for one in found if Part.WHOLE in one.parts]
    assert whole[0].molecules in {("CCO", *CARBONATE), ("O", *CARBONATE)}
    assert sum(one.share for one in found) == pytest.approx(1.0)
    carbonate = next(one for one in found if one.molecules == CARBONATE)
    assert carbonate.parts == {Part.REAGENTS}
    assert len(carbonate.precedents) == 2


def test_what_precedents_say_of_each_molecule(store: ReactionStore) -> None:
    found = propose_conditions([store], SUZUKI, BIARYL, Asked.HELPING)
    uses = found[0].uses
    assert all(one.uses is uses for one in found)
    assert set(uses) == {*CARBONATE, "CCO", "O", "[F-]"}
    assert uses["[K+]"].share == pytest.approx(1.0)  # all three couplings; the acylation is nothing like it
    assert uses["[K+]"].records == 1.0
    assert uses["CCO"].records == pytest.approx(2 / 3)
    assert uses["CCO"].share == pytest.approx(1 - uses["O"].share)
    assert uses["O"].nearest <= max(one.similarity for one in found[0].precedents)
    assert [use.beside for use in uses.values()] == [0.0] * len(uses)  # nothing is named


def test_precedents_count_that_used_what_the_question_names(store: ReactionStore) -> None:
    told = f"{SUZUKI}.[F-].[K+]"
    uses = propose_conditions([store], told, BIARYL, Asked.HELPING)[0].uses
    assert 0 < uses["O"].beside < uses["CCO"].beside  # the fluoride stood in ethanol, the other potassium salt in both
    assert uses["O"].beside + uses["CCO"].beside == pytest.approx(1.0)


def test_each_neutral_molecule_is_proposed_by_itself_too(store: ReactionStore) -> None:
    found = {one.molecules: one for one in propose_conditions([store], SUZUKI, BIARYL, Asked.HELPING)}
    assert Part.ALONE in found["CCO",].parts
    assert len(found["CCO",].precedents) == 2
    assert ("[K+]",) not in found


def test_each_part_is_asked_by_itself(store: ReactionStore) -> None:
    first, second = propose_conditions([store], SUZUKI, BIARYL, Asked.SOLVENTS)
    assert (first.molecules, second.molecules) == (("CCO",), ("O",))
    assert first.share > second.share
    assert first.likeness is Likeness.SURROUNDINGS
    assert propose_conditions([store], SUZUKI, BIARYL, Asked.CATALYSTS) == []


def test_what_the_question_names_is_not_proposed(store: ReactionStore) -> None:
    told = f"{SUZUKI}.{'.'.join(CARBONATE)}"
    found = propose_conditions([store], told, BIARYL, Asked.HELPING)
    assert not any(set(one.molecules) & set(CARBONATE[:1]) for one in found)
    assert {("CCO",), ("O",)} <= {one.molecules for one in found}
    assert {one.named for one in found} == {2}
    assert {one.given for one in found} == {frozenset(told.split("."))}
    beside = propose_conditions([store], SUZUKI, BIARYL, Asked.HELPING, reagents=".".join(CARBONATE))
    assert [one.molecules for one in beside] == [one.molecules for one in found]


@pytest.mark.parametrize(
    ("molecules", "given", "left"),
    [
        (["O=C([O-])[O-]", "[K+]", "[K+]"], {"O=C([O-])[O-]", "[K+]"}, []),
        (["[Na+]", "[OH-]"], {"CC(=O)[O-]", "[Na+]"}, ["[Na+]", "[OH-]"]),  # lye beside sodium acetate
        (["CCO", "[F-]", "[K+]"], {"CCO"}, ["[F-]", "[K+]"]),
        (["[Mg+2]", "[O-2]"], {"[Mg+2]"}, ["[Mg+2]", "[O-2]"]),
    ],
)
def test_a_salt_is_left_out_whole_or_not_at_all(molecules: list[str], given: set[str], left: list[str]) -> None:
    assert leave_out(molecules, given) == left


def test_a_reaction_that_is_nothing_like_it_says_nothing() -> None:
    alone, _ = build_store("s", [RecordedReaction("CC(=O)NCc1ccccc1", "CC(=O)Cl.NCc1ccccc1", "CCN(CC)CC")])
    assert propose_conditions([alone], SUZUKI, BIARYL, Asked.HELPING) == []


def test_an_ion_whose_partner_stands_elsewhere_is_not_proposed_alone() -> None:
    """A rule took palladium for the catalyst and left its acetates among the reagents."""
    row = RecordedReaction(
        "Cc1ccc(-c2ccncc2)cc1", "Cc1ccc(Br)cc1.OB(O)c1ccncc1", "CC(=O)[O-].CC(=O)[O-]", "C1COCCO1", "[Pd+2]"
    )
    found = {one.molecules for one in propose_conditions([build_store("s", [row])[0]], SUZUKI, BIARYL, Asked.HELPING)}
    assert found == {("C1COCCO1",), ("C1COCCO1", "CC(=O)[O-]", "CC(=O)[O-]", "[Pd+2]")}


def test_a_temperature_is_the_median_of_those_that_are_told() -> None:
    rows = [
        RecordedReaction("CC(=O)NCCC", "CC(=O)Cl.CCCN", "CCN(CC)CC", id=str(celsius), temperature_c=celsius)
        for celsius in (0.0, 20.0, 100.0)
    ]
    found = propose_conditions([build_store("s", rows)[0]], "CC(=O)Cl.CCN", "CCNC(C)=O", Asked.HELPING)
    assert [one.temperature_c for one in found] == [20.0]
    silent = [RecordedReaction("CC(=O)NCCC", "CC(=O)Cl.CCCN", "CCN(CC)CC")]
    found = propose_conditions([build_store("s", silent)[0]], "CC(=O)Cl.CCN", "CCNC(C)=O", Asked.HELPING)
    assert [one.temperature_c for one in found] == [None]


def test_the_change_of_a_reaction() -> None:
    template, core, spectators = find_change("CC(=O)Cl.NCc1ccccc1.CCN(CC)CC", "CC(=O)NCc1ccccc1")
    assert core == find_change("CCC(=O)Cl.CN", "CCC(=O)NC")[1]
    assert template is not None and template != core
    assert spectators == "CCN(CC)CC"
    assert find_change("CCO", "CCF")[:2] == (None, None)  # no fluorine goes in
    with pytest.raises(InvalidSmilesError):
        find_change("C(", "CC")
