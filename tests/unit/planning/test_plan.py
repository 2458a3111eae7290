"""Plans in the toy world: the right route, another one where molecules are banned, why there is none, Ctrl-C."""

from __future__ import annotations

import json

import pytest

from anymol.errors import InvalidSmilesError, RefusedError, UserError
from anymol.inference.proposals.ranking import ProposalRanker
from anymol.metrics.choice import ChoiceModel
from anymol.planning.constraints import Constraints
from anymol.planning.failures import Reason
from anymol.planning.plan import Ended, Plan, PlanOptions, plan_routes, read_target
from anymol.planning.search import SearchKind
from anymol.planning.single_step import RankedStep, Step
from anymol.planning.stock import make_stock
from anymol.retrieval.reactions.store import ReactionStore

PARACETAMOL = "CC(=O)Nc1ccc(O)cc1"
ANHYDRIDE, CHLORONITROBENZENE, PHENOL = "CC(=O)OC(C)=O", "O=[N+]([O-])c1ccc(Cl)cc1", "Oc1ccccc1"
AMINOPHENOL, NITROPHENOL = "Nc1ccc(O)cc1", "O=[N+]([O-])c1ccc(O)cc1"
KETONE, OXIME = "CC(=O)c1ccc(O)cc1", "CC(=NO)c1ccc(O)cc1"


@pytest.fixture
def step(toy_store: ReactionStore, ranker: ChoiceModel) -> RankedStep:
    return RankedStep([toy_store], rankers=(ProposalRanker(ranker), ProposalRanker(ranker)))


def _products(plan: Plan) -> list[list[str]]:
    return [[one.product for one in alternative.best.steps] for alternative in plan.alternatives]


@pytest.mark.parametrize("kind", list(SearchKind))
def test_paracetamol_is_made_by_its_nitro_route(step: RankedStep, kind: SearchKind) -> None:
    stock = make_stock("shelf", [ANHYDRIDE, CHLORONITROBENZENE])
    plan = plan_routes(PARACETAMOL, step, stock, options=PlanOptions(seconds=5, search=kind, first=True))
    assert plan.is_solved
    best = plan.alternatives[0].best
    assert [one.product for one in best.steps] == [NITROPHENOL, AMINOPHENOL, PARACETAMOL]
    assert best.steps[0].reactants == ("O", CHLORONITROBENZENE)
    assert best.length == 3
    assert [one.id for made in best.steps for one in made.list_evidence(1)] == [
        "hydrolysis",
        "reduction",
        "acetylation",
    ]
    assert plan.ended is Ended.FIRST
    assert (plan.missing, plan.near_misses) == ((), ())
    json.dumps(plan.to_json(), allow_nan=False)


def test_both_routes_are_alternatives(step: RankedStep) -> None:
    stock = make_stock("shelf", [ANHYDRIDE, CHLORONITROBENZENE, PHENOL])
    plan = plan_routes(PARACETAMOL, step, stock, options=PlanOptions(seconds=60))
    assert plan.ended is Ended.EXHAUSTED
    assert [NITROPHENOL, AMINOPHENOL, PARACETAMOL] in _products(plan)
    assert [KETONE, OXIME, PARACETAMOL] in _products(plan)


def test_a_banned_intermediate_forces_the_other_route(step: RankedStep) -> None:
    stock = make_stock("shelf", [ANHYDRIDE, CHLORONITROBENZENE, PHENOL])
    plan = plan_routes(
        PARACETAMOL, step, stock, options=PlanOptions(seconds=60), constraints=Constraints(molecules=(AMINOPHENOL,))
    )
    assert _products(plan)[0] == [KETONE, OXIME, PARACETAMOL]
    assert not any(AMINOPHENOL in route for route in _products(plan))


def test_a_route_that_is_longer_than_asked_is_not_found_and_the_reason_is_told(step: RankedStep) -> None:
    stock = make_stock("shelf", [ANHYDRIDE, CHLORONITROBENZENE])
    plan = plan_routes(PARACETAMOL, step, stock, options=PlanOptions(steps=2, seconds=60))
    assert not plan.is_solved
    assert plan.first_after is None
    reasons = {one.smiles: one for one in plan.missing}
    assert reasons[NITROPHENOL].reason is Reason.TOO_DEEP
    assert reasons[NITROPHENOL].nearest == CHLORONITROBENZENE
    json.dumps(plan.to_json(), allow_nan=False)


def test_why_an_unreachable_target_is_unreachable(step: RankedStep) -> None:
    """Without phenol the ketone is made of chlorobenzene, by the hydrolysis; for that the toy world has no reaction."""
    banned = Constraints(molecules=(AMINOPHENOL, PHENOL))
    stock = make_stock("shelf", [ANHYDRIDE, PHENOL])
    plan = plan_routes(PARACETAMOL, step, stock, options=PlanOptions(seconds=60), constraints=banned)
    assert not plan.is_solved
    made = {molecule for route in plan.near_misses for one in route.steps for molecule in one.reactants}
    assert not made & {AMINOPHENOL, PHENOL}
    reasons = {one.smiles: one.reason for one in plan.missing}
    assert reasons["Clc1ccccc1"] is Reason.NOTHING_PROPOSED


def test_a_branch_that_ends_at_what_is_banned_says_so(table_step) -> None:
    step = table_step({"CCCCO": [("CCCC=O", 0.5)], "CCCC=O": [("CCC=C", 0.3), ("CCCCBr", 0.2)]})
    banned = Constraints(molecules=("CCC=C",), patterns=("CBr",))
    plan = plan_routes("CCCCO", step, make_stock("shelf", ["CCO"]), constraints=banned)
    (missing,) = plan.missing
    assert (missing.smiles, missing.reason) == ("CCCC=O", Reason.ALL_LEFT_OUT)
    assert missing.detail == "1 because it uses a banned molecule; 1 because a molecule of it has a banned pattern"


def test_nothing_proposed_is_said_of_the_target_itself(table_step) -> None:
    plan = plan_routes("CCCCO", table_step({}), make_stock("shelf", ["CCO"]))
    (missing,) = plan.missing
    assert (missing.smiles, missing.reason) == ("CCCCO", Reason.NOTHING_PROPOSED)
    assert missing.nearest == "CCO"


def test_control_c_gives_what_was_found_so_far() -> None:
    class Interrupted:
        name = "interrupted"

        def propose(self, product: str) -> list[Step]:
            if product == "CCCC=O":
                raise KeyboardInterrupt
            return [Step(product, ("CCCCBr",), 0.6), Step(product, ("CCCC=O",), 0.4)]

    plan = plan_routes("CCCCO", Interrupted(), make_stock("shelf", ["CCCCBr"]))
    assert plan.ended is Ended.INTERRUPTED
    assert isinstance(plan.interruption, KeyboardInterrupt)
    assert _products(plan) == [["CCCCO"]]


def test_the_time_is_kept(table_step) -> None:
    plan = plan_routes("CCCCO", table_step({}), make_stock("shelf", ["CCO"]), options=PlanOptions(seconds=1e-9))
    assert plan.ended is Ended.TIME
    assert plan.missing[0].reason is Reason.NOT_LOOKED_AT


def test_a_target_in_the_stock_is_planned_for_and_not_made_of_its_salt(table_step) -> None:
    step = table_step({"CC(=O)O": [("CC(=O)[O-]", 0.9), ("CCO", 0.1)]})
    plan = plan_routes("CC(=O)O", step, make_stock("shelf", ["CC(=O)O", "CC(=O)[O-].[Na+]", "CCO"]))
    assert plan.in_stock is not None
    assert [one.best.steps[0].reactants for one in plan.alternatives] == [("CCO",)]


def test_scheduled_chemicals_are_refused_as_targets_and_left_out_on_the_way(table_step) -> None:
    sarin = "CC(C)OP(C)(=O)F"
    with pytest.raises(RefusedError):
        plan_routes(sarin, table_step({}), make_stock("shelf", ["CCO"]))
    with pytest.raises(RefusedError):
        plan_routes(f"{sarin}.CCO", table_step({}), make_stock("shelf", ["CCO"]))
    step = table_step({"CCCCP(=O)(OC)OC": [("CCCCBr.COP(OC)OC", 0.9)]})
    plan = plan_routes("CCCCP(=O)(OC)OC", step, make_stock("shelf", ["CCCCBr"]))
    (missing,) = plan.missing
    assert (missing.smiles, missing.reason) == ("COP(OC)OC", Reason.DECLINED)  # it may be bought, not made
    assert "COP(OC)OC" not in step.asked


def test_salts_and_open_configurations_of_the_target_are_said() -> None:
    smiles, (salt, open_ones) = read_target("CC(N)c1ccccc1.Cl")
    assert smiles == "CC(N)c1ccccc1"
    assert salt == "planned for CC(N)c1ccccc1, the parent of the salt or mixture CC(N)c1ccccc1.Cl"
    neutral, (ion,) = read_target("CCCC[NH+](C)C")
    assert (neutral, ion) == ("CCCCN(C)C", "planned for CCCCN(C)C, the neutral form of CCCC[NH+](C)C")
    assert read_target("CC[N+](C)(C)C") == ("CC[N+](C)(C)C", ())  # a charge that no proton takes away
    assert open_ones.startswith("1 stereocentre ")
    assert read_target("C[C@H](N)c1ccccc1")[1] == ()


def test_progress_is_told_after_each_molecule(table_step) -> None:
    seen: list[int] = []
    step = table_step({"CCCCO": [("CCCC=O", 0.5)], "CCCC=O": [("CCC", 0.5)]})
    plan_routes("CCCCO", step, make_stock("shelf", ["CCO"]), told=lambda progress: seen.append(progress.molecules))
    assert seen == [1, 2, 3]


@pytest.mark.parametrize(
    "wrong", [{"steps": 0}, {"steps": 99}, {"seconds": 0.0}, {"molecules": 0}, {"alternatives": 0}]
)
def test_options_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(UserError):
        PlanOptions(**wrong)  # type: ignore[arg-type]


def test_a_broken_target_says_where(table_step) -> None:
    with pytest.raises(InvalidSmilesError):
        plan_routes("C1CC", table_step({}), make_stock("shelf", ["CCO"]))
