"""What routes may not hold."""

from __future__ import annotations

import pytest

from anymol.errors import InvalidSmilesError, UserError
from anymol.planning.constraints import (
    BANNED_MOLECULE,
    BANNED_PATTERN,
    BANNED_PRECEDENT,
    BANNED_REACTION,
    DECLINED,
    Constraints,
    ReactionPattern,
    explain_refusal,
)
from anymol.planning.single_step import Step
from anymol.tasks.evidence import Evidence, ReactionEvidence

AMIDE = Step("CCNC(C)=O", ("CC(=O)Cl", "CCN"), 0.5)


def test_a_step_without_a_fault_has_none() -> None:
    assert Constraints().find_fault(AMIDE) is None


def test_a_banned_molecule_bans_its_stereoisomers_where_it_states_none() -> None:
    step = Step("CCOC(=O)[C@H](C)N", ("CCO", "C[C@H](N)C(=O)O"), 0.5)
    assert Constraints(molecules=("CC(N)C(=O)O",)).find_fault(step) == BANNED_MOLECULE
    assert Constraints(molecules=("C[C@H](N)C(=O)O",)).find_fault(step) == BANNED_MOLECULE
    assert Constraints(molecules=("C[C@@H](N)C(=O)O",)).find_fault(step) is None


def test_a_ban_holds_for_the_salts_too() -> None:
    step = Step("CCNC(C)=O", ("CC(=O)Cl", "CC[NH3+]"), 0.5)
    assert Constraints(molecules=("CCN",)).find_fault(step) == BANNED_MOLECULE
    assert Constraints(molecules=("CCN.Cl",)).find_fault(AMIDE) == BANNED_MOLECULE


def test_a_banned_pattern_is_looked_for_in_reactants_and_not_in_the_product() -> None:
    azide = Constraints(patterns=("[#6][N]=[N+]=[N-]",))
    assert azide.find_fault(Step("CCN", ("CCN=[N+]=[N-]",), 0.5)) == BANNED_PATTERN
    assert azide.find_fault(Step("CCN=[N+]=[N-]", ("CCBr", "[N-]=[N+]=[N-]"), 0.5)) is None


def test_a_kind_of_reaction_is_told_by_what_goes_and_comes() -> None:
    acylation = Constraints(reactions=(ReactionPattern("[CX3](=O)Cl>>[CX3](=O)[NX3]"),))
    assert acylation.find_fault(AMIDE) == BANNED_REACTION
    # The amide was there before, and the acid chloride makes an ester.
    ester = Step("CNC(=O)CCOC(C)=O", ("CC(=O)Cl", "CNC(=O)CCO"), 0.5)
    assert acylation.find_fault(ester) is None
    assert Constraints(reactions=(ReactionPattern(">>[CX3](=O)[NX3]"),)).find_fault(AMIDE) == BANNED_REACTION


def test_a_step_that_follows_a_banned_precedent_is_left_out() -> None:
    def cite(limit: int | None) -> tuple[Evidence, ...]:
        return tuple(ReactionEvidence(f"US{n}", 0.9, "patents", "CC>>CO") for n in range(5))[:limit]

    step = Step("CCO", ("CC=O",), 0.5, False, cite)
    assert Constraints(precedents=frozenset({"US4"})).find_fault(step) == BANNED_PRECEDENT
    assert Constraints(precedents=frozenset({"US9"})).find_fault(step) is None


def test_scheduled_chemicals_are_not_suggested() -> None:
    thiodiglycol = "OCCSCCO"
    assert Constraints().find_fault(Step("CC(=O)OCCSCCO", ("CC(=O)Cl", thiodiglycol), 0.5)) == DECLINED
    assert explain_refusal(thiodiglycol) is not None
    assert explain_refusal("CCO") is None


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"molecules": ("C1CC",)}, InvalidSmilesError),
        ({"patterns": ("[N",)}, UserError),
        ({"patterns": (" ",)}, UserError),
    ],
)
def test_wrong_constraints_are_refused_when_they_are_made(wrong: dict[str, tuple[str, ...]], error: type) -> None:
    with pytest.raises(error):
        Constraints(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("smarts", ["[CX3]Cl", ">>", "[N>>C"])
def test_a_pattern_of_a_reaction_has_an_arrow_and_reads(smarts: str) -> None:
    with pytest.raises(UserError):
        ReactionPattern(smarts)
