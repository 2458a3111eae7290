"""What is remembered of the single step, and what is left out of its answers."""

from __future__ import annotations

from anymol.errors import InvalidSmilesError
from anymol.planning.constraints import BANNED_MOLECULE, Constraints
from anymol.planning.expansions import LEAST, UNREADABLE, WIDEST, Expander
from anymol.planning.single_step import Step


def test_each_molecule_is_asked_about_once(table_step) -> None:
    told: list[int] = []
    step = table_step({"CCO": [("CC=O", 0.5)]})
    expander = Expander(step, Constraints(), lambda: told.append(1))
    assert [one.reactants for one in expander.expand("CCO")] == [("CC=O",)]
    assert expander.expand("CCO") == expander.table["CCO"].steps
    assert (step.asked, told) == (["CCO"], [1])


def test_steps_that_make_a_molecule_of_itself_are_none(table_step) -> None:
    step = table_step({"CC(=O)O": [("CC(=O)[O-]", 0.5), ("CC(=O)O.CCO", 0.3), ("CCO", 0.1)]})
    assert [one.reactants for one in Expander(step, Constraints()).expand("CC(=O)O")] == [("CCO",)]


def test_what_is_banned_is_counted(table_step) -> None:
    step = table_step({"CCO": [("CC=O", 0.5), ("C=C.O", 0.2)]})
    expander = Expander(step, Constraints(molecules=("CC=O",)))
    assert [one.reactants for one in expander.expand("CCO")] == [("C=C", "O")]
    assert expander.table["CCO"].left_out == {BANNED_MOLECULE: 1}


def test_improbable_steps_and_more_than_enough_are_not_gone_on_with(table_step) -> None:
    many = [(f"{'C' * n}Br", 0.01) for n in range(2, 60)]
    assert len(Expander(table_step({"CCO": many}), Constraints()).expand("CCO")) == WIDEST
    assert Expander(table_step({"CCO": [("CC=O", LEAST / 2)]}), Constraints()).expand("CCO") == ()


def test_what_the_single_step_cannot_read_has_no_steps() -> None:
    class Unable:
        name = "unable"

        def propose(self, product: str) -> list[Step]:
            raise InvalidSmilesError("it has a dummy atom", value=product)

    expander = Expander(Unable(), Constraints())
    assert expander.expand("*CO") == ()
    assert expander.table["*CO"].fault == "it has a dummy atom"


def test_reactants_that_cannot_be_read_cost_their_step_alone(table_step) -> None:
    expander = Expander(table_step({"CCO": [("C1CC", 0.5), ("CC=O", 0.3)]}), Constraints())
    assert [one.reactants for one in expander.expand("CCO")] == [("CC=O",)]
    assert expander.table["CCO"].left_out == {UNREADABLE: 1}


def test_a_scheduled_chemical_is_not_asked_about(table_step) -> None:
    step = table_step({"OCCSCCO": [("OCCCl", 0.5)]})
    expander = Expander(step, Constraints())
    assert expander.expand("OCCSCCO") == ()
    assert "thiodiglycol" in str(expander.table["OCCSCCO"].refusal)
    assert step.asked == []
