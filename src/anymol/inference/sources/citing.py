"""Precedents as evidence: what of a recorded reaction an answer shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from anymol.chem.reaction_names import name_change
from anymol.chem.recorded_reaction import RecordedReaction
from anymol.retrieval.reactions.outcomes import Precedent
from anymol.tasks.evidence import ReactionEvidence
from anymol.tasks.reaction_classes import name_reaction_class

CITED: Final = 3
"""Precedents that an answer shows."""

_READ: Final = 12
"""Of the nearest that are read to find so many different ones."""


def cite_precedents(precedents: Sequence[Precedent]) -> Iterator[ReactionEvidence]:
    """Yield the nearest of some precedents as evidence, each reaction of a store once, by its fullest record."""
    fullest: dict[tuple[int, str, str], tuple[Precedent, RecordedReaction]] = {}
    for one in precedents[:_READ]:
        reaction = one.reaction
        key = (id(one.store), reaction.reactants, reaction.products)
        if key not in fullest or _count_facts(reaction) > _count_facts(fullest[key][1]):
            fullest[key] = one, reaction
    for one, reaction in islice(fullest.values(), CITED):
        name = None if one.core is None else name_change(one.core)
        yield ReactionEvidence(
            reaction.id or f"reaction {one.row + 1:,}",
            one.similarity,
            reaction.source or one.store.name,
            reaction.smiles,
            reaction.year,
            reaction.yield_percent,
            reaction.temperature_c,
            name_reaction_class(reaction.reaction_class) or reaction.reaction_class or None,
            reaction.note or None,
            one.store.name,
            None if name is None else str(name),
            None if name is None else name.kind,
        )


def _count_facts(reaction: RecordedReaction) -> int:
    """Return how many fields of a record say something."""
    return sum(value not in ("", None) for value in vars(reaction).values())
