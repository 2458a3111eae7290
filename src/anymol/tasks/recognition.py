"""Recognising a molecule from what was drawn, measured or computed of it."""

from __future__ import annotations

from typing import Final

from anymol.metrics.molecule import MOLECULE_METRICS
from anymol.modalities.content import GraphPart
from anymol.tasks.parsing import parse_molecule
from anymol.tasks.task import AnswerKind, Slot, Task, TaskInput
from anymol.tasks.verification import verify_recognition

MOLECULE_RECOGNITION: Final = Task(
    name="molecule_recognition",
    version=1,
    family="record2mol",
    summary="Recognise a molecule from a drawing, a mass or infrared spectrum, a geometry or a graph.",
    required=(Slot.MOLECULE,),
    optional=(Slot.FORMULA,),
    answer=AnswerKind.MOLECULE,
    phrasings=(
        "Which molecule is this? {molecule}",
        "What is the structure? {molecule}",
        "Write the structure of {molecule}.",
        "Identify {molecule}.",
        "{molecule} Which compound is it?",
        "Recognise the molecule: {molecule}",
        "Which structure belongs to {molecule}?",
    ),
    where_given={Slot.FORMULA: "Its formula is {formula}."},
    hides_notation=True,
    parse=parse_molecule,
    metrics=MOLECULE_METRICS,
    verify=verify_recognition,
    example=(
        TaskInput(formula="C9H8O4", records={Slot.MOLECULE: (GraphPart("CC(=O)Oc1ccccc1C(=O)O"),)}),
        "CC(=O)Oc1ccccc1C(=O)O",
    ),
    keywords=("recognise", "recognize", "identify", "which", "molecule", "structure", "spectrum", "drawing", "picture"),
)
