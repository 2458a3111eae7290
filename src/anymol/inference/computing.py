"""Answers that a program gives exactly: properties by their definition, names by dictionary and OPSIN."""

from __future__ import annotations

from typing import Final

from rdkit import rdBase

from anymol.chem.parsing import canonicalize_smiles
from anymol.chem.resolve import MolType, resolve_molecule
from anymol.errors import InvalidTaskInputError, UnknownNameError
from anymol.inference.answers import Answer, Method
from anymol.inference.choosing import verify_answer
from anymol.inference.wish import Source, Wish
from anymol.modalities.content import ConformerPart, GraphPart
from anymol.tasks.task import AnswerKind, Slot, Task, TaskInput
from anymol.tasks.verification import check_formula

NAME_TASK: Final = "name_to_molecule"
_PERCEIVED: Final = f"RDKit {rdBase.rdkitVersion}, bonds as given"


def compute_answer(task: Task, task_input: TaskInput, wish: Wish) -> Answer | None:
    """Return the exact answer of a program, or None where none defines it."""
    if task.hides_notation and task.answer is AnswerKind.MOLECULE and (smiles := _read_structure(task_input)):
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
    parts = task_input.records.get(Slot.MOLECULE, ())
    stated = [".".join(part.smiles for part in parts if isinstance(part, GraphPart))]
    stated += [part.smiles for part in parts if isinstance(part, ConformerPart) and part.smiles]
    found = {canonicalize_smiles(smiles) for smiles in stated if smiles}
    if not found:
        return None
    if task_input.molecule:
        found.add(canonicalize_smiles(task_input.molecule))
    if len({canonicalize_smiles(smiles, isomeric=False) for smiles in found}) > 1:
        raise InvalidTaskInputError(
            "the records show different molecules", value=", ".join(sorted(found)), hint="ask about each by itself"
        )
    smiles = max(found, key=len)  # a geometry tells the stereochemistry that a drawing may leave out
    if task_input.formula and check_formula(task_input.formula, smiles).passed is False:
        raise InvalidTaskInputError(
            f"the formula is not that of the record, {smiles}", value=task_input.formula, hint="leave one of them out"
        )
    return smiles
