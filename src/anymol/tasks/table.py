"""The table of tasks: every task anymol can be asked, by name."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from anymol.errors import UnknownTaskError, shorten
from anymol.tasks.adme import ADME_TASKS
from anymol.tasks.classes import BACE, BBBP, CLINTOX, HIV, SIDER, TOX21
from anymol.tasks.conditions import CATALYST_PREDICTION, PROCEDURE_WRITING, SOLVENT_PREDICTION, YIELD_PREDICTION
from anymol.tasks.descriptions import CAPTIONING, MOLECULE_TO_NAME, NAME_TO_MOLECULE
from anymol.tasks.design import MOLECULE_EDITING, TEXT_GUIDED_DESIGN
from anymol.tasks.measured import HYDRATION_ENERGY, LIPOPHILICITY, SOLUBILITY
from anymol.tasks.molecule_questions import MOLECULE_QA, MOLECULE_QA_CHOICE
from anymol.tasks.optimisation import MOLECULE_OPTIMISATION
from anymol.tasks.properties import COMPLEXITY, EXACT_MASS, LOGP, MOLECULAR_WEIGHT, QED, TPSA
from anymol.tasks.quantum import DIPOLE_MOMENT, HOMO, HOMO_LUMO_GAP, LUMO, TOTAL_ENERGY
from anymol.tasks.reactions import (
    FORWARD_REACTION,
    REACTION_COMPLETION,
    REAGENT_PREDICTION,
    RETROSYNTHESIS,
    RETROSYNTHESIS_BY_CLASS,
)
from anymol.tasks.recognition import MOLECULE_RECOGNITION, REACTION_RECOGNITION
from anymol.tasks.task import Task

TASKS: Final[Mapping[str, Task]] = MappingProxyType(
    {
        task.name: task
        for task in (
            FORWARD_REACTION,
            RETROSYNTHESIS,
            REAGENT_PREDICTION,
            CAPTIONING,
            MOLECULAR_WEIGHT,
            LOGP,
            TPSA,
            NAME_TO_MOLECULE,
            MOLECULE_TO_NAME,
            TEXT_GUIDED_DESIGN,
            MOLECULE_EDITING,
            MOLECULE_RECOGNITION,
            REACTION_RECOGNITION,
            REACTION_COMPLETION,
            RETROSYNTHESIS_BY_CLASS,
            SOLVENT_PREDICTION,
            CATALYST_PREDICTION,
            YIELD_PREDICTION,
            PROCEDURE_WRITING,
            EXACT_MASS,
            COMPLEXITY,
            QED,
            HOMO,
            LUMO,
            HOMO_LUMO_GAP,
            TOTAL_ENERGY,
            DIPOLE_MOMENT,
            SOLUBILITY,
            LIPOPHILICITY,
            HYDRATION_ENERGY,
            BBBP,
            BACE,
            HIV,
            CLINTOX,
            TOX21,
            SIDER,
            *ADME_TASKS,
            MOLECULE_QA,
            MOLECULE_QA_CHOICE,
            MOLECULE_OPTIMISATION,
        )
    }
)
"""All tasks, in the order in which they are listed and reported."""


def get_task(name: str) -> Task:
    """Return the task of this name.

    Raises:
        UnknownTaskError: Naming the nearest known tasks.
    """
    if isinstance(name, str) and name in TASKS:
        return TASKS[name]
    if not isinstance(name, str):
        raise UnknownTaskError("a task is named by a text", value=name, hint=f"known tasks: {', '.join(TASKS)}")
    near = suggest_tasks(name)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known tasks: {', '.join(TASKS)}"
    raise UnknownTaskError(f"there is no task '{shorten(name)}'", value=name, hint=hint)


def suggest_tasks(name: str, limit: int = 3) -> list[str]:
    """Return the names of known tasks that are spelled like `name`, nearest first."""
    wanted = name.strip().lower().replace("-", "_").replace(" ", "_")
    inside = [known for known in TASKS if len(wanted) >= 3 and (wanted in known or known in wanted)]
    spelled = difflib.get_close_matches(wanted, TASKS, n=limit, cutoff=0.5)
    return list(dict.fromkeys(inside + spelled))[:limit]
