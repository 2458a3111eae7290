"""Answers that a program gives exactly: properties by their definition, names by dictionary and OPSIN."""

from __future__ import annotations

from typing import Final

from rdkit import rdBase

from anymol.chem.parsing import canonicalize_smiles
from anymol.chem.resolve import MolType, resolve_molecule
from anymol.errors import InvalidTaskInputError, UnknownNameError
from anymol.inference.agreement import read_stated, require_agreement
from anymol.inference.answers import Answer, Method
from anymol.inference.choosing import verify_answer
from anymol.inference.wish import Source, Wish
from anymol.tasks.task import AnswerKind, Slot, Task, TaskInput
from anymol.tasks.verification import check_formula

NAME_TASK: Final = "name_to_molecule"
_PERCEIVED: Final = f"RDKit {rdBase.rdkitVersion}, bonds as given"


def compute_answer(task: Task, task_input: TaskInput, wish: Wish) -> Answer | None:
    """Return the exact answer of a program, or None where none defines it."""
    if task.recognises and task.answer is AnswerKind.MOLECULE and (smiles := _read_structure(task_input)):
        # The records state their bonds, or they were perceived: nothing is left to recognise.
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


def _read_structure(task_input: TaskInput) -> str | None:
    """Return the molecule that the records of a question state; None where none does.

    Raises:
        InvalidTaskInputError: Two records, or a record and the formula or the molecule given, disagree.
    """
    smiles = read_stated(task_input.records.get(Slot.MOLECULE, ()))
    if smiles is None:
        return None
    require_agreement(task_input)
    if task_input.molecule:  # one of them may leave out the stereochemistry
        smiles = max(smiles, canonicalize_smiles(task_input.molecule), key=len)
    if task_input.formula and check_formula(task_input.formula, smiles).passed is False:
        raise InvalidTaskInputError(
            f"the formula is not that of the record, {smiles}", value=task_input.formula, hint="leave one of them out"
        )
    return smiles
