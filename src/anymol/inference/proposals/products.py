"""Products that stores and the model propose for what is mixed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from anymol.chem.alignment import align_reactants, align_smiles
from anymol.inference.proposals.proposal import (
    SCORED,
    Conversation,
    Proposal,
    ask_model,
    pool_proposals,
    score_proposals,
)
from anymol.modalities.content import MoleculePart, Role
from anymol.retrieval.reactions.outcomes import compare_reactants
from anymol.retrieval.reactions.products import propose_products
from anymol.retrieval.reactions.store import ReactionStore
from anymol.tasks.prompt import render_prompt
from anymol.tasks.reactions import FORWARD_REACTION, RETROSYNTHESIS
from anymol.tasks.task import ReagentsState, TaskInput

if TYPE_CHECKING:
    from anymol.inference.sources.model import ModelSource

GUESSES: Final = 3
"""Of the model, whose precedents are looked at."""


def gather_products(
    stores: Sequence[ReactionStore], model: ModelSource, inputs: Sequence[TaskInput]
) -> list[list[Proposal]]:
    """Return for each input what is proposed, scored by the model.

    Args:
        stores: Where precedents are looked for.
        model: Guesses first, and scores all.
        inputs: Reactants and reagents, canonical.

    Raises:
        AnyMolError: An input is too long for the model.
    """
    written = ask_model(model, FORWARD_REACTION, inputs)
    mixed = [".".join(part for part in (one.reactants, one.reagents) if part) for one in inputs]
    found = [
        _look_up(stores, smiles, str(one.reactants), [str(answer.value) for answer in row.answers[:GUESSES]])
        for smiles, one, row in zip(mixed, inputs, written, strict=True)
    ]
    # Whether a product is known says nothing: the reactions that rankers are fitted on were chosen for unknown ones.
    pooled = [pool_proposals((), *row) for row in zip(found, written, mixed, strict=True)]
    return score_proposals(model, pooled, [partial(_write, one) for one in inputs])


def _look_up(stores: Sequence[ReactionStore], mixed: str, reactants: str, guesses: Sequence[str]) -> list[Proposal]:
    return [
        Proposal(one.smiles, (), one, compare_reactants(one, reactants), place)
        for place, one in enumerate(propose_products(stores, mixed, guesses, reactants=reactants)[:SCORED])
    ]


def _write(asked: TaskInput, product: str) -> tuple[Conversation, Conversation]:
    reactants = str(asked.reactants)
    largest = max(reactants.split("."), key=len)
    back = TaskInput(products=product, reagents_state=ReagentsState.DROPPED)
    return (
        (render_prompt(FORWARD_REACTION, asked), (MoleculePart(align_smiles(product, largest), Role.PRODUCT),)),
        (render_prompt(RETROSYNTHESIS, back), (MoleculePart(align_reactants(reactants, product), Role.REACTANT),)),
    )
