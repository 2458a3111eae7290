"""One step back from a molecule, as a search asks for it: reactants, how likely each is right, and what it rests on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol

from rdkit import Chem

from anymol.chem.parsing import parse_smiles
from anymol.errors import AnyMolError
from anymol.inference.proposals.fitted import load_precursors_ranker
from anymol.inference.proposals.precursors import gather_precursors
from anymol.inference.proposals.proposal import Proposal
from anymol.inference.proposals.ranking import ProposalRanker
from anymol.inference.sources.citing import CITED, cite_precedents
from anymol.inference.sources.model import ModelSource
from anymol.retrieval.reactions.store import ReactionStore
from anymol.tasks.evidence import Evidence, ModelEvidence

RECORDED: Final = 0.99
"""Probability of a step that is recorded to have made the very product of these reactants: records err too."""

DOUBT: Final = 0.2
"""Probability that one of the stores' proposals is right below which the model is asked too: of one molecule in ten.
Asked of many more, with 0.5, a search of 20 s found less than half as many routes as without the model."""


def _list_nothing(limit: int | None) -> tuple[Evidence, ...]:
    return ()


@dataclass(frozen=True)
class Step:
    """A reaction of a route.

    Attributes:
        product: Canonical SMILES of what is made.
        reactants: Canonical SMILES of what it is made of, sorted, each once.
        probability: That these are the right reactants of the product, above 0 and at most 1.
        recorded: Whether it is recorded to have been carried out.
        list_evidence: Returns what the step rests on, the nearest first: so many precedents, at most three, or all; and
            the model, where it proposes the step. Read when asked for: a search keeps one step of a hundred.
    """

    product: str
    reactants: tuple[str, ...]
    probability: float
    recorded: bool = False
    list_evidence: Callable[[int | None], tuple[Evidence, ...]] = _list_nothing

    @property
    def smiles(self) -> str:
        """The reaction as ``reactants>>product``."""
        return f"{'.'.join(self.reactants)}>>{self.product}"

    @property
    def centres(self) -> int:
        """Stereocentres whose configuration the step must set: those of the product that its reactants do not bring."""
        return max(0, _count_centres(self.product) - sum(_count_centres(one) for one in self.reactants))

    def to_json(self) -> dict[str, Any]:
        """Return the form that ``--json`` prints."""
        return {
            "reaction": self.smiles,
            "product": self.product,
            "reactants": list(self.reactants),
            "probability": round(self.probability, 6),
            "recorded": self.recorded,
            "stereocentres_set": self.centres,
            "evidence": [one.to_json() for one in self.list_evidence(CITED)],
        }


class SingleStep(Protocol):
    """What a search asks."""

    name: str
    """Its name: the stores and the model."""

    def propose(self, product: str) -> list[Step]:
        """Return steps that may make a molecule, the most probable first.

        Args:
            product: Canonical SMILES of one molecule.
        """


class RankedStep:
    """Stores of reactions and, where these are in doubt, a model beside them; all ranked together.

    The model takes ten times as long as the stores. It is asked about a molecule where the probability that one of the
    stores' proposals is right, the sum of theirs, is below :data:`DOUBT`.

    Args:
        stores: Where precedents are looked for, the user's own first.
        model: Proposes and judges too; None for recorded reactions alone.
        rankers: Give the probabilities without the model and with it; the fitted ones that ship if they are not given.
    """

    def __init__(
        self,
        stores: Sequence[ReactionStore],
        model: ModelSource | None = None,
        rankers: tuple[ProposalRanker, ProposalRanker] | None = None,
    ) -> None:
        self._stores, self._model = tuple(stores), model
        self._alone, self._together = rankers or (
            load_precursors_ranker(asks_model=False),
            load_precursors_ranker(asks_model=True),
        )
        self.name = " and ".join([store.name for store in self._stores] + ([model.name] if model is not None else []))

    def propose(self, product: str) -> list[Step]:
        """Return steps that may make a molecule, the most probable first."""
        ranked = self._rank(product, None)
        if self._model is not None and sum(chance for _, chance in ranked) < DOUBT and not _is_recorded(ranked):
            with suppress(AnyMolError):  # too long for the model: the stores' word stands
                ranked = self._rank(product, self._model)
        steps = [self._make_step(product, *pair) for pair in ranked]
        return sorted(steps, key=lambda one: -one.probability)

    def _rank(self, product: str, model: ModelSource | None) -> list[tuple[Proposal, float]]:
        ranker = self._alone if model is None else self._together
        (proposals,) = gather_precursors(self._stores, model, [product], choose=ranker.choose)
        return ranker.rank(proposals)

    def _make_step(self, product: str, proposal: Proposal, probability: float) -> Step:
        reactants = tuple(sorted(set(proposal.smiles.split("."))))
        evidence = partial(self._list_evidence, proposal)
        recorded = proposal.is_recorded
        return Step(product, reactants, RECORDED if recorded else probability, recorded, evidence)

    def _list_evidence(self, proposal: Proposal, limit: int | None) -> tuple[Evidence, ...]:
        precedents = proposal.found.precedents if proposal.found is not None else []
        evidence: list[Evidence] = []
        if limit is None:
            evidence += [cited for one in precedents for cited in cite_precedents([one])]
        else:
            evidence += list(cite_precedents(precedents))[:limit]
        if proposal.written is not None and self._model is not None:
            evidence.append(ModelEvidence(self._model.name))
        return tuple(evidence)


def _count_centres(smiles: str) -> int:
    return len(Chem.FindMolChiralCenters(parse_smiles(smiles), useLegacyImplementation=False))


def _is_recorded(ranked: Sequence[tuple[Proposal, float]]) -> bool:
    """Whether a store holds how this very product was made."""
    return any(proposal.is_recorded for proposal, _ in ranked)
