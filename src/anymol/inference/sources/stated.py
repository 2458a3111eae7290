"""Molecules that the records of a question state by their bonds: nothing is left to recognise."""

from __future__ import annotations

from typing import Final

from rdkit import rdBase

from anymol.chem.parsing import canonicalize_smiles
from anymol.errors import InvalidTaskInputError
from anymol.inference.agreement import read_stated, require_agreement
from anymol.inference.answers import Answer, Method
from anymol.inference.sources.source import Found, Question
from anymol.modalities.modality import Modality
from anymol.tasks.evidence import ProgramEvidence
from anymol.tasks.task import AnswerKind, Slot, Task, TaskInput
from anymol.tasks.verification import check_formula
from anymol.version import __version__

_GIVEN: Final = ProgramEvidence("RDKit", rdBase.rdkitVersion, "bonds as given")
_PERCEIVED: Final = ProgramEvidence("anymol", __version__, "bonds perceived from distances")


class StatedStructures:
    """Graphs, and geometries whose bonds are stated or were perceived."""

    method = Method.COMPUTED

    def can_answer(self, task: Task) -> bool:
        """Whether the task asks which molecule a record shows."""
        return Modality.GRAPH in task.reads and task.answer is AnswerKind.MOLECULE

    def try_answer(self, question: Question) -> Found | None:
        """Return the molecule that the records state; None where none does.

        Raises:
            InvalidTaskInputError: Two records, or a record and the formula or the molecule given, disagree.
        """
        asked = question.task_input
        smiles = _read_structure(asked)
        if smiles is None:
            return None
        places = asked.list_places(Slot.MOLECULE, (Modality.GRAPH, Modality.CONFORMER))
        is_perceived = any(part.is_perceived for part in asked.records.get(Slot.MOLECULE, ()))
        program = _PERCEIVED if is_perceived else _GIVEN
        answer = Answer(
            smiles,
            smiles,
            question.task.answer,
            self.method,
            program=str(program),
            evidence=(program, *places),
            exact=not is_perceived,
            is_perceived=is_perceived,
        )
        return Found((answer,), settled=True)


def _read_structure(task_input: TaskInput) -> str | None:
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
