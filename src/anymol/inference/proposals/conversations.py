"""What the model is asked, and is told to have answered, to say how likely a reaction is in both directions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from anymol.chem.alignment import align_reactants, align_smiles
from anymol.chem.reaction import find_largest
from anymol.modalities.content import Message, MoleculePart, Part, Role
from anymol.tasks.prompt import render_prompt
from anymol.tasks.reactions import FORWARD_REACTION, RETROSYNTHESIS
from anymol.tasks.task import ReagentsState, TaskInput


class Conversation(NamedTuple):
    """A question and an answer to it.

    Attributes:
        question: The messages that ask.
        answer: What the model is told to say.
    """

    question: Sequence[Message]
    answer: Sequence[Part]


def ask_back(product: str) -> TaskInput:
    """Return what a retrosynthesis is asked: the reactants alone."""
    return TaskInput(products=product, reagents_state=ReagentsState.DROPPED)


def write_back(product: str, reactants: str) -> Conversation:
    """Return the question for the reactants of a product, answered."""
    answer = MoleculePart(align_reactants(reactants, product), Role.REACTANT)
    return Conversation(render_prompt(RETROSYNTHESIS, ask_back(product)), (answer,))


def write_ahead(asked: TaskInput, product: str) -> Conversation:
    """Return the question for the product of what is mixed, answered.

    Args:
        asked: What is mixed.
        product: Canonical SMILES of one molecule.
    """
    answer = MoleculePart(align_smiles(product, find_largest(str(asked.reactants))), Role.PRODUCT)
    return Conversation(render_prompt(FORWARD_REACTION, asked), (answer,))
