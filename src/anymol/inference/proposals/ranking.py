"""How proposals are described, and the order in which a fitted model of choice puts them."""

from __future__ import annotations

import math
from collections.abc import Sequence
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
MODEL_FEATURES: Final = (
    "-surprise", "-surprise of all", "-inverse", "-inverse of all", "1 / written", "written", "log-probability",
)  # fmt: skip
ALL_FEATURES: Final = (*STORE_FEATURES, *MODEL_FEATURES)
USE_FEATURES: Final = ("idle reactants", "atoms missing", "atoms missing from reactants", "in textbooks")
PRODUCT_FEATURES: Final = (*ALL_FEATURES, *USE_FEATURES)
"""Those of products; reactants are made of what the product holds."""

_LEAST: Final = -20.0
"""Log-probability of what the model does not list, nats."""

_MOST: Final = 60.0
"""Surprise beyond which it makes no difference, nats."""

_MOST_MISSING: Final = 6
"""Missing atoms beyond which it makes no difference."""


def describe(proposals: Sequence[Proposal], features: Sequence[str]) -> Floats:
    """Return the features of the proposals of one question, shape (proposals, features).

    Args:
        proposals: They are described beside each other.
        features: Names of the features that are wanted: :data:`STORE_FEATURES`, :data:`ALL_FEATURES` or
            :data:`PRODUCT_FEATURES`; the latter two of proposals that a model has scored.
    """
    rows = [_describe_store(one) for one in proposals]
    if set(MODEL_FEATURES) <= set(features):
        rows = [[*row, *scores] for row, scores in zip(rows, _describe_scores(proposals), strict=True)]
    if set(USE_FEATURES) <= set(features):
        rows = [[*row, *_describe_use(one)] for row, one in zip(rows, proposals, strict=True)]
    return np.array(rows, dtype=np.float64).reshape(-1, len(features))


def _describe_scores(proposals: Sequence[Proposal]) -> list[list[float]]:
    surprise = np.array([min(one.surprise or 0.0, _MOST) for one in proposals])
    inverse = np.array([min(one.inverse or 0.0, _MOST) for one in proposals])
    shares = [_share(surprise), _share(inverse)]
    return [
        [
            -surprise[place],
            shares[0][place],
            -inverse[place],
            shares[1][place],
            1 / (1 + one.written) if one.written is not None else 0.0,
            float(one.written is not None),
            max(one.log_prob or 0.0, _LEAST) if one.written is not None else _LEAST,
        ]
        for place, one in enumerate(proposals)
    ]


def _describe_use(one: Proposal) -> list[float]:
    if one.use is None:
        raise ValueError(f"what the product {one.smiles} takes of the inputs was not counted")
    missing = (one.use.missing, one.use.missing_from_reactants)
    is_taught = one.found is not None and bool(one.found.textbook)
    return [float(len(one.use.idle)), *(float(min(count, _MOST_MISSING)) for count in missing), float(is_taught)]


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


def _share(surprise: Floats) -> Floats:
    """Return the logarithm of each one's part of all probability."""
    return -surprise - np.logaddexp.reduce(-surprise) if len(surprise) else surprise


def rank_proposals(ranker: ChoiceModel, proposals: Sequence[Proposal]) -> list[tuple[Proposal, float]]:
    """Return proposals with their probability of being right, the most probable first.

    Args:
        ranker: Fitted with a model or without one.
        proposals: Those of one question.
    """
    chances = ranker.weigh(describe(proposals, ranker.features))
    order = sorted(range(len(proposals)), key=lambda place: (-chances[place], proposals[place].smiles))
    return [(proposals[place], float(chances[place])) for place in order]
