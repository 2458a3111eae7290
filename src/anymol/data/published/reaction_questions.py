"""The questions that a reaction of a public set serves."""

from __future__ import annotations

from collections.abc import Iterator

from anymol.chem.reaction import Reaction, join_molecules
from anymol.data.published.published_set import Question
from anymol.errors import DataError
from anymol.tasks.task import ReagentsState, TaskInput


def ask_reaction(reaction: Reaction, state: ReagentsState, reaction_class: str | None = None) -> Iterator[Question]:
    """Yield what a reaction is asked: forwards, and backwards and for its reagents where these are told apart.

    Args:
        reaction: The reaction.
        state: What its record says of its reagents.
        reaction_class: Name of its class; None where nobody states it.

    Raises:
        DataError: It has not one product, or the product is also an input.
    """
    product = join_molecules(reaction.products)
    if len(reaction.products) != 1 or not reaction.reactants:
        raise DataError("the reaction has not reactants and one product", value=reaction.smiles)
    if product in reaction.inputs:
        raise DataError("the product is also an input", value=reaction.smiles)
    reactants, reagents = join_molecules(reaction.reactants), join_molecules(reaction.reagents)
    forward = TaskInput(reactants=reactants, reagents=reagents or None, reagents_state=state)
    yield Question("forward_reaction", forward, product)
    if state is ReagentsState.MIXED:
        return  # the answers would hide the reactants among solvents
    yield Question("retrosynthesis", TaskInput(products=product, reagents_state=state), reactants)
    if reaction_class is not None:
        yield Question("retrosynthesis_by_class", TaskInput(products=product, text=reaction_class), reactants)
    if reagents:
        yield Question("reagent_prediction", TaskInput(reactants=reactants, products=product), reagents)
