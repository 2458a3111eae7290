"""Ranked reactions: which stores are looked into, and when a probability is called calibrated."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from anymol.chem.atom_use import count_atom_use
from anymol.chem.mass_balance import balance_reaction
from anymol.chem.recorded_reaction import RecordedReaction
from anymol.inference.options import PredictOptions, SourceChoice
from anymol.inference.proposals.fitted import load_precursors_ranker
from anymol.inference.proposals.proposal import Proposal
from anymol.inference.sources import reactions
from anymol.inference.sources.model import ModelSource
from anymol.inference.sources.reactions import RankedReactions
from anymol.inference.sources.source import Found, Question
from anymol.retrieval.reactions import shipped_store
from anymol.retrieval.reactions.building import build_store
from anymol.retrieval.reactions.notebooks import DATA_HOME, locate_notebook
from anymol.retrieval.reactions.outcomes import Outcome, Precedent
from anymol.retrieval.reactions.store import ReactionStore
from anymol.tasks.reactions import FORWARD_REACTION, RETROSYNTHESIS
from anymol.tasks.task import ReagentsState, TaskInput

OWN = RecordedReaction("CC(=O)NCc1ccccc1", "CC(=O)OC(C)=O.NCc1ccccc1", id="p. 1")
PATENT = RecordedReaction("CC(=O)NCc1ccncc1", "CC(=O)Cl.NCc1ccncc1", id="US1")
ASKED = TaskInput(products="CC(=O)NCc1ccc(F)cc1")


def fail_to_load() -> None:
    raise AssertionError("the model was asked")


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ReactionStore:
    """A shipped store of one patent's reaction, beside a notebook of one page."""
    monkeypatch.setenv(DATA_HOME, str(tmp_path / "home"))
    build_store("ELN", [OWN])[0].save(locate_notebook("ELN"), {})
    build_store("patents", [PATENT])[0].save(tmp_path / "patents", {})
    store = ReactionStore.open(tmp_path / "patents")
    monkeypatch.setattr(shipped_store, "open_shipped", lambda: store)
    return store


def answer(**options: bool) -> Found:
    """Return what recorded reactions alone say."""
    source = RankedReactions(ModelSource(fail_to_load, "none"))  # type: ignore[arg-type]
    found = source.try_answer(
        Question(RETROSYNTHESIS, ASKED, PredictOptions(source=SourceChoice.TOOL, top_k=5, **options))
    )
    assert found is not None
    return found


def test_notebooks_are_looked_into_unless_that_is_not_wanted(shipped: ReactionStore) -> None:
    cited = {evidence.to_json()["store"] for one in answer().answers for evidence in one.evidence}
    assert cited == {"ELN", "patents"}
    alone = answer(notebooks=False)
    assert {evidence.to_json()["store"] for one in alone.answers for evidence in one.evidence} == {"patents"}


@pytest.mark.parametrize("own", [True, False])
def test_a_probability_is_calibrated_where_the_ranker_was_fitted_to_that_store(
    shipped: ReactionStore, monkeypatch: pytest.MonkeyPatch, own: bool
) -> None:
    ranker = load_precursors_ranker(asks_model=False)
    fitted = replace(ranker, first=replace(ranker.first, fit={"store": shipped.digest if own else "another"}))
    monkeypatch.setattr(reactions, "load_precursors_ranker", lambda **_: fitted)
    assert shipped.digest
    assert {one.calibrated for one in answer().answers} == {own}


def test_a_product_that_needs_a_reductant_which_nobody_mixed_is_doubted() -> None:
    asked = TaskInput(reactants="N#Cc1ccccc1", reagents="O", reagents_state=ReagentsState.SEPARATED)
    question = Question(FORWARD_REACTION, asked, PredictOptions())
    for product, doubt in (("NCc1ccccc1", "takes up 2 H2, and nothing that is mixed reduces"), ("NC(=O)c1ccccc1", "")):
        proposal = Proposal(product, balance=balance_reaction("N#Cc1ccccc1.O", product))
        found = {one.name: one for one in reactions._check(question, proposal)}
        assert (found["redox"].detail if "redox" in found else "") == doubt
    told_nothing = replace(question, task_input=replace(asked, reagents=None, reagents_state=ReagentsState.DROPPED))
    proposal = Proposal("NCc1ccccc1", balance=balance_reaction("N#Cc1ccccc1", "NCc1ccccc1"))
    assert "redox" not in {one.name for one in reactions._check(told_nothing, proposal)}
    recorded = replace(proposal, found=Outcome("NCc1ccccc1", recorded=True))
    assert "redox" in {one.name for one in reactions._check(told_nothing, recorded)}


def test_textbooks_go_first_where_no_near_precedent_speaks_for_all_reactants() -> None:
    peracid, acid = "O=C(OO)c1cccc(Cl)c1", "O=C(O)c1cccc(Cl)c1"
    precedent = Precedent(build_store("s", [PATENT])[0], 0, 0, 1.0, "t", "c")
    taught = Proposal("C1CCC2OC2C1", found=Outcome("C1CCC2OC2C1", textbook="epoxidation of an alkene", decides=True))
    guess = Proposal("O=C(OOC1CCCCC1)c1cccc(Cl)c1", written=0, log_prob=-0.5)
    near = Outcome(acid, ["t"], 1, [precedent], is_specific=True)
    idle = Proposal(acid, found=near, use=count_atom_use(f"C1=CCCCC1.{peracid}", "", acid))
    assert idle.use is not None and idle.use.idle == ("C1=CCCCC1",)
    assert reactions._is_taught_alone([guess, taught, idle])
    assert not reactions._is_taught_alone([guess, taught, Proposal(acid, found=near)])
    assert not reactions._is_taught_alone([guess, idle])
    ordered = sorted([guess, idle, taught], key=lambda one: reactions._order(one, is_taught=True))
    assert [one.smiles for one in ordered] == [taught.smiles, guess.smiles, acid]


def ask_named(transformation: str) -> Question:
    asked = TaskInput(reactants="C1=CCCCC1", reagents="CSC.O=[O+][O-]", transformation=transformation)
    return Question(FORWARD_REACTION, asked, PredictOptions())


def test_what_the_named_reaction_gives_comes_first_and_what_it_does_not_give_is_not_sure() -> None:
    ranked = [(Proposal("C1CCCCC1"), 0.89), (Proposal("O=CCCCCC=O"), 0.01)]
    followed = reactions._follow_named(ask_named("ozonolysis"), ranked)
    assert [(one.smiles, chance) for one, chance in followed] == [("O=CCCCCC=O", None), ("C1CCCCC1", None)]
    assert reactions._follow_named(ask_named(""), ranked) == ranked


def test_what_the_named_reaction_gives_is_added_where_nothing_proposes_it() -> None:
    followed = reactions._follow_named(ask_named("ozonolysis"), [(Proposal("C1CCCCC1"), 0.89)])
    assert [one.smiles for one, _ in followed] == ["O=CCCCCC=O", "C1CCCCC1"]


def test_a_probability_stands_where_the_name_leads_to_the_most_probable() -> None:
    ranked = [(Proposal("O=CCCCCC=O"), 0.8), (Proposal("C1CCCCC1"), 0.1)]
    followed = reactions._follow_named(ask_named("ozonolysis"), ranked)
    assert [chance for _, chance in followed] == [0.8, None]


def test_whether_an_answer_is_what_the_named_reaction_gives_is_checked() -> None:
    question = ask_named("ozonolysis")
    checks = {
        smiles: next(one for one in reactions._check(question, Proposal(smiles)) if one.name == "named_reaction")
        for smiles in ("O=CCCCCC=O", "C1CCCCC1")
    }
    assert [one.passed for one in checks.values()] == [True, False]
    assert checks["C1CCCCC1"].detail == "ozonolysis gives O=CCCCCC=O"


def ask_from(start: str) -> Question:
    return Question(RETROSYNTHESIS, replace(ASKED, start=start), PredictOptions())


def test_reactants_that_hold_the_start_come_first_and_others_are_not_sure() -> None:
    ranked = [(Proposal("CC(=O)O.NCc1ccc(F)cc1"), 0.6), (Proposal("CC(N)=O.FC1=CC=C(CBr)C=C1"), 0.2)]
    followed = reactions._follow_start(ask_from("CC(N)=O"), ranked)
    assert [chance for _, chance in followed] == [0.2, None]
    assert reactions._follow_start(ask_from(""), ranked) == ranked
    checks = reactions._check(ask_from("CC(N)=O"), ranked[0][0])
    assert next(one for one in checks if one.name == "starts_from").passed is False


def test_a_start_that_nothing_proposed_holds_is_refused() -> None:
    ranked = [(Proposal("CC(=O)O.NCc1ccc(F)cc1"), 0.6)]
    missed = reactions._miss_start(ask_from("Cc1ccccc1"), ranked)
    assert missed is not None and "no single step from Cc1ccccc1" in str(missed)
    assert reactions._miss_start(ask_from("CC(=O)O"), ranked) is None
    assert reactions._miss_start(ask_from(""), ranked) is None
