"""Verdicts on edits, known by hand."""

from __future__ import annotations

import pytest

from anymol.data.example import InstructionExample
from anymol.evaluation.rewards import judge_example
from anymol.modalities.content import Message, MoleculePart, Role, Speaker, TextPart
from anymol.training.reinforcement.policy import Verdict

EDIT = InstructionExample(
    "edits/1", "molecule_editing",
    (Message(Speaker.USER, (MoleculePart("c1ccccc1CC"), TextPart(": "), TextPart("add a bromine"), TextPart("."))),),
    (MoleculePart("c1ccc(Br)cc1CC"),), "here", "CC0", "train",
)  # fmt: skip


# A made-up question of the kind, in which one component of a mixture is asked for.
MIXTURE = InstructionExample(
    "forward/1", "forward_reaction",
    (Message(Speaker.USER, (TextPart("What is the product of "), MoleculePart("CCO.CC(=O)Cl", Role.REACTANT),
                            TextPart(" with "), MoleculePart("CCN(CC)CC", Role.REAGENT), TextPart("?"))),),
    (MoleculePart("CCOC(C)=O", Role.PRODUCT),), "here", "CC0", "train",
)  # fmt: skip


@pytest.mark.parametrize("given", ["CCO.CC(=O)Cl", "CC(=O)Cl", "OCC", "CCN(CC)CC"])
def test_a_component_of_what_is_given_is_a_copy(given: str) -> None:
    verdict = judge_example(MIXTURE, f"<mol>{given}</mol>")
    assert verdict.is_copy and not verdict.is_right


def test_what_the_reference_says_is_not_a_copy() -> None:
    """Of a salt the acid may be asked for, which stands in the question."""
    question = (
        Message(Speaker.USER, (MoleculePart("CC(=O)O.Cl"), TextPart(": "), TextPart("remove the salt former"))),
    )
    salt = InstructionExample(
        "edits/2", "molecule_editing", question, (MoleculePart("CC(=O)O"),), "here", "CC0", "train"
    )
    assert judge_example(salt, "<mol>OC(C)=O</mol>") == Verdict(True, False, "CC(=O)O")
    assert judge_example(salt, "<mol>Cl</mol>").is_copy
    assert judge_example(MIXTURE, "<mol>CCOC(C)=O</mol>") == Verdict(True, False, "CCOC(C)=O")


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
