"""A drawing is read before anything else is asked about its molecule."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from anymol.errors import InvalidTaskInputError
from anymol.inference import drawings
from anymol.inference.answers import Method
from anymol.inference.drawings import ReadDrawing, write_drawn
from anymol.inference.inputs import ParsedInput, read_input
from anymol.inference.sources import drawn
from anymol.inference.sources.drawn import Drawings, DrawnProducts
from anymol.inference.sources.source import Found, Question
from anymol.modalities.content import RecordPart
from anymol.modalities.image import MoleculeImage
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.modalities.modality import Modality
from anymol.tasks.evidence import PlaceEvidence, ProgramEvidence
from anymol.tasks.table import TASKS
from anymol.tasks.task import ReagentsState, Slot, TaskInput

PICTURE = RecordPart(Modality.IMAGE, MoleculeImage(np.full((4, 4, 3), 255, np.uint8)))
SPECTRUM = RecordPart(Modality.MS2, MassSpectrum(np.array([50.0]), np.array([1.0], np.float32)))


def ask_source(asked: TaskInput, task: str = "molecule_recognition") -> Found | None:
    return Drawings().try_answer(Question(TASKS[task], asked))


def show(slot: Slot = Slot.MOLECULE, **written: str) -> TaskInput:
    return TaskInput(records={slot: (PICTURE, SPECTRUM)}, **written)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch):
    """Let every drawing be read as given."""

    def let(smiles: str | None, probability: float | None = 0.9) -> None:
        found = None if smiles is None else ReadDrawing(smiles, probability, "drawing reader: so")
        for module in (drawings, drawn):
            monkeypatch.setattr(module, "read_drawing", lambda image: found)
        monkeypatch.setattr(drawings, "read_drawn_reaction", lambda image: None)

    return let


def test_what_is_drawn_is_the_answer_where_that_is_asked(reads) -> None:
    reads("CCO")
    found = ask_source(show())
    assert found is not None and not found.settled
    (answer,) = found.answers
    assert (answer.value, answer.method, answer.probability, answer.calibrated) == ("CCO", Method.READ, 0.9, True)
    assert answer.to_json()["program"] == "drawing reader: so"
    assert answer.evidence[1:] == (PlaceEvidence("image 1"),)
    assert isinstance(answer.evidence[0], ProgramEvidence)
    assert not Drawings().can_answer(TASKS["logp"])
    assert ask_source(TaskInput(molecule="CC")) is None


def test_other_tasks_get_the_molecule_written_and_the_rest_shown(reads) -> None:
    reads("CCO")
    understood = write_drawn(TASKS["logp"], ParsedInput(show()))
    assert understood.task_input.molecule == "CCO"
    assert understood.task_input.records == {Slot.MOLECULE: (SPECTRUM,)}
    assert "CCO, probability 0.90" in understood.notes[0]


def test_drawn_reactants_may_hold_reagents(reads) -> None:
    reads("CC(=O)Cl.NCc1ccccc1.CCN(CC)CC")
    asked = TaskInput(records={Slot.REACTANTS: (PICTURE,)})
    found = write_drawn(TASKS["forward_reaction"], ParsedInput(asked))
    assert (found.task_input.reactants, found.task_input.reagents) == ("CC(=O)Cl.NCc1ccccc1", "CCN(CC)CC")
    assert found.task_input.reagents_state is ReagentsState.SEPARATED and found.task_input.records == {}
    assert "parted" in found.notes[-1]


def test_reagents_said_beside_drawn_reactants_are_kept(reads) -> None:
    reads("CC(=O)Cl.NCc1ccccc1")
    asked = TaskInput(reagents="CI", records={Slot.REACTANTS: (PICTURE,)})
    found = write_drawn(TASKS["forward_reaction"], ParsedInput(asked)).task_input
    assert (found.reactants, found.reagents) == ("CC(=O)Cl.NCc1ccccc1", "CI")


@pytest.fixture
def reads_scheme(monkeypatch: pytest.MonkeyPatch):
    """Let every drawing be read as a scheme."""

    def let(scheme: str) -> None:
        found = ReadDrawing(scheme, None, "drawing reader: so")
        monkeypatch.setattr(drawings, "read_drawn_reaction", lambda image: found)

    return let


def test_a_scheme_that_shows_its_product_is_read_and_not_predicted(reads_scheme) -> None:
    reads_scheme("CC(=O)O.CCO>O=S(=O)(O)O>CCOC(C)=O")
    task = TASKS["forward_reaction"]
    asked = TaskInput(records={Slot.REACTANTS: (PICTURE,)}, files={Slot.REACTANTS: ("scheme.png",)})
    understood = write_drawn(task, ParsedInput(asked))
    filled = understood.task_input
    assert (filled.reactants, filled.reagents, filled.products) == ("CC(=O)O.CCO", "O=S(=O)(O)O", "CCOC(C)=O")
    found = DrawnProducts().try_answer(Question(task, filled))
    assert found is not None and found.settled and "not predicted" in found.notes[0]
    (answer,) = found.answers
    assert (answer.value, answer.method, answer.probability) == ("CCOC(C)=O", Method.READ, None)
    assert answer.evidence[1:] == (PlaceEvidence("image 1", "scheme.png"),)


def test_a_product_that_is_written_is_not_taken_for_a_drawn_one() -> None:
    asked = TaskInput(reactants="CCO", products="CC=O")
    assert DrawnProducts().try_answer(Question(TASKS["forward_reaction"], asked)) is None
    assert not DrawnProducts().can_answer(TASKS["retrosynthesis"])


def test_retrosynthesis_of_a_scheme_is_about_its_product(reads_scheme) -> None:
    reads_scheme("CC(=O)O.CCO>>CCOC(C)=O")
    asked = TaskInput(records={Slot.PRODUCTS: (PICTURE,)})
    found = write_drawn(TASKS["retrosynthesis"], ParsedInput(asked)).task_input
    assert (found.products, found.reactants, found.reagents, found.records) == ("CCOC(C)=O", None, None, {})
    reagents = write_drawn(TASKS["reagent_prediction"], ParsedInput(asked)).task_input
    assert (reagents.products, reagents.reactants) == ("CCOC(C)=O", "CC(=O)O.CCO")


def test_a_scheme_with_residues_is_no_reaction(reads_scheme, reads) -> None:
    reads("CCO")
    reads_scheme("*CO>>*C=O")
    asked = TaskInput(records={Slot.REACTANTS: (PICTURE,)})
    assert write_drawn(TASKS["forward_reaction"], ParsedInput(asked)).task_input.products is None


def test_recognition_is_asked_of_the_picture_itself(reads) -> None:
    reads("CCO")
    asked = ParsedInput(show())
    assert write_drawn(TASKS["molecule_recognition"], asked) is asked


@pytest.mark.parametrize(("smiles", "probability"), [(None, None), ("CCO", 0.01)])
def test_what_cannot_be_read_stays_a_picture(reads, smiles: str | None, probability: float | None) -> None:
    reads(smiles, probability)
    found = write_drawn(TASKS["logp"], ParsedInput(show()))
    assert found.task_input == show()
    assert "could not be read" in found.notes[0]


def test_a_molecule_that_is_written_is_not_read_again(reads) -> None:
    reads("CCO")
    assert write_drawn(TASKS["logp"], ParsedInput(show(molecule="CC"))).task_input.molecule == "CC"


def test_open_residues_are_asked_for(reads) -> None:
    reads("*CCO")
    with pytest.raises(InvalidTaskInputError, match="residues"):
        write_drawn(TASKS["logp"], ParsedInput(show()))


@pytest.fixture
def reads_each(monkeypatch: pytest.MonkeyPatch):
    """Let drawings be read as given, one after the other."""

    def let(*smiles: str) -> None:
        turns = iter(smiles)
        for module in (drawings, drawn):
            monkeypatch.setattr(
                module, "read_drawing", lambda image: ReadDrawing(next(turns), 0.9, "drawing reader: so")
            )

    return let


def test_drawings_of_different_molecules_are_not_taken_for_one(reads_each) -> None:
    asked = ParsedInput(TaskInput(records={Slot.MOLECULE: (PICTURE, PICTURE)}))
    reads_each("CCO", "CCN")
    with pytest.raises(InvalidTaskInputError, match="different molecules"):
        write_drawn(TASKS["logp"], asked)
    reads_each("C[C@H](N)O", "CC(N)O")
    assert write_drawn(TASKS["logp"], asked).task_input.molecule == "C[C@H](N)O"


def test_each_drawing_of_a_reactant_counts(reads_each) -> None:
    asked = ParsedInput(TaskInput(records={Slot.REACTANTS: (PICTURE, PICTURE)}))
    reads_each("OCC", "CC(=O)O")
    assert write_drawn(TASKS["forward_reaction"], asked).task_input.reactants == "CC(=O)O.CCO"


def test_all_drawings_are_recognised_and_their_difference_is_said(reads_each) -> None:
    reads_each("CCO", "CCN")
    asked = TaskInput(records={Slot.MOLECULE: (PICTURE, PICTURE)})
    found = ask_source(asked)
    assert found is not None
    assert [answer.value for answer in found.answers] == ["CCO", "CCN"]
    assert "CCO, CCN" in found.notes[0]


def test_the_path_of_a_drawing_is_an_input_of_any_task_about_a_molecule(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8), "white").save(path := tmp_path / "drawing.png")

    def resolve(written: str) -> tuple[str, str | None]:
        raise AssertionError(written)

    found = read_input(TASKS["logp"], str(path), None, resolve).task_input
    assert [part.modality for part in found.records[Slot.MOLECULE]] == [Modality.IMAGE]
    edited = read_input(TASKS["molecule_editing"], str(path), "add a hydroxyl group", resolve).task_input
    assert (edited.text, list(edited.records)) == ("add a hydroxyl group", [Slot.MOLECULE])


@pytest.mark.parametrize(("smiles", "probability"), [(None, None), ("CCO", 0.01)])
def test_a_picture_without_a_structure_is_said_to_be_one(reads, smiles: str | None, probability: float | None) -> None:
    reads(smiles, probability)
    asked = TaskInput(records={Slot.MOLECULE: (PICTURE,)})
    found = ask_source(asked)
    assert found is not None
    assert [answer.value for answer in found.answers] == ([smiles] if smiles else [])
    assert "no molecule could be made out" in found.notes[0]
    reads("CCO", 0.9)
    again = ask_source(asked)
    assert again is not None and again.notes == ()
