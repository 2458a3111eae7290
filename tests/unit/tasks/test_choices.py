"""Texts that are one of a list."""

from __future__ import annotations

from dataclasses import replace

import pytest

from anymol.errors import InvalidTaskInputError
from anymol.inference.inputs import read_input
from anymol.tasks.choices import drop_choice, read_choice
from anymol.tasks.routing import route
from anymol.tasks.table import TASKS


def resolve(written: str) -> tuple[str, None]:
    return written, None


@pytest.mark.parametrize(
    ("task", "written", "meant"),
    [
        ("homo", "b3lyp/6-31g(2df,p)", "B3LYP/6-31G(2df,p)"),
        ("tox21", "nr ahr", "NR-AhR"),
        ("sider", "Eye_disorders", "eye disorders"),
        ("retrosynthesis_by_class", "c c bond formation", "C-C bond formation"),
    ],
)
def test_case_blanks_and_hyphens_do_not_matter(task: str, written: str, meant: str) -> None:
    assert read_choice(TASKS[task], written) == meant


def test_what_is_not_in_the_list_is_refused_with_what_is_near() -> None:
    with pytest.raises(InvalidTaskInputError, match="NR-XYZ") as caught:
        read_choice(TASKS["tox21"], "NR-XYZ")
    assert "NR-" in (caught.value.hint or "")
    with pytest.raises(InvalidTaskInputError) as caught:
        read_choice(TASKS["homo"], "quite something else")
    assert "B3LYP/6-31G(2df,p)" in (caught.value.hint or "")


def test_inputs_are_read_with_their_choice() -> None:
    parsed = read_input(TASKS["tox21"], "CCO", "sr p53", resolve)
    assert (parsed.task_input.molecule, parsed.task_input.text) == ("CCO", "SR-p53")
    parsed = read_input(TASKS["retrosynthesis_by_class"], "CCOC(C)=O", "ACYLATION", resolve)
    assert (parsed.task_input.products, parsed.task_input.text) == ("CCOC(C)=O", "acylation")
    parsed = read_input(
        TASKS["yield_prediction"], "Brc1ccccc1.OB(O)c1ccccc1>O>c1ccc(-c2ccccc2)cc1", "laboratory notebook", resolve
    )
    asked = parsed.task_input
    assert (asked.reagents, asked.products, asked.text) == ("O", "c1ccc(-c2ccccc2)cc1", "laboratory notebook")


def test_a_missing_choice_names_the_list_or_is_the_usual_one() -> None:
    with pytest.raises(InvalidTaskInputError, match="needs text") as caught:
        read_input(TASKS["tox21"], "CCO", None, resolve)
    assert "NR-AhR" in (caught.value.hint or "")
    assert read_input(TASKS["homo"], "CCO", None, resolve).task_input.text == "B3LYP/6-31G(2df,p)"


def test_a_task_takes_only_one_of_its_choices_for_granted() -> None:
    with pytest.raises(ValueError, match="none of its choices"):
        replace(TASKS["homo"], default_choice="PM6")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("the gap at the b3lyp/6-31g(2df,p) level", "the gap at the   level"),
        ("the gap at b3lyp/6-31g*", "the gap at b3lyp/6-31g*"),
        ("the gap by dft of the pubchem set", "the gap by  "),
    ],
)
def test_a_named_choice_is_accounted_for_as_a_whole(text: str, left: str) -> None:
    assert drop_choice(TASKS["homo"].choices, text) == left


def test_the_longest_choice_that_a_question_names_is_meant() -> None:
    found = route("Is <mol>CCO</mol> active in the Tox21 assay NR-AR-LBD?")
    assert (found.task, found.text, found.molecules) == ("tox21", "NR-AR-LBD", ("CCO",))
    assert route("Is <mol>CCO</mol> active in the Tox21 assay NR-AR?").text == "NR-AR"
