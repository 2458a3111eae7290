"""Tasks that change or invent molecules."""

from __future__ import annotations

from typing import Final

from anymol.metrics.molecule import MOLECULE_METRICS
from anymol.tasks.edits import tidy_edit
from anymol.tasks.parsing import parse_molecule
from anymol.tasks.specifications import tidy_specification
from anymol.tasks.task import AnswerKind, Slot, Task, TaskInput
from anymol.tasks.verification import verify_design, verify_edit

TEXT_GUIDED_DESIGN: Final = Task(
    name="text_guided_design",
    version=1,
    family="text2mol",
    summary="Design a molecule that fits a specification or a description.",
    required=(Slot.TEXT,),
    answer=AnswerKind.MOLECULE,
    phrasings=(
        "Design a molecule: {text}",
        "Propose a molecule that fits: {text}",
        "Which molecule matches this description: {text}",
        "Create a molecule as described: {text}",
        "Invent a structure with: {text}",
        "Generate a molecule for: {text}",
        "Find a molecule like this: {text}",
    ),
    parse=parse_molecule,
    metrics=MOLECULE_METRICS,
    verify=verify_design,
    open_ended=True,
    tidy_text=tidy_specification,
    example=(TaskInput(text="1 ring, 1 carboxylic acid, molecular weight 100 to 150"), "O=C(O)c1ccccc1"),
    keywords=("design", "invent", "create", "generate", "propose", "suggest", "fits", "specification", "satisfies"),
    screened=True,
)

MOLECULE_EDITING: Final = Task(
    name="molecule_editing",
    version=1,
    family="mol2mol",
    summary="Add, remove or replace a functional group and keep the rest of the molecule.",
    required=(Slot.MOLECULE, Slot.TEXT),
    answer=AnswerKind.MOLECULE,
    phrasings=(
        "Edit {molecule}: {text}.",
        "Modify {molecule}: {text}.",
        "Take {molecule} and {text}.",
        "In {molecule}, {text}.",
        "Starting from {molecule}, {text}.",
        "Change {molecule} as follows: {text}.",
        "With {molecule}, please {text}.",
    ),
    parse=parse_molecule,
    metrics=MOLECULE_METRICS,
    verify=verify_edit,
    open_ended=True,
    tidy_text=tidy_edit,
    example=(TaskInput(molecule="Brc1ccccc1", text="replace the bromine by a cyano group"), "N#Cc1ccccc1"),
    keywords=("add", "remove", "replace", "delete", "substitute", "swap", "edit", "modify", "attach", "exchange"),
    screened=True,
)
