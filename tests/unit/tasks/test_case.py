"""A free question with what is given beside it."""

from __future__ import annotations

from anymol.modalities.content import Role
from anymol.tasks.case import Case, open_case
from anymol.tasks.cues import HERE


def case(question: str, beside: int = 0, *, reaction: bool = False, record: bool = False) -> Case:
    return open_case(question, beside, has_reaction=reaction, has_record=record)


def test_molecules_beside_and_in_the_question_count_together() -> None:
    assert case("Is this the same as aspirin?", 1).molecules == 2
    assert case("Is CCO the same as ethanol?").molecules == 2
    assert case("What is it?").molecules == 0 and not case("What is it?").has_molecule
    assert case("What is it?", record=True).has_molecule and case("What is it?", record=True).only_record
    assert not case("What is it?", 1, record=True).only_record


def test_the_parts_of_a_question_show_one_sign_for_every_molecule() -> None:
    opened = case("Given CCO, what is the mass of aspirin?")
    assert opened.asked == f"what is the mass of {HERE}?"
    assert opened.told == f"given {HERE}"


def test_a_reaction_is_given_beside_or_written() -> None:
    assert case("Which reagents?", reaction=True).has_reaction
    assert case("Which reagents for CCO>>CC=O?").has_reaction
    assert case("Which reagents for CCO>>CC=O?").role is Role.REAGENT
    assert not case("Which reagents for CCO?").has_reaction


def test_a_question_may_be_about_one_name() -> None:
    assert case("structure of 2-chloropyridine").asks_about_name
    assert not case("structure of 2-chloropyridine", 1).asks_about_name
    assert not case("structure of CCO").asks_about_name and case("structure of CCO").writes_structure


def test_words_that_nothing_knows_and_bare_formulas_are_told() -> None:
    assert case("structure of frobnik").is_strange and not case("structure of aspirin").is_strange
    assert case("mass of C17H19NO3").is_formula
    assert not case("mass of NaCl").is_formula  # a name too: one molecule has it
    assert not case("is this C17H19NO3?", 1).is_formula
