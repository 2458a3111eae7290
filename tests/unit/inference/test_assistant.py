"""The assistant with a model that only records what it is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from anymol.chem.parsing import canonicalize_smiles
from anymol.errors import InvalidTaskInputError
from anymol.inference.agreement import require_agreement
from anymol.inference.assistant import Assistant
from anymol.inference.scored import AnsweredRow, ScoredAnswer
from anymol.modalities.content import Message, RecordPart, TextPart
from anymol.modalities.image import MoleculeImage
from anymol.modalities.modality import Modality
from anymol.tasks.task import Slot, Task, TaskInput


class RecordingModel:
    """Answers every question with chlorobenzene and keeps the texts of its prompts."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.shown: list[list[RecordPart]] = []
        config = SimpleNamespace(modalities={})
        self.generator = SimpleNamespace(
            model=SimpleNamespace(config=config), processor=SimpleNamespace(encode=self.encode), positions=2048
        )

    def encode(self, messages: Sequence[Message]) -> list[int]:
        self.asked.append([part.text for message in messages for part in message.parts if isinstance(part, TextPart)])
        self.shown.append(
            [
                part
                for message in messages
                for part in message.parts
                if isinstance(part, RecordPart) and part.modality is Modality.GRAPH
            ]
        )
        return [0]

    def choose_decoding(self, task: Task, top_k: int = 1) -> Any:
        return SimpleNamespace(max_new_tokens=8)

    def answer(self, task: Task, questions: Sequence[Any], *, top_k: int = 1, seed: int = 0) -> list[AnsweredRow]:
        found = ScoredAnswer("Clc1ccccc1", "<mol>Clc1ccccc1</mol>", -0.1, 0.9)
        return [AnsweredRow((found,), (), 0) for _ in questions]


def make_assistant() -> tuple[Assistant, RecordingModel]:
    model = RecordingModel()
    return Assistant(lambda: model, "recording"), model  # type: ignore[arg-type,return-value]


def test_a_free_text_is_tidied_before_the_prompt_is_written() -> None:
    assistant, model = make_assistant()
    written = "Could you swap the Br for a nitrile?"
    found = assistant.predict("molecule_editing", "Brc1ccccc1", text=written, source="model")
    assert len(model.asked) == 1
    assert "replace the bromine by a cyano group" in model.asked[0]
    assert not any("nitrile" in text for text in model.asked[0])
    assert not isinstance(found, list) and found.asked.text == written


def test_a_text_that_is_not_understood_is_shown_as_it_stands() -> None:
    assistant, model = make_assistant()
    assistant.predict("text_guided_design", "something nobody understands")
    assert "something nobody understands" in model.asked[0]


CAFFEINE, ASPIRIN = "CN1C=NC2=C1C(=O)N(C)C(=O)N2C", "CC(=O)Oc1ccccc1C(=O)O"


@pytest.mark.parametrize("question", ["What is the LogP of aspirin?", f"What is the LogP of {ASPIRIN}?"])
def test_a_molecule_in_the_question_that_is_not_the_records_is_noticed(question: str) -> None:
    assistant, _ = make_assistant()
    with pytest.raises(InvalidTaskInputError, match=r"the record shows Cn1c.* about CC"):
        assistant.ask(question, records=[RecordPart(Modality.GRAPH, smiles=canonicalize_smiles(CAFFEINE))])
    found = assistant.ask(question, records=[RecordPart(Modality.GRAPH, smiles=canonicalize_smiles(ASPIRIN))])
    assert found.answers[0].text == "1.31"


def test_a_record_that_states_its_molecule_is_computed_with() -> None:
    assistant, _ = make_assistant()
    found = assistant.ask(
        "What is its LogP?", records=[RecordPart(Modality.GRAPH, smiles=canonicalize_smiles(ASPIRIN))]
    )
    assert found.answers[0].text == "1.31"


def test_a_record_beside_another_molecule_is_noticed_in_each_slot() -> None:
    assistant, _ = make_assistant()
    beside = TaskInput(molecule=ASPIRIN, records={Slot.MOLECULE: (RecordPart(Modality.GRAPH, smiles="CCO"),)})
    with pytest.raises(InvalidTaskInputError, match="the record shows CCO"):
        assistant.predict("logp", beside)
    reaction = TaskInput(reactants="CCO.CC(=O)O", records={Slot.REACTANTS: (RecordPart(Modality.GRAPH, smiles="CCN"),)})
    with pytest.raises(InvalidTaskInputError, match="the record shows CCN"):
        assistant.predict("forward_reaction", reaction)
    require_agreement(
        TaskInput(reactants="CCO.CC(=O)O", records={Slot.REACTANTS: (RecordPart(Modality.GRAPH, smiles="OCC"),)})
    )
    # One may leave out the stereochemistry that the other tells.
    require_agreement(
        TaskInput(
            molecule="C[C@H](N)C(=O)O", records={Slot.MOLECULE: (RecordPart(Modality.GRAPH, smiles="CC(N)C(=O)O"),)}
        )
    )


def test_records_of_a_written_molecule_are_not_shown_unless_the_model_alone_is_asked() -> None:
    assistant, model = make_assistant()
    alone = TaskInput(molecule=ASPIRIN, text="Is it a drug?")
    beside = replace(alone, records={Slot.MOLECULE: (RecordPart(Modality.GRAPH, smiles=ASPIRIN),)})
    assistant.predict("molecule_qa", [beside, alone])
    assert model.shown[0] == model.shown[1] == []
    assistant.predict("molecule_qa", [beside], source="model")
    assert model.shown[2] == [RecordPart(Modality.GRAPH, smiles=ASPIRIN)]


def test_a_stream_of_large_pictures_is_answered_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("anymol.inference.sources.drawn.read_drawing", lambda _: None)
    monkeypatch.setattr("anymol.inference.rows._PIXELS", 2500)
    taken = 0

    def draw() -> Iterator[TaskInput]:
        nonlocal taken
        for _ in range(7):
            taken += 1
            picture = RecordPart(Modality.IMAGE, MoleculeImage(np.full((20, 50, 3), 255, np.uint8)))
            yield TaskInput(records={Slot.MOLECULE: (picture,)})

    assistant, _ = make_assistant()
    found = assistant.predict_many("molecule_recognition", draw())
    behind = [taken for _ in found]
    assert behind == [3, 3, 3, 6, 6, 6, 7]


def test_a_task_is_not_asked_about_one_molecule_where_the_question_names_another() -> None:
    assistant, model = make_assistant()
    for question in ("Propose a retrosynthesis of aspirin.", "What does aspirin do?"):
        with pytest.raises(InvalidTaskInputError, match="names aspirin"):
            assistant.ask(question, ["CCO"])
    assert model.asked == []


@pytest.mark.usefixtures("without_stores")
def test_what_a_question_names_reacts_with_what_is_given() -> None:
    assistant, _ = make_assistant()
    asked = assistant.ask("What does this give with NaBH4?", ["CC(=O)c1ccccc1"]).asked
    assert asked.reactants == "CC(=O)c1ccccc1" and asked.reagents == "[BH4-].[Na+]"
