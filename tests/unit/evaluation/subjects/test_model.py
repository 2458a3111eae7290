"""A model by itself as a subject: a row that it cannot be asked has its reason, and the others their answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from anymol.data.example import InstructionExample
from anymol.errors import AnyMolError
from anymol.evaluation.results import EvaluatedRow
from anymol.evaluation.subjects.model import ModelSubject
from anymol.evaluation.subjects.subject import AskedRow
from anymol.inference.scored import AnsweredRow, DecodingBudget
from anymol.modalities.content import RecordPart, TextPart
from anymol.modalities.image import MoleculeImage
from anymol.modalities.modality import Modality
from anymol.tasks.prompt import render_prompt
from anymol.tasks.table import TASKS
from anymol.tasks.task import Slot, TaskInput

QUICK = DecodingBudget(beams=2, draws=4, molecule_tokens=8, text_tokens=8)


def make_row(name: str, asked: TaskInput) -> AskedRow:
    messages = render_prompt(TASKS["logp"], asked, 0)
    return AskedRow(InstructionExample(name, "logp", messages, (TextPart("1.0"),), "hand", "CC0", "val"), asked)


@pytest.fixture(scope="module")
def subject(tiny_smiles_model_dir: Path) -> ModelSubject:
    return ModelSubject.load(tiny_smiles_model_dir, budget=QUICK)


def test_a_row_that_the_model_cannot_read(subject: ModelSubject) -> None:
    """The tiny model reads graphs and no drawings."""
    drawing = RecordPart(Modality.IMAGE, MoleculeImage(np.full((8, 8, 3), 255, np.uint8)), smiles="CCO")
    rows = [
        make_row("a", TaskInput(molecule="CCO")),
        make_row("b", TaskInput(molecule="CCO", records={Slot.MOLECULE: (drawing,)})),
        make_row("c", TaskInput(molecule="CCN")),
    ]
    first, drawn, last = subject.answer(TASKS["logp"], rows, seed=0)
    assert isinstance(first, AnsweredRow) and isinstance(last, AnsweredRow)
    assert isinstance(drawn, AnyMolError) and "image" in str(drawn)
    alone = subject.answer(TASKS["logp"], rows[2:], seed=0)
    assert [one.value for one in alone[0].answers] == [one.value for one in last.answers]  # type: ignore[union-attr]
    assert "[image]" in subject.write_question(rows[1]) and "<mol>" in subject.write_question(rows[0])


def test_tasks_that_it_never_met_are_named(subject: ModelSubject) -> None:
    trained = ModelSubject(subject.answerer, "x", trained_on=frozenset({"tpsa"}))
    row = make_row("a", TaskInput(molecule="CCO"))
    answered = EvaluatedRow(row.example, row.about, 1.0, AnsweredRow((), (), 0), ())
    assert "not trained on logp" in trained.list_notes([answered])[0]
    assert not any("not trained on" in note for note in subject.list_notes([answered]))  # nobody knows
    assert trained.settings["trained on"] == ["tpsa"]
