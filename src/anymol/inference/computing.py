"""Answers that a program gives exactly: properties by their definition, names by dictionary and OPSIN."""

from __future__ import annotations

from typing import Final

from rdkit import rdBase

from anymol.chem.resolve import MolType, resolve_molecule
from anymol.errors import UnknownNameError
from anymol.inference.answers import Answer, Method
from anymol.inference.choosing import verify_answer
from anymol.inference.wish import Source, Wish
from anymol.tasks.task import Task, TaskInput

NAME_TASK: Final = "name_to_molecule"
_PERCEIVED: Final = f"RDKit {rdBase.rdkitVersion}, bonds of the file"


def compute_answer(task: Task, task_input: TaskInput, wish: Wish) -> Answer | None:
    """Return the exact answer of a program, or None where none defines it."""
    if task.hides_notation and task_input.molecule:
        # The record states its bonds, or they were perceived: nothing is left to recognise.
        smiles = task_input.molecule
        checks = verify_answer(task, task_input, smiles) if wish.verify else ()
        return Answer(smiles, smiles, task.answer, Method.COMPUTED, program=_PERCEIVED, checks=checks)
    if task.compute is not None and task_input.molecule:
        computed = task.compute(task_input)
        shown = f"{computed.value:.2f}" if isinstance(computed.value, float) else str(computed.value)
        return Answer(computed.value, shown, task.answer, Method.COMPUTED, task.unit, computed.program)
    if task.name == NAME_TASK and task_input.text:
        try:
            molecule = resolve_molecule(task_input.text, MolType.NAME)
        except UnknownNameError:
            if wish.source is Source.TOOL:
                raise
            return None
        checks = verify_answer(task, task_input, molecule.smiles) if wish.verify else ()
        program = molecule.origin.value
        return Answer(molecule.smiles, molecule.smiles, task.answer, Method.COMPUTED, program=program, checks=checks)
    return None
