"""Molecules that leave residues open: what stands for any residue is not an atom, and nothing is predicted of it."""

from __future__ import annotations

from anymol.chem.parsing import parse_smiles
from anymol.chem.unwritten import is_open
from anymol.errors import InvalidTaskInputError
from anymol.tasks.prompt import ROLES
from anymol.tasks.task import Task, TaskInput


def require_no_open_residue(task: Task, task_input: TaskInput) -> None:
    """Refuse a question about molecules of which a residue (``*``, R, X) is left open.

    A model would read the sign as some atom or other, and its answer would be about another molecule. What a file or
    drawing shows is told as it stands.

    Raises:
        InvalidTaskInputError: Naming the molecule.
    """
    if task.recognises:
        return
    for slot in ROLES:
        smiles = task_input.get(slot)
        if smiles and "*" in smiles and is_open(parse_smiles(smiles)):
            raise InvalidTaskInputError(
                f"the molecule leaves a residue open ('*'), so that {task.name} has no answer",
                value=smiles,
                hint="write what stands there",
            )
