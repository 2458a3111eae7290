"""The table of tasks."""

from __future__ import annotations

import pytest

from anymol.errors import UnknownTaskError
from anymol.tasks.table import TASKS, get_task, suggest_tasks


def test_the_tasks_are_there_in_order() -> None:
    assert list(TASKS) == [
        "forward_reaction", "retrosynthesis", "reagent_prediction", "captioning", "molecular_weight", "logp", "tpsa",
        "name_to_molecule", "molecule_to_name", "text_guided_design", "molecule_editing", "molecule_recognition",
        "reaction_recognition", "reaction_completion", "retrosynthesis_by_class", "solvent_prediction",
        "catalyst_prediction", "yield_prediction", "procedure_writing", "exact_mass", "complexity", "qed", "homo",
        "lumo", "homo_lumo_gap", "total_energy", "dipole_moment", "solubility", "lipophilicity", "hydration_energy",
        "bbbp", "bace", "hiv", "clintox", "tox21", "sider", "human_microsomal_clearance",
        "rat_microsomal_clearance", "efflux_ratio", "kinetic_solubility", "human_plasma_binding",
        "rat_plasma_binding", "molecule_qa", "molecule_qa_choice",
        "molecule_optimisation",
    ]  # fmt: skip


def test_only_what_says_what_a_given_thing_is_goes_without_screening() -> None:
    assert {name for name, task in TASKS.items() if not task.screened} == {
        "name_to_molecule", "molecule_recognition", "reaction_recognition",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("retrosynthesys", "retrosynthesis"),
        ("Forward Reaction", "forward_reaction"),
        ("weight", "molecular_weight"),
        ("caption", "captioning"),
        ("LogP", "logp"),
        ("editing", "molecule_editing"),
    ],
)
def test_near_names_are_suggested(asked: str, near: str) -> None:
    assert suggest_tasks(asked)[0] == near
    with pytest.raises(UnknownTaskError, match=near):
        get_task(asked)


def test_far_names_list_what_is_known() -> None:
    with pytest.raises(UnknownTaskError, match="known tasks: forward_reaction"):
        get_task("zzzzz")
