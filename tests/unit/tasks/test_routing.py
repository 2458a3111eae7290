"""Free questions: the task or the calculations, the text and the molecules found in them, and what is outside.

The questions stand in ``benchmarks/questions.jsonl``, each with its label.
"""

from __future__ import annotations

import hashlib
import re
import time
from pathlib import Path

import pytest

from anymol.calculations.table import CALCULATIONS
from anymol.errors import UnknownTaskError
from anymol.evaluation.routed_questions import (
    OUTSIDE,
    Beside,
    RoutedQuestion,
    count_routed,
    read_labelled_questions,
    route_labelled,
)
from anymol.tasks.routing import THRESHOLD, read_request, route
from anymol.tasks.table import TASKS

HOME = Path(__file__).parents[3]
QUESTIONS = read_labelled_questions(HOME / "benchmarks" / "questions.jsonl")


@pytest.fixture(scope="module")
def routed() -> list[RoutedQuestion]:
    """All questions, routed."""
    return [route_labelled(one) for one in QUESTIONS]


# ------------------------------------------------------------------------------------------------------ the set


def test_the_set_is_large_and_holds_what_is_outside() -> None:
    assert len(QUESTIONS) >= 600
    assert sum((OUTSIDE,) in one.routes for one in QUESTIONS) >= 0.15 * len(QUESTIONS)
    assert {one.given for one in QUESTIONS} == set(Beside)


def test_every_route_is_known_and_every_task_and_calculation_is_asked() -> None:
    named = {name for one in QUESTIONS for names in one.routes for name in names}
    asked = {name for name, task in TASKS.items() if not task.by_name_only}
    assert named == {*asked, *CALCULATIONS, OUTSIDE}


def test_no_question_is_asked_twice_and_no_wording_is_in_both_splits() -> None:
    assert len({(one.question, one.given) for one in QUESTIONS}) == len(QUESTIONS)
    splits = {one.family: one.split for one in QUESTIONS}
    assert all(splits[one.family] == one.split for one in QUESTIONS)
    assert {one.split for one in QUESTIONS} == {"tune", "final"}
    for one in QUESTIONS:
        is_final = int(hashlib.sha256(one.family.encode()).hexdigest(), 16) % 10 < 4
        assert one.split == "tune" or is_final  # drawn by the name of the wording, never by hand


# --------------------------------------------------------------------------------------------------- the figures


def test_what_the_rules_were_written_on_is_held(routed: list[RoutedQuestion]) -> None:
    figures = count_routed(one for one in routed if one.asked.split == "tune")
    assert figures.accuracy >= 0.97  # a word that nothing explains is put back, rather than passed over
    assert figures.silent == 0
    assert figures.molecules[1] == figures.molecules[0] > 800
    assert figures.texts[1] == figures.texts[0] > 50


def test_unseen_wordings_are_routed_and_hardly_ever_answered_as_another_question(routed: list[RoutedQuestion]) -> None:
    figures = count_routed(one for one in routed if one.asked.split == "final")
    assert figures.accuracy >= 0.95
    assert figures.silent_share < 0.01
    assert figures.molecules[1] >= 0.97 * figures.molecules[0]


def test_the_page_of_results_states_these_figures(routed: list[RoutedQuestion]) -> None:
    page = (HOME / "docs" / "results" / "routing.md").read_text(encoding="utf-8")
    for split in ("tune", "final"):
        figures = count_routed(one for one in routed if one.asked.split == split)
        stated = re.search(rf"^\| {split} \| (\d+) \| ([\d.]+)% \| ([\d.]+)% ", page, re.MULTILINE)
        assert stated is not None and int(stated[1]) == figures.asked
        assert float(stated[2]) == pytest.approx(100 * figures.accuracy, abs=0.5)
        assert float(stated[3]) == pytest.approx(100 * figures.silent_share, abs=0.3)


def test_scores_of_what_is_answered_lie_above_the_threshold(routed: list[RoutedQuestion]) -> None:
    scores = [one.found.score for one in routed if one.found is not None]
    assert len(scores) > 500
    assert all(THRESHOLD <= score <= 1.0 for score in scores)


def test_the_same_question_goes_the_same_way_whatever_was_asked_before(routed: list[RoutedQuestion]) -> None:
    again = [route_labelled(one.asked) for one in reversed(routed[::5])]
    assert [(one.went_to, one.found) for one in reversed(again)] == [(one.went_to, one.found) for one in routed[::5]]


# ----------------------------------------------------------------------------------------------- single questions


def test_a_question_may_ask_for_several_calculations() -> None:
    found = route("formula, number of rings and InChIKey of naphthalene, please")
    assert found.task == ""
    assert found.calculations == ("formula", "ring_count", "inchikey")
    assert found.molecules == ("naphthalene",)
    assert found.request is not None and found.request.calculations == found.calculations


def test_a_calculation_that_is_a_task_goes_to_the_task() -> None:
    assert route("molar mass of aspirin").task == "molecular_weight"
    assert route("molar mass of aspirin and of caffeine").calculations == ("average_mass",)


@pytest.mark.parametrize(
    ("question", "outside"),
    [
        ("Would a methyl ester be less lipophilic?", True),
        ("How lipophilic is it?", False),
        ("Why is its logP so high?", True),
        ("Is the predicted logP reliable?", True),
        ("What is its logP?", False),
        ("Would a methyl ester be more lipophilic?", True),
        ("Is its molecular weight below 500?", False),
    ],
)
def test_a_value_is_not_told_where_another_molecule_or_a_reason_is_wanted(question: str, outside: bool) -> None:
    if outside:
        with pytest.raises(UnknownTaskError):
            route(question, has_molecule=True)
    else:
        assert route(question, has_molecule=True).task in ("logp", "molecular_weight")


def test_a_whole_route_is_not_taken_for_one_step() -> None:
    with pytest.raises(UnknownTaskError):
        route("benzocaine from toluene")
    assert route("How can I make benzocaine?").task == "retrosynthesis"


def test_the_part_of_a_reaction_that_is_asked_for_decides() -> None:
    assert route("Which starting materials give the product CCOC(C)=O?").task == "retrosynthesis"
    assert route("Which product do the starting materials CC(=O)O and CCO give?").task == "forward_reaction"
    assert route("What product do the reagents CC(=O)Cl and CCO give?").task == "forward_reaction"
    assert route("Which reagents turn CC(=O)c1ccccc1 into CC(O)c1ccccc1?").task == "reagent_prediction"


def test_tags_say_how_a_molecule_is_written() -> None:
    assert route("What is the formula of <SMILES> CCO </SMILES>?").molecules == ("CCO",)
    assert route("<IUPAC> 2-chloropyridine </IUPAC> in SMILES?").text == "2-chloropyridine"
    found = route("How many atoms of each element are in <MOLFORMULA> C9H8O4 </MOLFORMULA>?")
    assert (found.calculations, found.molecules) == (("atom_counts",), ("C9H8O4",))


@pytest.mark.parametrize("question", ["", "  ", "?", "\n\t", "\ue001", "\u00a4", "\x00", "\ud800"])
def test_an_empty_question_is_outside(question: str) -> None:
    with pytest.raises(UnknownTaskError):
        route(question)


def test_questions_outside_are_refused_with_a_hint() -> None:
    with pytest.raises(UnknownTaskError, match="outside what I was trained for") as caught:
        route("Who discovered ethanol?")
    assert "list of tasks" in (caught.value.hint or "")


def test_nearest_tasks_are_named() -> None:
    with pytest.raises(UnknownTaskError) as caught:
        route("Is the predicted molar mass reliable?", has_molecule=True)
    assert "molecular_weight" in (caught.value.hint or "")


def test_a_question_that_points_at_nothing_is_told_so() -> None:
    with pytest.raises(UnknownTaskError, match="points at a molecule, and none is given"):
        route("What is the logP of this compound?")


def test_two_things_that_no_answer_covers_are_both_named() -> None:
    with pytest.raises(UnknownTaskError, match="of this question I understand") as caught:
        route("What is its TPSA, and suggest a retrosynthesis.", has_molecule=True)
    assert "tpsa" in (caught.value.hint or "") and "retrosynthesis" in (caught.value.hint or "")


def test_others_are_listed_best_first() -> None:
    others = route("What is the product of this reaction and which reagents are needed?", has_reaction=True).others
    assert [score for _, score in others] == sorted((score for _, score in others), reverse=True)


@pytest.mark.parametrize(
    "question",
    [
        "what is " * 2000, "C" * 10_000, "(" * 10_000, "design a molecule with " * 500, "mass and " * 3000,
        "<mol>" * 2000, "aspirin " * 2000, "1,2-" * 3000, "a" * 20_000, "what? " * 3000, "[" * 5000, "C1" * 4000,
    ],
)  # fmt: skip
def test_hostile_questions_return_quickly(question: str) -> None:
    started = time.process_time()
    try:
        route(question)
    except UnknownTaskError as error:
        assert len(error.input or "") < 200
    assert time.process_time() - started < 5.0


# ----------------------------------------------------------------------------------------------------- requests


def test_a_request_says_what_is_calculated_of_which_molecule() -> None:
    found = read_request("How many stereocentres does menthol have?")
    assert found is not None
    assert found.calculations == ("stereocentres",)
    assert [mention.text for mention in found.mentions] == ["menthol"]


def test_there_is_no_request_where_a_task_answers_or_nothing_does() -> None:
    assert read_request("Predict the product of CC(=O)Cl and CCO.") is None
    assert read_request("What is the boiling point of ethanol?") is None


@pytest.mark.parametrize("question", ["aspirin", "CCO", "acetic acid?", "benzene."])
def test_a_molecule_alone_asks_nothing_and_is_told_what_could_be_asked(question: str) -> None:
    with pytest.raises(UnknownTaskError, match="asks nothing") as refused:
        route(question)
    assert question.rstrip("?.") in str(refused.value.hint)
