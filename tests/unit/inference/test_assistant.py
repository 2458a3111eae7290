"""The assistant with a model that only records what it is asked."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from anymol.inference.assistant import Assistant
from anymol.inference.scored import AnsweredRow, ScoredAnswer
from anymol.modalities.content import Message, TextPart
from anymol.tasks.task import Task


class RecordingModel:
    """Answers every question with chlorobenzene and keeps the texts of its prompts."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        config = SimpleNamespace(modalities={}, text_config=SimpleNamespace())
        self.generator = SimpleNamespace(
            model=SimpleNamespace(config=config), processor=SimpleNamespace(encode=self.encode)
        )

    def encode(self, messages: Sequence[Message]) -> list[int]:
        self.asked.append([part.text for message in messages for part in message.parts if isinstance(part, TextPart)])
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
    found = assistant.predict("molecule_editing", "Brc1ccccc1", text=written)
    assert len(model.asked) == 1
    assert "replace the bromine by a cyano group" in model.asked[0]
    assert not any("nitrile" in text for text in model.asked[0])
    assert not isinstance(found, list) and found.asked.text == written


def test_a_text_that_is_not_understood_is_shown_as_it_stands() -> None:
    assistant, model = make_assistant()
    assistant.predict("text_guided_design", "something nobody understands")
    assert "something nobody understands" in model.asked[0]
