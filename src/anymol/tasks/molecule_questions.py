"""Questions about a molecule in free words, answered in words or by choosing one of four answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from anymol.errors import UnreadableAnswerError
from anymol.metrics.classification import CHOICE_METRICS
from anymol.metrics.metric import Metric
from anymol.metrics.text import TEXT_METRICS, exact_text
from anymol.tasks.claims import check_claims
from anymol.tasks.parsing import parse_label, parse_text
from anymol.tasks.task import AnswerKind, Check, Slot, Task, TaskInput, Value, say_unwritten

LETTERS: Final = ("A", "B", "C", "D")


def write_options(question: str, options: Sequence[str]) -> str:
    """Return a question with its answers to choose from.

    >>> write_options("Is it a drug?", ["Yes", "No"])
    'Is it a drug? A: Yes; B: No'
    """
    listed = "; ".join(f"{letter}: {option}" for letter, option in zip(LETTERS, options, strict=False))
    return f"{question} {listed}"


def parse_answer(text: str) -> str:
    """Read a short answer in words or figures.

    Raises:
        UnreadableAnswerError: Nothing is said.
    """
    try:
        return parse_text(text)
    except UnreadableAnswerError:
        figures = " ".join(text.split())
        if not any(character.isdigit() for character in figures):
            raise
        return figures


def verify_answer_text(task_input: TaskInput, value: Value) -> tuple[Check, ...]:
    """Check the classes that an answer says the molecule belongs to."""
    if not task_input.molecule:
        return (say_unwritten("claims", "molecule"),)
    return check_claims(task_input.molecule, str(value))


def verify_choice(task_input: TaskInput, value: Value) -> tuple[Check, ...]:
    """Check that the chosen answer is one of those that the question gives."""
    offered = [letter for letter in LETTERS if f"{letter}: " in (task_input.text or "")]
    return (Check("offered", str(value) in offered, f"{value} of {', '.join(offered) or 'no answers'}"),)


MOLECULE_QA: Final = Task(
    name="molecule_qa",
    version=1,
    family="mol2text",
    summary="Answer a question about a drug: its use, its class, what is known of it.",
    required=(Slot.MOLECULE, Slot.TEXT),
    answer=AnswerKind.TEXT,
    phrasings=(
        "Question about {molecule}: {text}",
        "About {molecule}: {text}",
        "{molecule}: {text}",
        "Answer a question about {molecule}: {text}",
        "Regarding {molecule}: {text}",
        "For the drug {molecule}: {text}",
    ),
    parse=parse_answer,
    metrics=(Metric("exact_text", exact_text, higher_is_better=True), *TEXT_METRICS),
    verify=verify_answer_text,
    example=(
        TaskInput(molecule="CC(=O)Oc1ccccc1C(=O)O", text="What is its mechanism of action?"),
        "It inhibits cyclooxygenase irreversibly.",
    ),
    by_name_only=True,
)

MOLECULE_QA_CHOICE: Final = Task(
    name="molecule_qa_choice",
    version=1,
    family="mol2text",
    summary="Choose the right one of up to four answers to a question about a molecule.",
    required=(Slot.MOLECULE, Slot.TEXT),
    answer=AnswerKind.CLASS,
    labels=LETTERS,
    phrasings=(
        "Choose the right answer about {molecule}: {text}",
        "Which answer is right for {molecule}? {text}",
        "{molecule}, choose one: {text}",
        "Pick the letter of the right answer about {molecule}: {text}",
        "Multiple choice about {molecule}: {text}",
        "Select one answer about {molecule}: {text}",
    ),
    parse=parse_label(*LETTERS),
    metrics=CHOICE_METRICS,
    verify=verify_choice,
    example=(
        TaskInput(
            molecule="CNC(=O)Oc1ccc(C)c(C)c1",
            text=write_options(
                "What kind of insecticide is it?",
                ["a phytogenic one", "a carbamate", "a pyrethroid", "an organophosphate"],
            ),
        ),
        "B",
    ),
    by_name_only=True,
)
