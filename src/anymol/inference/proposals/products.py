"""Products that stores and the model propose for what is mixed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from anymol.chem.atom_use import count_atom_use
from anymol.inference.options import PredictOptions
from anymol.inference.proposals.conversations import Conversation, write_ahead, write_back
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
from anymol.retrieval.reactions.products import propose_products
from anymol.retrieval.reactions.store import ReactionStore
from anymol.tasks.reactions import FORWARD_REACTION
from anymol.tasks.task import TaskInput

if TYPE_CHECKING:
    from anymol.inference.sources.model import ModelSource

GUESSES: Final = 3
"""Of the model, whose precedents are looked at."""


def gather_products(
    stores: Sequence[ReactionStore],
    model: ModelSource,
    inputs: Sequence[TaskInput],
    options: PredictOptions = PLAIN,
    choose: Choose = list,
) -> list[list[Proposal]]:
    """Return for each input what is proposed, the chosen ones scored by the model.

    Args:
        stores: Where precedents are looked for.
        model: Guesses first, and scores.
        inputs: Reactants and reagents, canonical.
        options: Say in how many spellings the model is asked.
        choose: Says which are scored; all, if it is not given.

    Raises:
        AnyMolError: An input is too long for the model.
    """
    return gather_side_by_side(partial(_gather, stores, model, options, choose), inputs)


def _gather(
    stores: Sequence[ReactionStore],
    model: ModelSource,
    options: PredictOptions,
    choose: Choose,
    inputs: Sequence[TaskInput],
) -> list[list[Proposal]]:
    written = ask_model(model, FORWARD_REACTION, inputs, options)
    mixed = [".".join(part for part in (one.reactants, one.reagents) if part) for one in inputs]
    found = []
    for smiles, one, row in zip(mixed, inputs, written, strict=True):
        reactants, guesses = str(one.reactants), [str(answer.value) for answer in row.answers[:GUESSES]]
        outcomes = propose_products(stores, smiles, guesses, reactants=reactants)
        found.append(propose_outcomes(outcomes, reactants=reactants))
    # Whether a product is known says nothing: the reactions that rankers are fitted on were chosen for unknown ones.
    pooled = [pool_proposals((), *row) for row in zip(found, written, mixed, strict=True)]
    counted = [[_count(one, proposal) for proposal in row] for one, row in zip(inputs, pooled, strict=True)]
    return score_proposals(model, counted, [partial(_write, one) for one in inputs], choose)


def _count(asked: TaskInput, proposal: Proposal) -> Proposal:
    use = count_atom_use(str(asked.reactants), asked.reagents or "", proposal.smiles)
    return replace(proposal, use=use)


def _write(asked: TaskInput, product: str) -> tuple[Conversation, Conversation]:
    return write_ahead(asked, product), write_back(product, str(asked.reactants))
