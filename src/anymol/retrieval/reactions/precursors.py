"""Retrosynthesis by precedent: templates of the reactions that made the nearest products, applied to a molecule.

The order is that of Coley et al. 2017 (RetroSim) without its second factor: a template counts as much as the product
of its nearest reaction is like the one asked about.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from anymol.chem.templates import apply_to, prepare_product
from anymol.retrieval.reactions.store import Neighbour, ReactionStore

NEIGHBOURS: Final = 200
"""Nearest reactions that are looked at."""

TEMPLATES: Final = 60
"""Templates that are tried."""


@dataclass(frozen=True)
class Precursors:
    """Reactants that may give a product.

    Attributes:
        reactants: Canonical SMILES, sorted, dot-joined.
        similarity: Of the product to that of the nearest reaction that follows one of its templates; 0 where none of
            the nearest does.
        support: Of the nearest reactions, those that follow one of its templates.
        template: Number of the template of the nearest of them.
        count: Reactions of the store that follow that template.
        neighbours: These nearest reactions, the nearest first.
    """

    reactants: str
    similarity: float
    support: int
    template: int
    count: int
    neighbours: tuple[Neighbour, ...]


def propose_precursors(
    store: ReactionStore,
    product: str,
    *,
    neighbours: int = NEIGHBOURS,
    templates: int = TEMPLATES,
    more: Iterable[int] = (),
) -> list[Precursors]:
    """Return reactants that may give a product, by the nearest precedent.

    Args:
        store: Where precedents are looked for.
        product: Canonical SMILES of one molecule.
        neighbours: Reactions that are looked at.
        templates: Templates that are tried, the nearest first.
        more: Numbers of other templates that are tried after these.

    Raises:
        InvalidSmilesError: The product does not parse.
    """
    following: dict[int, list[Neighbour]] = {}
    for one in store.search(product, neighbours):
        if one.template >= 0:
            following.setdefault(one.template, []).append(one)
    tried = list(following)[:templates]
    tried += [number for number in more if number not in tried]
    prepared = prepare_product(product)
    found: dict[str, list[int]] = {}
    for number in tried:
        for reactants in apply_to(store.templates[number].smarts, prepared):
            if product not in reactants.split("."):
                found.setdefault(reactants, []).append(number)
    proposals = [_gather(store, reactants, numbers, following) for reactants, numbers in found.items()]
    return sorted(proposals, key=lambda one: (-one.similarity, -one.support, -one.count, one.reactants))


def _gather(
    store: ReactionStore, reactants: str, numbers: Sequence[int], following: dict[int, list[Neighbour]]
) -> Precursors:
    near = sorted((one for number in numbers for one in following.get(number, ())), key=lambda one: -one.similarity)
    template = near[0].template if near else max(numbers, key=lambda number: store.templates[number].count)
    return Precursors(
        reactants,
        near[0].similarity if near else 0.0,
        len(near),
        template,
        store.templates[template].count,
        tuple(near),
    )
