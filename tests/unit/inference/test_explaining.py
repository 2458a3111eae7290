"""What each form of a molecule contributed; the model behind the assistant only ever says chlorobenzene."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from anymol.errors import InvalidTaskInputError
from anymol.inference import drawings
from anymol.inference.answers import Answer, FailedPrediction, Method, Prediction
from anymol.inference.assistant import Assistant
from anymol.inference.disagreement import judging
from anymol.inference.disagreement.judging import compare_forms
from anymol.inference.drawings import ReadDrawing
from anymol.inference.explaining import MAX_EXPLAINED, explain
from anymol.inference.following import Followed
from anymol.inference.forms import list_forms
from anymol.inference.scored import AnsweredRow, ScoredAnswer
from anymol.inference.sources import drawn
from anymol.modalities.adduct import Adduct
from anymol.modalities.content import RecordPart
from anymol.modalities.image import MoleculeImage
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.modalities.modality import Modality
from anymol.readers.formats import read_mass_spectra
from anymol.tasks.task import AnswerKind, Slot, TaskInput

ASPIRIN, CAFFEINE = "CC(=O)Oc1ccccc1C(=O)O", "Cn1c(=O)c2c(ncn2C)n(C)c1=O"
PICTURE = RecordPart(Modality.IMAGE, MoleculeImage(np.full((4, 4, 3), 255, np.uint8)))
OF_CAFFEINE = RecordPart(
    Modality.MS2,
    MassSpectrum(np.array([110.0712, 138.0662, 195.0877]), np.array([0.1, 1.0, 0.4]), 195.0877, Adduct.M_H),
)


def _answer(task: Any, questions: Sequence[Any], *, top_k: int = 1, seed: int = 0) -> list[AnsweredRow]:
    return [AnsweredRow((ScoredAnswer("Clc1ccccc1", "Clc1ccccc1", -0.1, 0.2),), (), 0) for _ in questions]


@pytest.fixture
def assistant() -> Assistant:
    config = SimpleNamespace(modalities=dict.fromkeys(Modality))
    processor = SimpleNamespace(encode=lambda messages: [0])
    generator = SimpleNamespace(model=SimpleNamespace(config=config), processor=processor, positions=2048)
    model = SimpleNamespace(
        generator=generator, answer=_answer, choose_decoding=lambda task, top_k=1: SimpleNamespace(max_new_tokens=8)
    )
    return Assistant(lambda: model, "chlorobenzene")  # type: ignore[arg-type,return-value]


@pytest.fixture(autouse=True)
def reads(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let every drawing be read as given; as aspirin, if nothing else is."""

    def let(smiles: str) -> None:
        for module in (drawings, drawn, judging):
            monkeypatch.setattr(module, "read_drawing", lambda image: ReadDrawing(smiles, 0.95, "drawing reader"))

    monkeypatch.setattr(drawings, "read_drawn_reaction", lambda image: None)
    let(ASPIRIN)
    return let


@pytest.fixture
def of_aspirin(examples_dir: Path) -> RecordPart:
    return RecordPart(Modality.MS2, [row.record for row in read_mass_spectra(examples_dir / "aspirin.mgf")][2])


def recognise(assistant: Assistant, *records: RecordPart, **more: Any) -> Prediction:
    return assistant.ask("Which molecule is this?", records=list(records), **more)


def test_it_is_said_which_of_two_forms_that_disagree_was_followed(assistant: Assistant) -> None:
    found = recognise(assistant, PICTURE, OF_CAFFEINE, explain=True)
    assert found.answers[0].value == CAFFEINE  # its mass refutes aspirin
    told = found.explanation
    assert told is not None and told.followed == ("ms2",)
    assert "follows the MS/MS spectrum" in told.sentence and "the drawing alone would give CC(=O)O" in told.sentence
    shown = {one.forms: one.value for one in told.partial}
    assert shown == {("image",): ASPIRIN, ("ms2",): CAFFEINE, ("image", "ms2"): CAFFEINE}
    without = {one.form: one for one in told.contributions}
    assert not without["image"].changes_answer and without["ms2"].changes_answer
    assert ASPIRIN in without["ms2"].said


def test_a_disagreement_is_never_passed_over_in_silence(assistant: Assistant) -> None:
    found = recognise(assistant, PICTURE, OF_CAFFEINE)
    assert found.explanation is None
    (note,) = (note for note in found.notes if "disagree" in note)
    assert "181.0495" in note and "the answer follows the MS/MS spectrum, because" in note
    assert found.answers[0].certainty == "doubtful"
    (pair,) = found.to_json()["agreement"]
    assert (pair["between"], pair["verdict"]) == (["image", "ms2"], "disagree")


def test_forms_that_agree_raise_no_doubt(assistant: Assistant, of_aspirin: RecordPart) -> None:
    found = recognise(assistant, PICTURE, of_aspirin, explain=True)
    assert found.answers[0].value == ASPIRIN and found.answers[0].doubts == ()
    assert not any("disagree" in note for note in found.notes)
    assert found.explanation is not None and set(found.explanation.followed) == {"image", "ms2"}


def test_an_isomer_is_followed_without_a_word_of_certainty(
    assistant: Assistant, reads: Callable[[str], None], of_aspirin: RecordPart
) -> None:
    reads("CC(=O)Oc1ccc(C(=O)O)cc1")
    found = recognise(assistant, PICTURE, of_aspirin)
    assert found.agreement[0].verdict == "cannot be told"


def test_a_structure_that_is_written_is_what_a_property_is_of(assistant: Assistant) -> None:
    for question in ("What is its LogP?", "What is its LogP and TPSA?"):
        found = assistant.ask(question, records=[PICTURE, OF_CAFFEINE], source="tool", explain=True)
        assert found.answers[0].text == "1.31"  # Crippen's LogP of aspirin
        told = found.explanation
        assert told is not None and told.followed == ("image",)
        assert found.answers[0].certainty == "doubtful"
        assert next(one for one in told.contributions if one.form == "image").changes_answer


def test_all_pairs_are_asked_of_three_forms(assistant: Assistant, of_aspirin: RecordPart) -> None:
    found = recognise(assistant, PICTURE, of_aspirin, formula="C9H8O4", explain=True)
    told = found.explanation
    assert told is not None and told.forms == ("formula", "image", "ms2")
    sizes = [len(one.forms) for one in told.partial]
    assert sizes == [1, 1, 1, 2, 2, 2, 3] and told.bounded is None
    formula = told.partial[0]
    assert formula.error is not None  # a formula alone is no molecule to be recognised
    assert len(found.agreement) == 3


def test_one_form_needs_no_explanation(assistant: Assistant) -> None:
    found = recognise(assistant, OF_CAFFEINE, explain=True)
    assert found.explanation is None and found.agreement == () and "agreement" not in found.to_json()


def test_rows_are_explained_one_by_one(assistant: Assistant, of_aspirin: RecordPart) -> None:
    rows = [{"records": [PICTURE, OF_CAFFEINE]}, {"records": [PICTURE, of_aspirin]}, {"records": [PICTURE]}]
    found = assistant.predict("molecule_recognition", rows, explain=True)
    followed = [one.explanation and one.explanation.followed for one in found if isinstance(one, Prediction)]
    assert followed == [("ms2",), ("image", "ms2"), None]


# ------------------------------------------------------------------------------------------------- without an assistant


def predict(value: str, probability: float, *others: tuple[str, float]) -> Prediction:
    answers = tuple(
        Answer(one, one, AnswerKind.MOLECULE, Method.READ, probability=sure, calibrated=True)
        for one, sure in ((value, probability), *others)
    )
    return Prediction("molecule_recognition", "", answers, "", TaskInput())


def test_a_change_of_probability_is_that_of_the_answer_to_all() -> None:
    compared = compare_forms(list_forms(TaskInput(formula="C2H6O", records={Slot.MOLECULE: (PICTURE,)})))
    assert compared is not None
    again = {
        (): predict("CCN", 0.7, ("CCO", 0.3)),
        ("formula",): FailedPrediction("", "", InvalidTaskInputError("why")),
    }

    def ask(questions: Sequence[TaskInput]) -> list[Prediction | FailedPrediction]:
        return [again[("formula",) if one.formula else ()] for one in questions]

    told = explain(predict("CCO", 0.9), compared, Followed((), "so"), ask)
    without = {one.form: one for one in told.contributions}
    assert without["formula"].changes_answer and without["formula"].probability_change == pytest.approx(0.6)
    assert without["image"].changes_answer and "no answer: why" in without["image"].said
    assert told.to_json()["partial"][0] == {"forms": ["formula"], "error": "why"}


def test_the_number_of_questions_is_bounded_and_that_is_said() -> None:
    compared = compare_forms(list_forms(TaskInput(records={Slot.MOLECULE: (OF_CAFFEINE,) * 8})))
    assert compared is not None
    asked: list[TaskInput] = []

    def ask(questions: Sequence[TaskInput]) -> list[Prediction | FailedPrediction]:
        asked.extend(questions)
        return [predict("CCO", 0.9) for _ in questions]

    told = explain(predict("CCO", 0.9), compared, Followed((), "so"), ask)
    assert len(asked) == 2 * MAX_EXPLAINED
    assert told.bounded is not None and "of 8 forms the first 6" in told.bounded
