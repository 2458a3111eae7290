"""What is neither answered nor given out: scheduled chemical weapons and their listed precursors."""

from __future__ import annotations

from anymol.chem.hazards import screen
from anymol.errors import RefusedError
from anymol.tasks.prompt import ROLES
from anymol.tasks.task import AnswerKind, Task, TaskInput


def require_harmless(task: Task, task_input: TaskInput) -> None:
    """Refuse an input that holds a scheduled chemical weapon or a listed precursor.

    Raises:
        RefusedError: Naming what was found.
    """
    for slot in ROLES:
        smiles = task_input.get(slot)
        hazard = None if not smiles else screen(smiles)
        if hazard is not None:
            raise RefusedError(
                f"declined: {hazard}",
                value=smiles,
                hint=f"{task.name} declines the Convention's scheduled chemicals and their listed precursors",
            )


def is_declined(task: Task, smiles: str) -> bool:
    """Whether an answer is not given out: a scheduled chemical or precursor.

    Among suggested reactants the precursors of schedule 3 stay: thionyl chloride and phosphorus chlorides are in every
    laboratory, and the target itself has been screened before.
    """
    hazard = screen(smiles)
    if hazard is None:
        return False
    return not (task.answer is AnswerKind.MIXTURE and hazard.is_precursor and hazard.schedule == 3)
