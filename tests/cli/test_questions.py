"""The table of docs/how-to/questions.md says what is answered."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from anymol.inference.assistant import Assistant

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "questions.md"
LINES = re.findall(r"^\| ([^|]+?) \| ([^|]+?) \|$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]


def refuse_to_load() -> None:
    raise AssertionError("the model was asked")


@pytest.fixture(scope="module")
def assistant() -> Assistant:
    return Assistant(refuse_to_load, "silent")  # type: ignore[arg-type,return-value]


def test_the_table_is_long() -> None:
    assert len(LINES) >= 35


@pytest.mark.parametrize(("question", "held"), LINES, ids=[question for question, _ in LINES])
def test_a_line_is_answered_as_it_says(assistant: Assistant, question: str, held: str) -> None:
    found = assistant.ask(question)
    said = " ".join(str(answer) for answer in found.answers)
    said += " ".join(answer.shown for answer in found.answers)
    for piece in held.split("; "):
        assert piece in said
    assert all(answer.evidence and answer.program for answer in found.answers)
