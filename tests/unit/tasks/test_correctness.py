"""What checks say of an answer."""

from __future__ import annotations

import pytest

from anymol.tasks.correctness import is_right, judge_checks, judge_text
from anymol.tasks.table import TASKS
from anymol.tasks.task import Check

PARSES = Check("parses", True, "1 molecule")
DONE = Check("edit_done", True, "one bromine more")
FAILED = Check("edit_done", False, "no bromine more")
OPEN = Check("edit_done", None, "cannot be told")


@pytest.mark.parametrize(
    ("checks", "verdict"),
    [
        ((), None),
        ((PARSES,), None),
        ((PARSES, OPEN), None),
        ((PARSES, DONE), True),
        ((PARSES, DONE, OPEN), True),
        ((PARSES, DONE, FAILED), False),
        ((Check("parses", False, "unclosed ring"),), False),
    ],
)
def test_verdict_of_checks(checks: tuple[Check, ...], verdict: bool | None) -> None:
    assert judge_checks(checks) is verdict


def test_an_open_ended_answer_is_right_by_its_checks() -> None:
    editing, forward = TASKS["molecule_editing"], TASKS["forward_reaction"]
    assert is_right(editing, "Brc1ccccc1C", "Cc1ccc(Br)cc1", (PARSES, DONE))
    assert not is_right(editing, "Brc1ccccc1C", "Cc1ccc(Br)cc1", (PARSES, FAILED))
    assert not is_right(editing, "Brc1ccccc1C", "Cc1ccc(Br)cc1", (PARSES, OPEN))
    assert is_right(editing, "Cc1ccc(Br)cc1", "Cc1ccc(Br)cc1")
    assert not is_right(forward, "CCO", "CCN", (PARSES, DONE))


def test_numbers_are_right_as_written() -> None:
    assert is_right(TASKS["logp"], 1.314, 1.31)
    assert not is_right(TASKS["logp"], 1.32, 1.31)


@pytest.mark.parametrize(
    ("task", "answer", "reference", "verdict"),
    [
        ("forward_reaction", "<mol>OCC</mol>", "<mol>CCO</mol>", True),
        ("forward_reaction", "<mol>CCN</mol>", "<mol>CCO</mol>", False),
        ("forward_reaction", "<mol>CC(</mol>", "<mol>CCO</mol>", None),
        ("retrosynthesis", "<mol>CO.OCC</mol>", "<mol>CCO.OC</mol>", True),
        ("molecular_weight", "46.070", "46.07", True),
        ("molecular_weight", "46.07", "unknown", False),
    ],
)
def test_two_texts(task: str, answer: str, reference: str, verdict: bool | None) -> None:
    assert judge_text(task, answer, reference) is verdict
