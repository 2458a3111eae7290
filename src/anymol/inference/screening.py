"""What is neither answered nor given out: scheduled chemical weapons and their listed precursors.

The one place that decides it, for every task, source and record. :mod:`anymol.chem.hazards` recognises the chemicals of
the schedules; what is done about one depends on what happens to it in the question, as the Convention itself treats its
schedules. Schedule 1 has next to no use but weapons. The precursors of schedule 2 are made in small amounts for other
uses; schedule 3 holds chemicals of trade, such as thionyl chloride and hydrogen cyanide, that are in every laboratory.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Final

from anymol.chem.hazards import Hazard, screen
from anymol.chem.perception import perceive_molecule
from anymol.chem.reaction import parse_reaction
from anymol.errors import AnyMolError, InvalidTaskInputError, RefusedError
from anymol.modalities.conformer import Conformer
from anymol.modalities.content import RecordPart, Role
from anymol.modalities.graph import MolecularGraph
from anymol.modalities.image import MoleculeImage
from anymol.synthesis.graph import restore_molecule
from anymol.tasks.prompt import ROLES, find_missing
from anymol.tasks.task import STRUCTURES, AnswerKind, Slot, Task, TaskInput


class _Use(Enum):
    """What happens to a molecule in a question."""

    MADE = "made or designed"
    """A product, a design: all schedules are declined."""
    CHANGED = "changed"
    """What a design begins with: schedules 1 and 2 are declined."""
    USED = "used"
    """A given reactant or reagent: schedule 1 and the toxic chemicals of schedule 2 are declined."""
    SUGGESTED = "suggested to be used"
    """A reactant or reagent of an answer: only the precursors of schedule 3 are given out."""


_SLOTS: Final = {
    Slot.PRODUCTS: _Use.MADE,
    Slot.MOLECULE: _Use.CHANGED,
    Slot.REACTANTS: _Use.USED,
    Slot.REAGENTS: _Use.USED,
}


def is_screened(task: Task) -> bool:
    """Whether the answers of a task are molecules to be made or designed, or ways to them: a procedure, a yield."""
    return task.screened and (task.answer in STRUCTURES or Slot.PRODUCTS in task.required)


def require_harmless(task: Task, task_input: TaskInput) -> None:
    """Refuse a question that holds a scheduled chemical weapon or a listed precursor where it may not.

    Raises:
        RefusedError: Naming what was found.
        InvalidTaskInputError: A graph does not say which molecule it is, so that it cannot be screened.
    """
    if not is_screened(task):
        return
    for slot, use in _SLOTS.items():
        for smiles in _list_molecules(task_input, slot):
            hazard = screen(smiles)
            if hazard is not None and _is_refused(hazard, use):
                raise RefusedError(
                    f"declined: {hazard}",
                    value=smiles,
                    hint=f"{task.name} declines the Convention's scheduled chemicals where they are {use.value}",
                )


def is_declined(task: Task, task_input: TaskInput, answer: str) -> bool:
    """Whether an answer is not given out.

    Args:
        task: What was asked.
        task_input: What it was asked about.
        answer: SMILES, or reaction SMILES, of an answer.
    """
    if not is_screened(task) or task.answer not in STRUCTURES:
        return False
    found = ((screen(smiles), use) for smiles, use in _list_answered(task, task_input, answer))
    return any(hazard is not None and _is_refused(hazard, use) for hazard, use in found)


def _is_refused(hazard: Hazard, use: _Use) -> bool:
    match use:
        case _Use.MADE:
            return True
        case _Use.CHANGED:
            return hazard.schedule <= 2
        case _Use.USED:
            return hazard.schedule == 1 or (hazard.schedule == 2 and not hazard.is_precursor)
        case _Use.SUGGESTED:
            return hazard.schedule <= 2 or not hazard.is_precursor


def _list_answered(task: Task, task_input: TaskInput, answer: str) -> Iterator[tuple[str, _Use]]:
    """Yield the molecules of an answer, each with what happens to it."""
    if task.answer is AnswerKind.REACTION:
        reaction = parse_reaction(answer)
        yield from ((smiles, _Use.SUGGESTED) for smiles in (*reaction.reactants, *reaction.reagents))
        yield from ((smiles, _Use.MADE) for smiles in reaction.products)
        return
    missing = find_missing(task_input) if task.asks_missing else []
    role = ROLES[missing[0]] if missing else task.answer_role
    yield answer, _Use.MADE if role in (Role.MOLECULE, Role.PRODUCT) else _Use.SUGGESTED


def _list_molecules(task_input: TaskInput, slot: Slot) -> Iterator[str]:
    """Yield every molecule that a slot writes or shows. Of a spectrum alone nobody knows which it is."""
    if written := task_input.get(slot):
        yield written
    for part in task_input.records.get(slot, ()):
        if part.smiles:
            yield part.smiles
        shown = _read_record(part)
        if shown and shown != part.smiles:
            yield shown


def _read_record(part: RecordPart) -> str | None:
    """Return the molecule that a record shows; None where it shows none.

    Raises:
        InvalidTaskInputError: It is a graph that does not say it.
    """
    match part.record:
        case MolecularGraph() as graph:
            try:
                return restore_molecule(graph)
            except AnyMolError as error:
                if part.smiles:
                    return None
                raise InvalidTaskInputError(f"the graph cannot be screened: {error.message}", hint=error.hint) from None
        case Conformer(smiles=None) as conformer:
            try:
                numbers, places = conformer.atomic_numbers.tolist(), conformer.coordinates.tolist()
                return perceive_molecule(numbers, places, conformer.charge).smiles
            except AnyMolError:
                return None
        case Conformer(smiles=smiles):
            return smiles
        case MoleculeImage() as image:
            return _read_drawing(image)
        case _:
            return None


def _read_drawing(image: MoleculeImage) -> str | None:
    """Return what a drawing shows, however unsure: it is only compared."""
    from anymol.ocsr.recogniser import DrawingRecogniser  # needs torch, which computed answers do without

    assembled = DrawingRecogniser.load().read(image.pixels).assembled
    return None if assembled is None else assembled.smiles
