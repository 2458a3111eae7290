"""Reactants of one step back that stores and the model propose."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from anymol.inference.options import PredictOptions
from anymol.inference.proposals.conversations import Conversation, ask_back, write_ahead, write_back
from anymol.inference.proposals.proposal import (
    PLAIN,
    Choose,
    Proposal,
    ask_model,
    pool_proposals,
    propose_outcomes,
    score_proposals,
)
from anymol.inference.proposals.side_by_side import gather_side_by_side
from anymol.retrieval.reactions.precursors import propose_precursors
from anymol.retrieval.reactions.store import ReactionStore
from anymol.tasks.reactions import RETROSYNTHESIS
from anymol.tasks.task import ReagentsState, TaskInput

if TYPE_CHECKING:
    from anymol.inference.sources.model import ModelSource


def gather_precursors(
    stores: Sequence[ReactionStore],
    model: ModelSource | None,
    products: Sequence[str],
    options: PredictOptions = PLAIN,
    choose: Choose = list,
) -> list[list[Proposal]]:
    """Return for each product what is proposed, the chosen ones scored by the model where one is given.

    Args:
        stores: Where precedents are looked for.
        model: Proposes too, and scores.
        products: Canonical SMILES, one molecule each.
        options: Say in how many spellings the model is asked.
        choose: Says which are scored; all, if it is not given.

    Raises:
        AnyMolError: A product is too long for the model.
    """
    return gather_side_by_side(partial(_gather, stores, model, options, choose), products)


def _gather(
    stores: Sequence[ReactionStore],
    model: ModelSource | None,
    options: PredictOptions,
    choose: Choose,
    products: Sequence[str],
) -> list[list[Proposal]]:
    found = [propose_outcomes(propose_precursors(stores, product), stores=stores) for product in products]
    if model is None:
        return found
    written = ask_model(model, RETROSYNTHESIS, [ask_back(product) for product in products], options)
    rows = zip(found, written, products, strict=True)
    pooled = [pool_proposals(stores, *row) for row in rows]
    return score_proposals(model, pooled, [partial(_write, product) for product in products], choose)


def _write(product: str, reactants: str) -> tuple[Conversation, Conversation]:
    mixed = TaskInput(reactants=reactants, reagents_state=ReagentsState.DROPPED)
    return write_back(product, reactants), write_ahead(mixed, product)
