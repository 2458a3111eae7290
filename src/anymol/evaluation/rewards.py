"""What an answer is worth by the checks of its task: the verdicts that a model is trained on."""

from __future__ import annotations

from anymol.chem.parsing import canonicalize_smiles
from anymol.data.example import InstructionExample
from anymol.errors import InvalidSmilesError, UnreadableAnswerError
from anymol.evaluation.questions import read_reference, recover_input
from anymol.inference.ranking import verify_answer
from anymol.tasks.correctness import is_right
from anymol.tasks.table import get_task
from anymol.tasks.task import TaskInput
from anymol.training.reinforcement.policy import Verdict


def judge_example(example: InstructionExample, answer: str) -> Verdict:
    """Return what an answer to a question is worth.

    It is right where it says what the reference says, or where many answers are right and the checks of the task decide
    and pass this one. An answer that gives a molecule of the question back is a copy, and not right.

    Args:
        example: The question with its reference.
        answer: What a model wrote.
    """
    task = get_task(example.task)
    try:
        value = task.parse(answer)
    except UnreadableAnswerError:
        return Verdict(is_right=False, is_copy=False, said=None)
    asked = recover_input(task, example)
    is_copy = str(value) in _given(asked)
    right = is_right(task, value, read_reference(task, example), verify_answer(task, asked, value))
    return Verdict(is_right=right and not is_copy, is_copy=is_copy, said=str(value))


def _given(asked: TaskInput) -> set[str]:
    """Return the molecules that a question gives, canonical."""
    found = set()
    for written in (asked.molecule, asked.reactants, asked.products):
        if written:
            try:
                found.add(canonicalize_smiles(written))
            except InvalidSmilesError:
                continue  # of a reaction that is partly shown: nothing that an answer could copy
    return found
