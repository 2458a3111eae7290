"""Free questions: the task, the text and the molecules found in them, and what is outside.

The questions stand in ``questions.tsv``: what is given beside the question, the task (``outside`` where none fits), the
text and the molecules that the question itself holds (``*`` where they are not looked at), and the question.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from anymol.errors import UnknownTaskError
from anymol.tasks.routing import THRESHOLD, route

ANY = "*"
with Path(__file__).with_name("questions.tsv").open(encoding="utf-8", newline="") as stream:
    ROWS = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
ANSWERED = [row for row in ROWS if row["task"] != "outside"]
OUTSIDE = [row for row in ROWS if row["task"] == "outside"]


@pytest.mark.parametrize("row", ANSWERED, ids=lambda row: row["question"])
def test_questions_find_their_task(row: dict[str, str]) -> None:
    found = route(row["question"], has_molecule=row["given"] != "nothing", has_reaction=row["given"] == "reaction")
    assert found.task == row["task"]
    assert THRESHOLD <= found.score <= 1.0
    if row["text"] != ANY:
        assert found.text == row["text"]
    if row["molecules"] != ANY:
        assert " | ".join(found.molecules) == row["molecules"]


@pytest.mark.parametrize("row", OUTSIDE, ids=lambda row: row["question"])
def test_questions_outside_are_refused_with_a_hint(row: dict[str, str]) -> None:
    with pytest.raises(UnknownTaskError, match="outside what I was trained for") as caught:
        route(row["question"], has_molecule=row["given"] != "nothing", has_reaction=row["given"] == "reaction")
    assert "anymol tasks" in (caught.value.hint or "")


def test_an_empty_question_is_outside() -> None:
    with pytest.raises(UnknownTaskError):
        route("")


def test_nearest_tasks_are_named() -> None:
    with pytest.raises(UnknownTaskError) as caught:
        route("What is the exact mass?", has_molecule=True)
    assert "molecular_weight" in (caught.value.hint or "")


def test_others_are_listed_best_first() -> None:
    others = route("What is the product of this reaction and which reagents are needed?", has_reaction=True).others
    assert [score for _, score in others] == sorted((score for _, score in others), reverse=True)


@pytest.mark.parametrize("question", ["what is " * 2000, "C" * 10_000, "(" * 10_000, "design a molecule with " * 500])
def test_hostile_questions_return_quickly(question: str) -> None:
    try:
        route(question)
    except UnknownTaskError as error:
        assert len(error.input or "") < 200
