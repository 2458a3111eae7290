"""A drawing is read before anything else is asked about its molecule."""

from __future__ import annotations

import numpy as np
import pytest

from anymol.errors import InvalidTaskInputError
from anymol.inference import drawings
from anymol.inference.answers import Method
from anymol.inference.drawings import ReadDrawing, answer_from_drawing, write_drawn
from anymol.inference.inputs import Understood
from anymol.modalities.content import ImagePart, Ms2Part
from anymol.modalities.image import MoleculeImage
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.tasks.table import TASKS
from anymol.tasks.task import ReagentsState, Slot, TaskInput

PICTURE = ImagePart(MoleculeImage(np.full((4, 4, 3), 255, np.uint8)))
SPECTRUM = Ms2Part(MassSpectrum(np.array([50.0]), np.array([1.0], np.float32)))


def show(slot: Slot = Slot.MOLECULE, **written: str) -> TaskInput:
    return TaskInput(records={slot: (PICTURE, SPECTRUM)}, **written)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch):
    """Let every drawing be read as given."""

    def let(smiles: str | None, probability: float | None = 0.9) -> None:
        found = None if smiles is None else ReadDrawing(smiles, probability, "drawing reader: so")
        monkeypatch.setattr(drawings, "read_drawing", lambda image: found)

    return let


def test_what_is_drawn_is_the_answer_where_that_is_asked(reads) -> None:
    reads("CCO")
    answer = answer_from_drawing(TASKS["molecule_recognition"], show())
    assert answer is not None
    assert (answer.value, answer.method, answer.probability, answer.calibrated) == ("CCO", Method.READ, 0.9, True)
    assert answer.to_json()["program"] == "drawing reader: so"
    assert answer_from_drawing(TASKS["logp"], show()) is None
    assert answer_from_drawing(TASKS["molecule_recognition"], TaskInput(molecule="CC")) is None


def test_other_tasks_get_the_molecule_written_and_the_rest_shown(reads) -> None:
    reads("CCO")
    understood = write_drawn(TASKS["logp"], Understood(show()))
    assert understood.task_input.molecule == "CCO"
    assert understood.task_input.records == {Slot.MOLECULE: (SPECTRUM,)}
    assert "CCO, probability 0.90" in understood.notes[0]


def test_drawn_reactants_may_hold_reagents(reads) -> None:
    reads("CCO.CC(=O)O")
    asked = TaskInput(records={Slot.REACTANTS: (PICTURE,)})
    found = write_drawn(TASKS["forward_reaction"], Understood(asked)).task_input
    assert (found.reactants, found.reagents_state, found.records) == ("CCO.CC(=O)O", ReagentsState.MIXED, {})


def test_recognition_is_asked_of_the_picture_itself(reads) -> None:
    reads("CCO")
    asked = Understood(show())
    assert write_drawn(TASKS["molecule_recognition"], asked) is asked


@pytest.mark.parametrize(("smiles", "probability"), [(None, None), ("CCO", 0.01)])
def test_what_cannot_be_read_stays_a_picture(reads, smiles: str | None, probability: float | None) -> None:
    reads(smiles, probability)
    found = write_drawn(TASKS["logp"], Understood(show()))
    assert found.task_input == show()
    assert "could not be read" in found.notes[0]


def test_a_molecule_that_is_written_is_not_read_again(reads) -> None:
    reads("CCO")
    assert write_drawn(TASKS["logp"], Understood(show(molecule="CC"))).task_input.molecule == "CC"


def test_open_residues_are_asked_for(reads) -> None:
    reads("*CCO")
    with pytest.raises(InvalidTaskInputError, match="residues"):
        write_drawn(TASKS["logp"], Understood(show()))
