"""The whole assistant as a subject: programs answer what they define, and no notation slips through a record."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from anymol.data.example import InstructionExample
from anymol.evaluation.results import EvaluatedRow
from anymol.evaluation.subjects.assistant import AssistantSubject
from anymol.evaluation.subjects.subject import AskedRow
from anymol.inference.assistant import Assistant
from anymol.inference.options import SourceChoice
from anymol.inference.scored import AnsweredRow
from anymol.modalities.conformer import Conformer
from anymol.modalities.content import RecordPart, TextPart
from anymol.modalities.modality import Modality
from anymol.tasks.prompt import render_prompt
from anymol.tasks.table import TASKS
from anymol.tasks.task import Slot, TaskInput


def make_row(task: str, asked: TaskInput) -> AskedRow:
    messages = render_prompt(TASKS[task], asked)
    return AskedRow(InstructionExample("0", task, messages, (TextPart("?"),), "hand", "CC0", "val"), asked)


@pytest.fixture(scope="module")
def subject(tiny_smiles_model_dir: Path) -> AssistantSubject:
    return AssistantSubject(Assistant.load(tiny_smiles_model_dir, lazy=True), SourceChoice.TOOL)


def test_a_program_answers(subject: AssistantSubject) -> None:
    rows = [make_row("molecular_weight", TaskInput(molecule=smiles)) for smiles in ("CCO", "C(")]
    weighed, broken = subject.answer(TASKS["molecular_weight"], rows, seed=0)
    assert isinstance(weighed, AnsweredRow)
    assert float(weighed.answers[0].value) == pytest.approx(46.07, abs=0.005)  # 2 x 12.011 + 6 x 1.008 + 15.999
    assert not isinstance(broken, AnsweredRow) and "C(" in str(broken)
    row = EvaluatedRow(rows[0].example, rows[0].about, 46.07, weighed, (True,))
    assert "computed 1" in subject.list_notes([row])[0]
    assert subject.settings["source"] == "tool" and "beams" not in subject.settings


def test_a_geometry_does_not_bring_its_notation(subject: AssistantSubject) -> None:
    """Water's atoms in one place each, labelled as something else: whoever answers CCO has read the label."""
    places = np.array([[0.0, 0.0, 0.117], [0.0, 0.757, -0.469], [0.0, -0.757, -0.469]])
    geometry = Conformer(np.array([8, 1, 1], dtype=np.uint8), places, smiles="CCO")
    part = RecordPart(Modality.CONFORMER, geometry, smiles="CCO")
    asked = TaskInput(records={Slot.MOLECULE: (part,)})
    (found,) = subject.answer(TASKS["molecule_recognition"], [make_row("molecule_recognition", asked)], seed=0)
    assert not isinstance(found, AnsweredRow) or "CCO" not in [one.value for one in found.answers]
