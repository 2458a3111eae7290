"""Reactants that stores and the model propose for a product, each with what both say of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from anymol.chem.alignment import align_reactants, align_smiles
from anymol.chem.reaction import join_molecules
from anymol.inference.options import PredictOptions, SourceChoice
from anymol.inference.sources.source import Question
from anymol.modalities.content import Message, MoleculePart, Part, Role
from anymol.retrieval.reactions.precursors import (
    Precursors,
    compare_reactants,
    count_molecules,
    propose_precursors,
)
from anymol.retrieval.reactions.store import ReactionStore
from anymol.tasks.prompt import render_prompt
from anymol.tasks.reactions import FORWARD_REACTION, RETROSYNTHESIS
from anymol.tasks.task import ReagentsState, TaskInput

if TYPE_CHECKING:
    from anymol.inference.scored import AnsweredRow
    from anymol.inference.sources.model import ModelSource

BEAMS: Final = 10
"""Proposals of the model."""

SCORED: Final = 40
"""Proposals of the stores that the model scores; those behind them have no near precedent and are dropped."""


@dataclass(frozen=True)
class Proposal:
    """Reactants that may give a product.

    Attributes:
        reactants: Canonical SMILES, sorted, dot-joined.
        known: For each of the molecules in how many recorded reactions it went in, and of how many it came out.
        found: What the stores say; None where the model alone proposes them.
        likeness: Of the reactants to those of the nearest precedents, 0 to 1.
        place: Their place among the stores' proposals, from 0; None with `found`.
        written: Their place among the model's proposals, from 0; None where it does not list them.
        log_prob: The model's own log-probability of them, summed over spellings, nats; None with `written`.
        backward: Surprise of the model at these reactants, aligned to the product, nats; None where no model was asked.
        forward: Surprise of the model at the product of these reactants, no reagents told, nats.
    """

    reactants: str
    known: tuple[tuple[int, int], ...] = ()
    found: Precursors | None = None
    likeness: float = 0.0
    place: int | None = None
    written: int | None = None
    log_prob: float | None = None
    backward: float | None = None
    forward: float | None = None


def gather_proposals(
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
    found = [_describe(stores, propose_precursors(stores, product)[:SCORED]) for product in products]
    if model is None:
        return found
    written = _ask(model, products)
    pooled = [_pool(stores, *row) for row in zip(products, found, written, strict=True)]
    return _score(model, products, pooled)


def _describe(stores: Sequence[ReactionStore], found: Sequence[Precursors]) -> list[Proposal]:
    return [
        Proposal(one.reactants, count_molecules(stores, one.reactants), one, compare_reactants(one), place)
        for place, one in enumerate(found)
    ]


def _ask(model: ModelSource, products: Sequence[str]) -> list[AnsweredRow]:
    options = PredictOptions(source=SourceChoice.MODEL, top_k=BEAMS)
    questions = [
        Question(RETROSYNTHESIS, TaskInput(products=one, reagents_state=ReagentsState.DROPPED), options)
        for one in products
    ]
    return model.answer(questions[0], [model.encode(one) for one in questions]) if questions else []


def _pool(
    stores: Sequence[ReactionStore], product: str, found: Sequence[Proposal], written: AnsweredRow
) -> list[Proposal]:
    pooled = {one.reactants: one for one in found}
    for place, answer in enumerate(written.answers):
        reactants = join_molecules([str(answer.value)])
        if product in reactants.split("."):
            continue
        known = pooled.get(reactants) or Proposal(reactants, count_molecules(stores, reactants))
        pooled[reactants] = replace(known, written=place, log_prob=answer.log_prob)
    return list(pooled.values())


def _score(model: ModelSource, products: Sequence[str], pooled: Sequence[Sequence[Proposal]]) -> list[list[Proposal]]:
    """Return the proposals with both surprises, all asked together."""
    from anymol.inference.likelihood import measure_surprise

    generator = model.answerer.generator
    pairs = [(product, one) for product, row in zip(products, pooled, strict=True) for one in row]
    backward = [_ask_back(product, one.reactants) for product, one in pairs]
    forward = [_ask_forward(product, one.reactants) for product, one in pairs]
    nats = iter(measure_surprise(generator.model, generator.processor, backward + forward).reshape(2, -1).T.tolist())
    return [
        [replace(one, backward=back, forward=ahead) for one, (back, ahead) in zip(row, nats, strict=False)]
        for row in pooled
    ]


Conversation = tuple[Sequence[Message], Sequence[Part]]


def _ask_back(product: str, reactants: str) -> Conversation:
    asked = render_prompt(RETROSYNTHESIS, TaskInput(products=product, reagents_state=ReagentsState.DROPPED))
    return asked, (MoleculePart(align_reactants(reactants, product), Role.REACTANT),)


def _ask_forward(product: str, reactants: str) -> Conversation:
    asked = render_prompt(FORWARD_REACTION, TaskInput(reactants=reactants, reagents_state=ReagentsState.DROPPED))
    largest = max(reactants.split("."), key=len)
    return asked, (MoleculePart(align_smiles(product, largest), Role.PRODUCT),)
