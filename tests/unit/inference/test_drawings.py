"""A drawing is read before anything else is asked about its molecule."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from anymol.errors import InvalidTaskInputError
from anymol.inference import drawings
from anymol.inference.answers import Method
from anymol.inference.drawings import ReadDrawing, answer_from_drawings, write_drawn
from anymol.inference.finding import find_without_model
from anymol.inference.inputs import Understood, read_input
from anymol.inference.wish import Wish
from anymol.modalities.adduct import Adduct
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
    (answer,) = answer_from_drawings(TASKS["molecule_recognition"], show())
    assert (answer.value, answer.method, answer.probability, answer.calibrated) == ("CCO", Method.READ, 0.9, True)
    assert answer.to_json()["program"] == "drawing reader: so"
    assert answer_from_drawings(TASKS["logp"], show()) == []
    assert answer_from_drawings(TASKS["molecule_recognition"], TaskInput(molecule="CC")) == []


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
    assert (found.reactants, found.reagents_state, found.records) == ("CC(=O)O.CCO", ReagentsState.MIXED, {})


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


@pytest.fixture
def reads_each(monkeypatch: pytest.MonkeyPatch):
    """Let drawings be read as given, one after the other."""

    def let(*smiles: str) -> None:
        turns = iter(smiles)
        monkeypatch.setattr(drawings, "read_drawing", lambda image: ReadDrawing(next(turns), 0.9, "drawing reader: so"))

    return let


def test_drawings_of_different_molecules_are_not_taken_for_one(reads_each) -> None:
    asked = Understood(TaskInput(records={Slot.MOLECULE: (PICTURE, PICTURE)}))
    reads_each("CCO", "CCN")
    with pytest.raises(InvalidTaskInputError, match="different molecules"):
        write_drawn(TASKS["logp"], asked)
    reads_each("C[C@H](N)O", "CC(N)O")
    assert write_drawn(TASKS["logp"], asked).task_input.molecule == "C[C@H](N)O"


def test_each_drawing_of_a_reactant_counts(reads_each) -> None:
    asked = Understood(TaskInput(records={Slot.REACTANTS: (PICTURE, PICTURE)}))
    reads_each("OCC", "CC(=O)O")
    assert write_drawn(TASKS["forward_reaction"], asked).task_input.reactants == "CC(=O)O.CCO"


def test_all_drawings_are_recognised_and_their_difference_is_said(reads_each) -> None:
    reads_each("CCO", "CCN")
    asked = TaskInput(records={Slot.MOLECULE: (PICTURE, PICTURE)})
    found = find_without_model(TASKS["molecule_recognition"], asked, Wish(top_k=2))
    assert [answer.value for answer in found.answers] == ["CCO", "CCN"]
    assert "CCO, CCN" in found.notes[0]


def test_a_drawing_that_is_not_the_molecule_written_is_noticed(reads) -> None:
    reads("CCO")
    assert "not as the molecule given, CC" in write_drawn(TASKS["logp"], Understood(show(molecule="CC"))).notes[0]
    reads("CC")
    assert write_drawn(TASKS["logp"], Understood(show(molecule="CC"))).notes == ()


def test_a_spectrum_of_another_mass_speaks_against_the_reading(reads) -> None:
    reads("CCO")
    spectrum = MassSpectrum(np.array([47.05]), np.array([1.0], np.float32), precursor_mz=181.0495, adduct=Adduct.M_H)
    asked = TaskInput(records={Slot.MOLECULE: (PICTURE, Ms2Part(spectrum))})
    notes = write_drawn(TASKS["logp"], Understood(asked)).notes
    assert any("read wrongly" in note and "181.0495" in note for note in notes)


def test_the_path_of_a_drawing_is_an_input_of_any_task_about_a_molecule(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8), "white").save(path := tmp_path / "drawing.png")

    def resolve(written: str) -> tuple[str, str | None]:
        raise AssertionError(written)

    found = read_input(TASKS["logp"], str(path), None, resolve).task_input
    assert [type(part) for part in found.records[Slot.MOLECULE]] == [ImagePart]
    edited = read_input(TASKS["molecule_editing"], str(path), "add a hydroxyl group", resolve).task_input
    assert (edited.text, list(edited.records)) == ("add a hydroxyl group", [Slot.MOLECULE])


@pytest.mark.parametrize(("smiles", "probability"), [(None, None), ("CCO", 0.01)])
def test_a_picture_without_a_structure_is_said_to_be_one(reads, smiles: str | None, probability: float | None) -> None:
    reads(smiles, probability)
    asked = TaskInput(records={Slot.MOLECULE: (PICTURE,)})
    found = find_without_model(TASKS["molecule_recognition"], asked, Wish())
    assert [answer.value for answer in found.answers] == ([smiles] if smiles else [])
    assert "no molecule could be made out" in found.notes[0]
    reads("CCO", 0.9)
    assert find_without_model(TASKS["molecule_recognition"], asked, Wish()).notes == ()
