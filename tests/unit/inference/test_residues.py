"""Molecules that leave residues open."""

from __future__ import annotations

import pytest

from anymol.errors import InvalidTaskInputError
from anymol.inference.residues import require_no_open_residue
from anymol.tasks.table import TASKS
from anymol.tasks.task import TaskInput


@pytest.mark.parametrize(
    ("task", "given"),
    [
        ("captioning", TaskInput(molecule="*c1ccccc1")),
        ("molecule_to_name", TaskInput(molecule="[1*]c1ccccc1")),
        ("molecule_editing", TaskInput(molecule="*c1ccccc1", text="add a bromine")),
        ("forward_reaction", TaskInput(reactants="*CO.CC(=O)Cl")),
        ("retrosynthesis", TaskInput(products="*C(=O)OCC")),
        ("reagent_prediction", TaskInput(reactants="CO", products="*C=O")),
        ("logp", TaskInput(molecule="[*]C")),
    ],
)
def test_nothing_is_predicted_of_an_open_residue(task: str, given: TaskInput) -> None:
    with pytest.raises(InvalidTaskInputError, match="leaves a residue open"):
        require_no_open_residue(TASKS[task], given)


def test_what_a_record_shows_is_told_as_it_stands() -> None:
    require_no_open_residue(TASKS["molecule_recognition"], TaskInput(molecule="*c1ccccc1"))
    require_no_open_residue(TASKS["captioning"], TaskInput(molecule="Oc1ccccc1"))
