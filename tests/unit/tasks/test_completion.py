"""Reactions with a part missing."""

from __future__ import annotations

import pytest

from anymol.errors import InvalidTaskInputError
from anymol.inference.inputs import read_input, read_question
from anymol.modalities.content import TextPart
from anymol.tasks.prompt import MISSING, find_missing, render_prompt
from anymol.tasks.table import TASKS
from anymol.tasks.task import Slot, TaskInput

COMPLETION = TASKS["reaction_completion"]
ESTER, ACID, SULFURIC = "CCOC(C)=O", "CC(=O)O.CCO", "O=S(=O)(O)O"


def resolve(text: str) -> tuple[str, None]:
    return text, None


@pytest.mark.parametrize(
    ("written", "missing", "right"),
    [
        (f"{ACID}>{SULFURIC}>", Slot.PRODUCTS, ESTER),
        (f">{SULFURIC}>{ESTER}", Slot.REACTANTS, ACID),
        (f"{ACID}>>{ESTER}", Slot.REAGENTS, SULFURIC),
    ],
)
def test_the_empty_part_is_asked_for_and_its_answer_checked(written: str, missing: Slot, right: str) -> None:
    for understood in (
        read_input(COMPLETION, written, None, resolve),
        read_question(COMPLETION, [written], None, resolve),
    ):
        assert find_missing(understood.task_input) == [missing]
        (message,) = render_prompt(COMPLETION, understood.task_input)
        assert TextPart(MISSING) in message.parts
        assert all(check.passed for check in COMPLETION.verify(understood.task_input, right))


@pytest.mark.parametrize(
    "asked", [TaskInput(), TaskInput(reactants=ACID), TaskInput(reactants=ACID, reagents=SULFURIC, products=ESTER)]
)
def test_more_or_no_missing_parts_are_refused(asked: TaskInput) -> None:
    with pytest.raises(InvalidTaskInputError, match="exactly one part missing"):
        render_prompt(COMPLETION, asked)


def test_reactants_that_lack_atoms_fail() -> None:
    asked = TaskInput(reagents=SULFURIC, products=ESTER)
    assert COMPLETION.verify(asked, "CO")[1].passed is False
