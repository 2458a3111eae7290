"""Products that stores and the model propose for what is mixed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from anymol.chem.atom_use import count_atom_use
from anymol.chem.mass_balance import MassBalance, balance_reaction
from anymol.chem.reaction_roles import find_roles
from anymol.chem.redox import lacks_oxidant, lacks_reductant
from anymol.errors import AnyMolError
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
from anymol.retrieval.reactions.outcomes import compare_helping
from anymol.retrieval.reactions.products import propose_products
from anymol.retrieval.reactions.store import ReactionStore
from anymol.tasks.reactions import FORWARD_REACTION
from anymol.tasks.task import ReagentsState, TaskInput

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
    mixed = [_mix(one) for one in inputs]
    found = []
    for smiles, one, row in zip(mixed, inputs, written, strict=True):
        reactants, guesses = str(one.reactants), [str(answer.value) for answer in row.answers[:GUESSES]]
        outcomes = propose_products(stores, smiles, guesses, reactants=reactants)
        found.append(propose_outcomes(outcomes, reactants=reactants))
    # Whether a product is known says nothing: the reactions that rankers are fitted on were chosen for unknown ones.
    pooled = [pool_proposals((), *row) for row in zip(found, written, mixed, strict=True)]
    counted = [
        _leave_out_ions(one, _keep_possible(one, [_count(one, each) for each in row]))
        for one, row in zip(inputs, pooled, strict=True)
    ]
    return score_proposals(model, counted, [partial(_write, one) for one in inputs], choose)


def _count(asked: TaskInput, proposal: Proposal) -> Proposal:
    """Return a proposal with what it takes of what is given, what is left, and how like that was helped."""
    use = count_atom_use(str(asked.reactants), asked.reagents or "", proposal.smiles)
    helping = ".".join(one for one in (asked.reagents or "").split(".") if one and not _is_solvent(one))
    helped = compare_helping(proposal.found, helping) if proposal.found is not None else 0.0
    return replace(proposal, use=use, balance=_balance(_mix(asked), proposal.smiles), helped=helped)


def _mix(asked: TaskInput) -> str:
    """Return all that is mixed, dot-joined."""
    return ".".join(part for part in (asked.reactants, asked.reagents) if part)


def _balance(inputs: str, product: str) -> MassBalance | None:
    try:
        return balance_reaction(inputs, product)
    except AnyMolError:  # molecules beyond what can be mapped
        return None


def _is_solvent(smiles: str) -> bool:
    found = find_roles(smiles)
    return found is not None and found.usual == "solvent"


def _keep_possible(asked: TaskInput, proposals: list[Proposal]) -> list[Proposal]:
    """Return proposals without bare oxidations and reductions for which nothing oxidises or reduces, as far as is told.

    Records leave out hydrogen, yet hardly where they name a reagent: of 706 validation reactions with one beside their
    solvents, 19 seem to lack a reductant, half of them by how ions or groups were read. Where solvents alone are named,
    21 of 162 do: there such a product is only doubted. So is what also loses a group, which may be a matter of how
    atoms were mapped.
    """
    if asked.reagents_state is ReagentsState.DROPPED:
        return proposals
    mixed = _mix(asked)
    has_reagent = any(one and not _is_solvent(one) for one in (asked.reagents or "").split("."))
    return [
        one
        for one in proposals
        if one.balance is None
        or not (_lacks_oxidant(mixed, one.balance) or (has_reagent and _lacks_reductant(mixed, one.balance)))
    ] or proposals


def _leave_out_ions(asked: TaskInput, proposals: list[Proposal]) -> list[Proposal]:
    """Return proposals without the bare ion of a molecule that is asked about alone: records write salts so."""
    if "." in _mix(asked):
        return proposals
    return [one for one in proposals if one.balance is None or not _loses_protons(one.balance)] or proposals


def _loses_protons(balance: MassBalance) -> bool:
    return bool(balance.left) and not balance.taken and all(one.endswith("H+") for one in balance.left)


def _lacks_oxidant(mixed: str, balance: MassBalance) -> bool:
    is_bare = all(one.endswith("H2") for one in balance.left) and all(one.endswith("O") for one in balance.taken)
    return is_bare and lacks_oxidant(mixed, balance)


def _lacks_reductant(mixed: str, balance: MassBalance) -> bool:
    is_bare = all(one.endswith("water") for one in balance.left) and all(one.endswith("H2") for one in balance.taken)
    return is_bare and lacks_reductant(mixed, balance)


def _write(asked: TaskInput, product: str) -> tuple[Conversation, Conversation]:
    return write_ahead(asked, product), write_back(product, str(asked.reactants))
