"""Retrosynthesis by precedent: what recorded reactions that made the nearest products say of a molecule.

A reaction that made this very molecule is repeated as it was. Of the others the templates are applied, in the order in
which their products are like the one asked about (Coley et al. 2017, RetroSim, without its second factor).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from rdkit.DataStructs import ExplicitBitVect

from anymol.chem.fingerprints import morgan, tanimoto_row
from anymol.chem.recorded_reaction import RecordedReaction
from anymol.chem.templates import apply_to, prepare_product
from anymol.retrieval.reactions.store import FINGERPRINT_BITS, ReactionStore

NEIGHBOURS: Final = 200
"""Nearest reactions of each store that are looked at."""

TEMPLATES: Final = 120
"""Templates that are tried."""

CORES: Final = 60
"""Templates without surroundings that are tried after them: they fit where no precedent is near."""


@dataclass(frozen=True)
class Precedent:
    """A recorded reaction beside a question.

    Attributes:
        store: Where it is.
        row: Its place there.
        place: Its place among the nearest, counted from 0.
        similarity: Tanimoto similarity of its product to the one asked about.
        template: The template that it follows; None where it has none.
        core: The same without what surrounds the changed atoms.
    """

    store: ReactionStore
    row: int
    place: int
    similarity: float
    template: str | None
    core: str | None

    @property
    def reaction(self) -> RecordedReaction:
        """The reaction, read from its store."""
        return self.store[self.row]


@dataclass
class Precursors:
    """Reactants that may give a product.

    Attributes:
        reactants: Canonical SMILES, sorted, dot-joined.
        templates: Templates that give them, the one of the nearest precedent first; none where they are only recorded.
        count: Recorded reactions that follow one of these.
        precedents: The nearest reactions that do, or that are recorded to have made the product; the nearest first.
        recorded: Whether reactions of the very product stand among them, with these reactants.
        is_specific: Whether a template with surroundings gives them.
    """

    reactants: str
    templates: list[str] = field(default_factory=list)
    count: int = 0
    precedents: list[Precedent] = field(default_factory=list)
    recorded: bool = False
    is_specific: bool = False

    @property
    def similarity(self) -> float:
        """Of the product to that of the nearest precedent; 0 without one."""
        return self.precedents[0].similarity if self.precedents else 0.0


def find_precedents(stores: Sequence[ReactionStore], product: str, limit: int = NEIGHBOURS) -> list[Precedent]:
    """Return the reactions of all stores whose products are most like a molecule, the nearest first.

    Args:
        stores: Of equally near ones those of earlier stores come first.
        product: Canonical SMILES.
        limit: Of each store.

    Raises:
        InvalidSmilesError: The product does not parse.
    """
    found = [(store, one) for store in stores for one in store.search(product, limit)]
    found.sort(key=lambda pair: -pair[1].similarity)
    return [
        Precedent(store, one.row, place, one.similarity, one.template, one.core)
        for place, (store, one) in enumerate(found)
    ]


def propose_precursors(
    stores: Sequence[ReactionStore],
    product: str,
    *,
    templates: int = TEMPLATES,
    cores: int = CORES,
    more: Iterable[str] = (),
) -> list[Precursors]:
    """Return reactants that may give a product: recorded ones first, then by the nearest precedent.

    Args:
        stores: Where precedents are looked for, the user's own first.
        product: Canonical SMILES of one molecule.
        templates: Templates of precedents that are tried, those of the nearest first.
        cores: The same without surroundings, tried after these.
        more: Other templates that are tried after these.

    Raises:
        InvalidSmilesError: The product does not parse.
    """
    precedents = find_precedents(stores, product)
    found = _repeat_recorded(precedents, product)
    following = _group((one.template, one) for one in precedents)
    general = _group((one.core, one) for one in precedents)
    tried = dict.fromkeys([*list(following)[:templates], *list(general)[:cores], *more])
    prepared = prepare_product(product)
    for smarts in tried:
        for reactants in apply_to(smarts, prepared):
            if product not in reactants.split("."):
                proposal = found.setdefault(reactants, Precursors(reactants))
                proposal.templates.append(smarts)
                proposal.is_specific |= smarts in following
                near = following.get(smarts, general.get(smarts, []))
                proposal.precedents += [one for one in near if one not in proposal.precedents]
    for proposal in found.values():
        proposal.precedents.sort(key=lambda one: one.place)
        proposal.count = sum(store.count_template(smarts) for smarts in proposal.templates for store in stores)
    return sorted(found.values(), key=_order)


def compare_reactants(proposal: Precursors, *, most: int = 3) -> float:
    """Return how like proposed reactants are to those of their nearest precedents: the second factor of RetroSim.

    Args:
        proposal: The proposal.
        most: Precedents that are looked at.

    Returns:
        The greatest Tanimoto similarity, of the fingerprints of all reactants together; 0 without precedents.
    """
    if not proposal.precedents:
        return 0.0
    others = [_fingerprint(one.reaction.reactants) for one in proposal.precedents[:most]]
    return max(tanimoto_row(_fingerprint(proposal.reactants), others))


@lru_cache(maxsize=4096)
def _fingerprint(reactants: str) -> ExplicitBitVect:
    return morgan(reactants, radius=2, size=FINGERPRINT_BITS)


def count_molecules(stores: Sequence[ReactionStore], reactants: str) -> tuple[tuple[int, int], ...]:
    """Return for each molecule in how many recorded reactions it went in, and of how many it came out."""
    found = [[store.molecules.find(one) for store in stores] for one in reactants.split(".")]
    return tuple((sum(went_in for went_in, _ in one), sum(came_out for _, came_out in one)) for one in found)


def _repeat_recorded(precedents: Sequence[Precedent], product: str) -> dict[str, Precursors]:
    """Return what is recorded to have made the very product, by its reactants."""
    found: dict[str, Precursors] = {}
    for one in precedents:
        if one.similarity < 1.0:  # the nearest stand first; equal fingerprints are not yet equal molecules
            break
        reaction = one.reaction
        if reaction.products == product:
            proposal = found.setdefault(reaction.reactants, Precursors(reaction.reactants, recorded=True))
            proposal.precedents.append(one)
    return found


def _group(pairs: Iterable[tuple[str | None, Precedent]]) -> dict[str, list[Precedent]]:
    """Return precedents by what they follow."""
    grouped: dict[str, list[Precedent]] = {}
    for smarts, one in pairs:
        if smarts is not None:
            grouped.setdefault(smarts, []).append(one)
    return grouped


def _order(one: Precursors) -> tuple[bool, float, int, int, str]:
    nearest = one.precedents[0].place if one.precedents else math.inf
    return not one.recorded, nearest, -len(one.precedents), -one.count, one.reactants
