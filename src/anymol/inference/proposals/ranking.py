"""How proposals are described, and the order in which a fitted model of choice puts them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from anymol.inference.proposals.proposal import Proposal
from anymol.metrics.choice import ChoiceModel, Floats
from anymol.retrieval.reactions.outcomes import Outcome

STORE_FEATURES: Final = (
    "similarity", "similarity^4", "likeness", "similarity * likeness", "log precedents", "log templates", "log count",
    "specific", "from a store", "1 / place", "molecules", "least log went in", "mean log went in", "never went in",
    "least log known", "never seen",
)  # fmt: skip
WRITTEN_FEATURES: Final = ("1 / written", "written", "log-probability")
USE_FEATURES: Final = ("idle reactants", "atoms missing", "atoms missing from reactants", "in textbooks", "explained",
                       "helped alike")  # fmt: skip
SURPRISE_FEATURES: Final = ("-surprise", "-inverse")

PRECURSORS_LISTED: Final = (*STORE_FEATURES, *WRITTEN_FEATURES)
"""Those of reactants that stores and model propose."""
PRECURSORS_SCORED: Final = (*PRECURSORS_LISTED, *SURPRISE_FEATURES)
"""Those of reactants that the model has scored besides."""
PRODUCTS_LISTED: Final = (*STORE_FEATURES, *WRITTEN_FEATURES, *USE_FEATURES)
"""Those of products that stores and model propose; reactants are made of what the product holds."""
PRODUCTS_SCORED: Final = (*PRODUCTS_LISTED, *SURPRISE_FEATURES)
"""Those of products that the model has scored besides."""

SCORED: Final = 16
"""Best proposals at the first look, which the model scores. On 800 validation reactions all of them, 34 a question,
gave no better order in twice the time."""

_LEAST: Final = -20.0
"""Log-probability of what the model does not list, nats."""

_MOST: Final = 60.0
"""Surprise beyond which it makes no difference, nats."""

_MOST_MISSING: Final = 6
"""Missing atoms beyond which it makes no difference."""


def describe(proposals: Sequence[Proposal], features: Sequence[str]) -> Floats:
    """Return the features of proposals, shape (proposals, features).

    Args:
        proposals: Those of one question.
        features: Names of the features that are wanted: one of the tuples above. Those of surprise are not a number
            where no model has scored a proposal.
    """
    wanted = set(features)
    blocks = [make for names, make in _BLOCKS if wanted.issuperset(names)]
    rows = [[value for make in blocks for value in make(one)] for one in proposals]
    return np.array(rows, dtype=np.float64).reshape(-1, len(features))


def _describe_written(one: Proposal) -> list[float]:
    if one.written is None:
        return [0.0, 0.0, _LEAST]
    return [1 / (1 + one.written), 1.0, max(one.log_prob or 0.0, _LEAST)]


def _describe_surprise(one: Proposal) -> list[float]:
    if one.surprise is None or one.inverse is None:
        return [math.nan, math.nan]
    return [-min(one.surprise, _MOST), -min(one.inverse, _MOST)]


def _describe_use(one: Proposal) -> list[float]:
    if one.use is None:
        raise ValueError(f"what the product {one.smiles} takes of the inputs was not counted")
    missing = (one.use.missing, one.use.missing_from_reactants)
    is_taught = one.found is not None and bool(one.found.textbook)
    is_explained = one.balance is not None and one.balance.is_explained
    counts = (len(one.use.idle), *(min(count, _MOST_MISSING) for count in missing))
    return [*map(float, (*counts, is_taught, is_explained)), one.helped]


def _describe_store(one: Proposal) -> list[float]:
    found = one.found or Outcome(one.smiles)
    went_in = [math.log1p(count) for count, _ in one.known]
    known = [math.log1p(count) + math.log1p(made) for count, made in one.known]
    return [
        found.similarity,
        found.similarity**4,
        one.likeness,
        found.similarity * one.likeness,
        math.log1p(len(found.precedents)),
        math.log1p(len(found.templates)),
        math.log1p(found.count),
        float(found.is_specific),
        float(one.found is not None),
        0.0 if one.place is None else 1 / (1 + one.place),
        float(one.smiles.count(".")),
        min(went_in, default=0.0),
        sum(went_in) / max(1, len(went_in)),
        float(went_in.count(0.0)),
        min(known, default=0.0),
        float(known.count(0.0)),
    ]


_BLOCKS: Final[Sequence[tuple[Sequence[str], Callable[[Proposal], list[float]]]]] = (
    (STORE_FEATURES, _describe_store),
    (WRITTEN_FEATURES, _describe_written),
    (USE_FEATURES, _describe_use),
    (SURPRISE_FEATURES, _describe_surprise),
)


@dataclass(frozen=True)
class ProposalRanker:
    """Orders proposals in two looks: at all of them, and at the best by what the model, at some cost, says of each.

    Attributes:
        first: Fitted to what stores and model list.
        second: Fitted to the best of the first look, scored by the model; None where no model is asked.
    """

    first: ChoiceModel
    second: ChoiceModel | None = None

    @property
    def last(self) -> ChoiceModel:
        """What says the probability of the first answer."""
        return self.second or self.first

    def choose(self, proposals: Sequence[Proposal]) -> list[Proposal]:
        """Return those that the model is to score, the best first."""
        if self.second is None:
            return []
        chances = self.first.weigh(describe(proposals, self.first.features))
        return [proposals[place] for place in pick_best(chances)]

    def weigh(self, described: Floats) -> Floats:
        """Return the probability that each proposal is right, shape (proposals,).

        What the model has not scored shares, as at the first look, the chance that none of the scored ones is right.

        Args:
            described: Features of :attr:`last`, shape (proposals, features); not a number where no model has scored.
        """
        chances = self.first.weigh(described[:, : len(self.first.features)])
        if self.second is None:
            return chances
        scored = np.isfinite(described).all(1)
        best = self.second.weigh(described[scored])
        doubt = max(1.0 - chances[scored].sum(), chances[~scored].sum())
        chances[~scored] *= (1.0 - best.sum()) / doubt if doubt else 0.0
        chances[scored] = best
        return chances

    def rank(self, proposals: Sequence[Proposal]) -> list[tuple[Proposal, float]]:
        """Return proposals with their probability of being right, the most probable first.

        Args:
            proposals: Those of one question.
        """
        chances = self.weigh(describe(proposals, self.last.features))
        order = sorted(range(len(proposals)), key=lambda place: (-chances[place], proposals[place].smiles))
        return [(proposals[place], float(chances[place])) for place in order]


def pick_best(chances: Floats) -> list[int]:
    """Return the places of the :data:`SCORED` most probable proposals, the most probable first."""
    return [int(place) for place in np.argsort(-chances, kind="stable")[:SCORED]]
