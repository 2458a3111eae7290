"""Precedents as evidence: what of a recorded reaction an answer shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from anymol.retrieval.reactions.outcomes import Precedent
from anymol.tasks.evidence import ReactionEvidence

CITED: Final = 3
"""Precedents that an answer shows."""


def cite_precedents(precedents: Sequence[Precedent]) -> Iterator[ReactionEvidence]:
    """Yield the nearest of some precedents as evidence."""
    for one in precedents[:CITED]:
        reaction = one.reaction
        yield ReactionEvidence(
            reaction.id or f"reaction {one.row + 1:,}",
            one.similarity,
            reaction.source or one.store.name,
            reaction.smiles,
            reaction.year,
            reaction.yield_percent,
            reaction.temperature_c,
            reaction.reaction_class or None,
            reaction.note or None,
            one.store.name,
        )
