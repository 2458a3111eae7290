"""Forward reactions by precedent: templates of recorded reactions, read forwards, applied to what is mixed.

What reactants give cannot be looked up by what they are alone, since the same molecules stand in many reactions. So
precedents are those whose products are like a first guess, a model's. Beside these the most frequent changes of all are
tried on whatever is mixed, of which 92 % of 400 validation reactions follow one of a thousand; and rules of textbooks,
for patents seldom record what every student learns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from anymol.chem.atom_use import count_atom_use
from anymol.chem.reaction import find_largest
from anymol.chem.templates import run_forward
from anymol.chem.textbook_reactions import find_textbook_products
from anymol.retrieval.reactions.outcomes import (
    Outcome,
    Outcomes,
    Precedent,
    compare_products,
    find_precedents,
)
from anymol.retrieval.reactions.store import ReactionStore

NEIGHBOURS: Final = 100
"""Nearest reactions of each store and guess that are looked at."""

TEMPLATES: Final = 100
"""Templates that are tried."""

CORES: Final = 50
"""Templates without surroundings that are tried after them."""

FREQUENT: Final = 1000
"""Most frequent templates without surroundings of each store, which are tried whatever the guesses."""

FREQUENT_KEPT: Final = 20
"""Products of these that are kept."""


def propose_products(
    stores: Sequence[ReactionStore],
    inputs: str,
    guesses: Sequence[str],
    *,
    reactants: str = "",
    neighbours: int = NEIGHBOURS,
    templates: int = TEMPLATES,
    cores: int = CORES,
) -> list[Outcome]:
    """Return products that reactants may give: recorded ones first, then by the nearest precedent, then by frequency.

    Args:
        stores: Where precedents are looked for, the user's own first.
        inputs: Canonical SMILES of what is mixed, dot-joined; reagents and solvents may be among them.
        guesses: Canonical SMILES of products that seem likely.
        reactants: Those of the inputs that react, where that is known: a reaction is recorded only with just these.
        neighbours: Nearest reactions of each store and guess that are looked at.
        templates: Templates of precedents that are tried, those of the nearest first.
        cores: The same without surroundings, tried after these.

    Raises:
        InvalidSmilesError: An input or a guess does not parse.
    """
    precedents = find_precedents(stores, guesses, neighbours)
    outcomes = Outcomes(precedents, templates, cores)
    mixed = set(inputs.split("."))
    for template in outcomes.tried:
        for product in run_forward(template, inputs):
            # By-products that a template draws stand apart; the largest molecule is what is asked for.
            largest = find_largest(product)
            if largest not in mixed:
                outcomes.add(largest, template)
    found = outcomes.rank(stores)
    for one in found:
        compare_products(one)
        one.recorded = any(_is_recorded(precedent, one, reactants or inputs, mixed) for precedent in one.precedents)
    near = sorted(
        found, key=lambda one: (not one.recorded, -one.similarity, -len(one.precedents), -one.count, one.smiles)
    )
    known = {one.smiles for one in near} | mixed
    return _add_taught(inputs, [*near, *_try_frequent(stores, inputs, reactants or inputs, known)])


def _try_frequent(stores: Sequence[ReactionStore], inputs: str, reactants: str, known: set[str]) -> list[Outcome]:
    """Return what the most frequent changes give, without precedents: what needs all reactants first."""
    outcomes = Outcomes((), 0, 0)
    for core in dict.fromkeys(core for store in stores for core in store.cores[:FREQUENT]):
        for product in run_forward(core, inputs):
            largest = find_largest(product)
            if largest not in known:
                outcomes.add(largest, core)
    ordered = sorted(outcomes.rank(stores), key=lambda one: (*_count_waste(inputs, reactants, one), -one.count))
    return ordered[:FREQUENT_KEPT]


def _add_taught(inputs: str, found: list[Outcome]) -> list[Outcome]:
    """Return outcomes with the names of the rules that give them too, and behind them what only textbooks tell."""
    known = {one.smiles: one for one in found}
    for taught in find_textbook_products(inputs):
        one = known.setdefault(taught.smiles, Outcome(taught.smiles))
        one.textbook, one.decides = taught.name, taught.decides
    return list(known.values())


def _count_waste(inputs: str, reactants: str, outcome: Outcome) -> tuple[int, bool]:
    """Return how many reactants a product does not need, and whether they lack some of its atoms."""
    use = count_atom_use(reactants, inputs, outcome.smiles)
    return len(use.idle), use.missing_from_reactants > 0


def _is_recorded(precedent: Precedent, outcome: Outcome, reactants: str, mixed: set[str]) -> bool:
    """Whether a precedent made the very product from just these reactants, with nothing that is not mixed."""
    if precedent.similarity < 1.0:
        return False
    reaction = precedent.reaction
    same = set(reaction.reactants.split(".")) == set(reactants.split("."))
    return reaction.products == outcome.smiles and same and set(filter(None, reaction.helping.split("."))) <= mixed
