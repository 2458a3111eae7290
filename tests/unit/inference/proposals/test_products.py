"""What products take and leave, and which of them are possible with what is mixed."""

from __future__ import annotations

from anymol.inference.proposals.products import _count, _keep_possible, _leave_out_ions
from anymol.inference.proposals.proposal import Proposal
from anymol.retrieval.reactions.outcomes import Outcome
from anymol.tasks.task import ReagentsState, TaskInput


def _propose(asked: TaskInput, *products: str) -> list[Proposal]:
    return [_count(asked, Proposal(one, found=Outcome(one))) for one in products]


def _mix(reactants: str, reagents: str) -> TaskInput:
    return TaskInput(reactants=reactants, reagents=reagents, reagents_state=ReagentsState.SEPARATED)


def test_no_alcohol_is_oxidised_by_sulfuric_acid() -> None:
    asked = _mix("OC1CCCCC1", "O=S(=O)(O)O")
    kept = _keep_possible(asked, _propose(asked, "O=C1CCCCC1", "C1=CCCCC1"))
    assert [one.smiles for one in kept] == ["C1=CCCCC1"]
    told_nothing = TaskInput(reactants="OC1CCCCC1", reagents_state=ReagentsState.DROPPED)
    assert len(_keep_possible(told_nothing, _propose(told_nothing, "O=C1CCCCC1", "C1=CCCCC1"))) == 2


def test_hydrogen_may_be_unrecorded() -> None:
    asked = _mix("N#Cc1ccccc1", "O")
    assert len(_keep_possible(asked, _propose(asked, "NCc1ccccc1", "NC(=O)c1ccccc1"))) == 2


def test_who_names_a_reagent_names_what_reduces() -> None:
    """Benzonitrile and lye give no benzylamine."""
    lye, hydride = _mix("N#Cc1ccccc1", "O.[Na+].[OH-]"), _mix("N#Cc1ccccc1", "[AlH4-].[Li+]")
    for asked, kept in ((lye, ["NC(=O)c1ccccc1"]), (hydride, ["NCc1ccccc1", "NC(=O)c1ccccc1"])):
        proposals = _keep_possible(asked, _propose(asked, "NCc1ccccc1", "NC(=O)c1ccccc1"))
        assert [one.smiles for one in proposals] == kept


def test_the_bare_ion_of_what_is_asked_about_alone_is_no_product() -> None:
    alone, with_base = _mix("O=C(O)CC(=O)O", ""), _mix("CC(=O)O", "[Na+].[OH-]")
    proposals = _leave_out_ions(alone, _propose(alone, "O=C([O-])CC(=O)[O-]", "CC(=O)O"))
    assert [one.smiles for one in proposals] == ["CC(=O)O"]
    assert len(_leave_out_ions(with_base, _propose(with_base, "CC(=O)[O-]"))) == 1


def test_where_nothing_is_possible_all_stay() -> None:
    asked = _mix("OC1CCCCC1", "O=S(=O)(O)O")
    assert len(_keep_possible(asked, _propose(asked, "O=C1CCCCC1"))) == 1


def test_a_product_says_what_it_takes_and_leaves() -> None:
    asked = _mix("CC(=O)Cl.NCc1ccccc1", "CCN(CC)CC.ClCCl")
    (found,) = _propose(asked, "CC(=O)NCc1ccccc1")
    assert found.use is not None and found.use.idle == ()
    assert found.balance is not None and found.balance.left == ("HCl",)
    assert found.helped == 0.0  # no precedent tells what helped
