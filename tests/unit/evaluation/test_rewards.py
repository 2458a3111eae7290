"""Verdicts on edits, known by hand."""

from __future__ import annotations

import pytest

from anymol.data.example import InstructionExample
from anymol.evaluation.rewards import judge_example
from anymol.modalities.content import Message, MoleculePart, Speaker, TextPart
from anymol.training.reinforcement.policy import Verdict

EDIT = InstructionExample(
    "edits/1", "molecule_editing",
    (Message(Speaker.USER, (MoleculePart("c1ccccc1CC"), TextPart(": "), TextPart("add a bromine"), TextPart("."))),),
    (MoleculePart("c1ccc(Br)cc1CC"),), "here", "CC0", "train",
)  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("<mol>CCc1cccc(Br)c1</mol>", Verdict(True, False, "CCc1cccc(Br)c1")),  # the reference, written otherwise
        ("<mol>CCc1ccc(Br)cc1</mol>", Verdict(True, False, "CCc1ccc(Br)cc1")),  # elsewhere: the question says not where
        ("<mol>CCc1ccc(Cl)cc1</mol>", Verdict(False, False, "CCc1ccc(Cl)cc1")),  # another halogen
        ("<mol>CCc1ccccc1</mol>", Verdict(False, True, "CCc1ccccc1")),  # the question, given back
        ("<mol>Brc1ccccc1</mol>", Verdict(False, False, "Brc1ccccc1")),  # the bromine is there, the ethyl is not
        ("<mol>CC(</mol>", Verdict(False, False, None)),
        ("", Verdict(False, False, None)),
    ],
)
def test_an_edit_is_right_where_its_checks_pass(answer: str, verdict: Verdict) -> None:
    assert judge_example(EDIT, answer) == verdict
