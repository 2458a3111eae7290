"""One step back from a molecule, as a search asks for it: reactants, how likely each is right, and what it rests on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol

from anymol.inference.precursors.proposals import Proposal, gather_proposals
from anymol.inference.sources.model import ModelSource
from anymol.inference.sources.precursors import cite_precedent
from anymol.retrieval.reactions.store import ReactionStore
from anymol.tasks.evidence import Evidence, ModelEvidence

CITED: Final = 3
"""Precedents that a step shows."""

_UNFITTED: Final = "the probabilities of the steps are not calibrated: they only order them"


def _list_nothing(limit: int | None) -> tuple[Evidence, ...]:
    return ()


@dataclass(frozen=True)
class Step:
    """A reaction of a route.

    Attributes:
        product: Canonical SMILES of what is made.
        reactants: Canonical SMILES of what it is made of, sorted, each once.
        probability: That these are the right reactants of the product, above 0 and at most 1.
        list_evidence: Returns what the step rests on, the nearest first: so many of them, or all. Read when asked for,
            since a search proposes a hundred steps for each that it keeps.
    """

    product: str
    reactants: tuple[str, ...]
    probability: float
    list_evidence: Callable[[int | None], tuple[Evidence, ...]] = _list_nothing

    @property
    def smiles(self) -> str:
        """The reaction as ``reactants>>product``."""
        return f"{'.'.join(self.reactants)}>>{self.product}"

    def to_json(self) -> dict[str, Any]:
        """Return the form that ``--json`` prints."""
        return {
            "reaction": self.smiles,
            "product": self.product,
            "reactants": list(self.reactants),
            "probability": round(self.probability, 6),
            "evidence": [one.to_json() for one in self.list_evidence(CITED)],
        }


class SingleStep(Protocol):
    """What a search asks."""

    name: str
    """Its name: the stores and the model."""
    notes: tuple[str, ...]
    """What must be said of all its steps."""

    def propose(self, product: str) -> list[Step]:
        """Return steps that may make a molecule, the most probable first.

        Args:
            product: Canonical SMILES of one molecule.
        """


class Ranker(Protocol):
    """Gives proposals their probabilities: a fitted :class:`~anymol.inference.precursors.ranker.PrecursorRanker`."""

    def rank(self, proposals: Sequence[Proposal]) -> list[tuple[Proposal, float]]:
        """Return proposals with their probability of being right, the most probable first."""


class PrecedentRanker:
    """Ranks by precedent alone, unfitted: in the order of the stores, by the fourth power of the similarity.

    ``p_i = s_i^4 / (1 + place_i) / (c + sum_j s_j^4 / (1 + place_j))`` with the similarity ``s`` of the nearest precedent
    and ``c`` for the case that none is right. It orders a search; its numbers are not calibrated.
    """

    NONE: Final = 0.25

    def rank(self, proposals: Sequence[Proposal]) -> list[tuple[Proposal, float]]:
        """Return proposals with their share, the largest first; those without a precedent are left out."""
        weights = []
        for one in proposals:
            similarity = 0.0 if one.found is None else one.found.similarity
            place = one.place if one.place is not None else len(proposals)
            weights.append(similarity**4 / (1 + place))
        whole = self.NONE + sum(weights)
        ranked = [(one, weight / whole) for one, weight in zip(proposals, weights, strict=True) if weight > 0]
        return sorted(ranked, key=lambda pair: (-pair[1], pair[0].reactants))


class RankedStep:
    """Stores of reactions, and a model where one is given, ranked together.

    Args:
        stores: Where precedents are looked for, the user's own first.
        ranker: Gives the probabilities.
        model: Proposes and judges too; None for templates only.
    """

    def __init__(self, stores: Sequence[ReactionStore], ranker: Ranker, model: ModelSource | None = None) -> None:
        self._stores, self._ranker, self._model = tuple(stores), ranker, model
        names = [store.name for store in self._stores] + ([model.name] if model is not None else [])
        self.name = " and ".join(names)
        self.notes = (_UNFITTED,) if isinstance(ranker, PrecedentRanker) else ()

    def propose(self, product: str) -> list[Step]:
        """Return steps that may make a molecule, the most probable first.

        Raises:
            AnyMolError: The product is too long for the model.
        """
        (proposals,) = gather_proposals(self._stores, self._model, [product])
        return [
            Step(product, tuple(sorted(set(one.reactants.split(".")))), probability, partial(self._list_evidence, one))
            for one, probability in self._ranker.rank(proposals)
            if probability > 0
        ]

    def _list_evidence(self, proposal: Proposal, limit: int | None) -> tuple[Evidence, ...]:
        precedents = proposal.found.precedents[:limit] if proposal.found is not None else []
        evidence: list[Evidence] = [cite_precedent(one) for one in precedents]
        if proposal.written is not None and self._model is not None:
            evidence.append(ModelEvidence(self._model.name))
        return tuple(evidence)
