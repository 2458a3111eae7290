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
    and pass this one. An answer that gives a molecule of the question back, or one component of a mixture there, is a
    copy, and not right; unless the reference says the same: of a salt its acid may be asked for.

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
    reference = read_reference(task, example)
    is_copy = value != reference and str(value) in _given(asked)
    right = is_right(task, value, reference, verify_answer(task, asked, value))
    return Verdict(is_right=right and not is_copy, is_copy=is_copy, said=str(value))


def _given(asked: TaskInput) -> set[str]:
    """Return the molecules and mixtures that a question gives, and the components of mixtures, canonical."""
    found = set[str]()
    for written in (asked.molecule, asked.reactants, asked.reagents, asked.products):
        if written:
            try:
                whole = canonicalize_smiles(written)
            except InvalidSmilesError:
                continue  # of a reaction that is partly shown: nothing that an answer could copy
            found.update((whole, *whole.split(".")))
    return found
