"""How well a task fits a question."""

from __future__ import annotations

import pytest

from anymol.modalities.content import Role
from anymol.tasks.case import Case, open_case
from anymol.tasks.routing import THRESHOLD
from anymol.tasks.table import TASKS, get_task
from anymol.tasks.task_fit import asks_reaction, find_text, reads_name, score_task


def case(question: str, beside: int = 0, *, reaction: bool = False, record: bool = False) -> Case:
    return open_case(question, beside, has_reaction=reaction, has_record=record)


def score(task: str, question: str, beside: int = 0, role: Role | None = None) -> float:
    return score_task(get_task(task), case(question, beside), role).score


def test_a_phrasing_of_the_task_itself_fits_best() -> None:
    assert score("captioning", "Describe CCO.") >= 0.9
    assert score("captioning", "Was ist CCO?") > THRESHOLD > score("captioning", "Was ist das Gewicht von CCO?")
    assert score("captioning", "Describe CCO.") > score("captioning", "Write something about CCO.")


def test_a_task_without_its_input_fits_half_as_well() -> None:
    assert score("retrosynthesis", "How can I make it?") == pytest.approx(
        score("retrosynthesis", "How can I make it?", 1) / 2
    )


def test_the_part_of_a_reaction_that_is_asked_for_lifts_one_task_and_lowers_the_others() -> None:
    question = "CC(=O)Cl and CCO react"
    plain = score("forward_reaction", question)
    assert score("forward_reaction", question, role=Role.PRODUCT) > plain
    assert score("forward_reaction", question, role=Role.REACTANT) < plain


def test_what_a_task_does_not_understand_is_left() -> None:
    found = score_task(get_task("captioning"), case("Describe the toxicity of CCO"), None)
    assert found.score >= 0.5 and found.unexplained == ("toxicity",)
    assert score_task(get_task("captioning"), case("Describe CCO."), None).unexplained == ()


def test_what_stands_in_a_text_hole_is_the_users_own() -> None:
    asked = case("Design a molecule with a zqxv group")
    assert score_task(get_task("text_guided_design"), asked, None).unexplained == ()


def test_a_value_of_a_name_that_nothing_knows_is_not_computed() -> None:
    assert score("name_to_molecule", "structure of frobnik") > 0.5 or score("captioning", "what is frobnik") < 0.5


def test_the_text_of_a_task_is_found() -> None:
    asked = case("Please replace the bromine in Brc1ccccc1 by a cyano group.")
    assert find_text(get_task("molecule_editing"), asked, None) == "replace the bromine by a cyano group"
    assert find_text(get_task("captioning"), asked, None) is None


@pytest.mark.parametrize(
    ("question", "best"),
    [
        ("Which solvent is used for this reaction?", "solvent_prediction"),
        ("Which catalyst is used for this reaction?", "catalyst_prediction"),
        ("Which solvent and which base are used for this reaction?", "reagent_prediction"),
        ("Which catalyst and solvent are used for this reaction?", "reagent_prediction"),
    ],
)
def test_several_conditions_together_are_the_reagents(question: str, best: str) -> None:
    asked = open_case(question, 0, has_reaction=True, has_record=False)
    names = ("solvent_prediction", "catalyst_prediction", "reagent_prediction", "forward_reaction")
    scores = {name: score_task(get_task(name), asked, asked.role).score for name in names}
    assert max(scores, key=lambda name: scores[name]) == best


def test_a_task_is_not_meant_where_none_of_its_choices_is_named() -> None:
    assert score("tox21", "Is CCO active in the Tox21 assay NR-AR?") > 0.5
    assert score("tox21", "Is CCO active in the Tox21 assay NR-XYZ?") == 0.0
    assert score("molecule_qa", "Question about CCO: is it a drug?") == 0.0


def test_tasks_tell_what_they_are_asked_about() -> None:
    assert {name for name, task in TASKS.items() if asks_reaction(task)} == {
        "forward_reaction",
        "retrosynthesis",
        "reagent_prediction",
        "retrosynthesis_by_class",
        "solvent_prediction",
        "catalyst_prediction",
        "yield_prediction",
        "procedure_writing",
    }
    assert {name for name, task in TASKS.items() if reads_name(task)} == {"name_to_molecule"}
