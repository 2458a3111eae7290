"""Reactants of one step back that stores and the model propose."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

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
from anymol.retrieval.reactions.outcomes import compare_reactants, count_molecules
from anymol.retrieval.reactions.precursors import propose_precursors
from anymol.retrieval.reactions.store import ReactionStore
from anymol.tasks.prompt import render_prompt
from anymol.tasks.reactions import FORWARD_REACTION, RETROSYNTHESIS
from anymol.tasks.task import ReagentsState, TaskInput

if TYPE_CHECKING:
    from anymol.inference.sources.model import ModelSource


def gather_precursors(
    stores: Sequence[ReactionStore], model: ModelSource | None, products: Sequence[str]
) -> list[list[Proposal]]:
    """Return for each product what is proposed, scored by the model where one is given.

    Args:
        stores: Where precedents are looked for.
        model: Proposes too, and scores all.
        products: Canonical SMILES, one molecule each.

    Raises:
        AnyMolError: A product is too long for the model.
    """
    found = [_look_up(stores, product) for product in products]
    if model is None:
        return found
    written = ask_model(model, RETROSYNTHESIS, [_ask_back(product) for product in products])
    rows = zip(found, written, products, strict=True)
    pooled = [pool_proposals(stores, *row) for row in rows]
    return score_proposals(model, pooled, [partial(_write, product) for product in products])


def _look_up(stores: Sequence[ReactionStore], product: str) -> list[Proposal]:
    return [
        Proposal(one.smiles, count_molecules(stores, one.smiles), one, compare_reactants(one, one.smiles), place)
        for place, one in enumerate(propose_precursors(stores, product)[:SCORED])
    ]


def _ask_back(product: str) -> TaskInput:
    return TaskInput(products=product, reagents_state=ReagentsState.DROPPED)


def _write(product: str, reactants: str) -> tuple[Conversation, Conversation]:
    back = render_prompt(RETROSYNTHESIS, _ask_back(product))
    forward = TaskInput(reactants=reactants, reagents_state=ReagentsState.DROPPED)
    largest = max(reactants.split("."), key=len)
    return (
        (back, (MoleculePart(align_reactants(reactants, product), Role.REACTANT),)),
        (render_prompt(FORWARD_REACTION, forward), (MoleculePart(align_smiles(product, largest), Role.PRODUCT),)),
    )
