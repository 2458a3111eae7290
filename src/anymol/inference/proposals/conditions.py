"""How proposed conditions are described, and the order in which a fitted model of choice puts them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from anymol.metrics.choice import ChoiceModel, Floats
from anymol.retrieval.reactions.conditions import Conditions, Likeness, Part

FEATURES: Final = (
    "share", "log share", "log precedents", "similarity", "similarity^3", "same change", "same surroundings",
    "log chance", "log chance, mean", "log chance, least", "log chance of no other", "molecules", "molecules * named",
    *Part, *(f"{part} * named" for part in Part),
)  # fmt: skip

_MOST_NAMED: Final = 3
"""Molecules that help and are named already, beyond which it makes no difference."""


def describe_conditions(proposals: Sequence[Conditions]) -> Floats:
    """Return the features of the proposals of one question, shape (proposals, features)."""
    return np.array([_describe(one) for one in proposals], dtype=np.float64).reshape(-1, len(FEATURES))


def _describe(one: Conditions) -> list[float]:
    named = float(min(one.named, _MOST_NAMED))
    chances = [math.log(chance) for chance in one.chances]
    parts = [float(part in one.parts) for part in Part]
    return [
        one.share,
        math.log(one.share + 1e-3),
        math.log1p(len(one.precedents)),
        one.similarity,
        one.similarity**3,
        float(one.likeness is not Likeness.PRODUCT),
        float(one.likeness is Likeness.SURROUNDINGS),
        sum(chances),
        sum(chances) / len(chances),
        min(chances),
        one.others,
        float(len(chances)),
        len(chances) * named,
        *parts,
        *(part * named for part in parts),
    ]


def rank_conditions(ranker: ChoiceModel, proposals: Sequence[Conditions]) -> list[tuple[Conditions, float]]:
    """Return proposals with their probability of being what was used, the most probable first.

    Args:
        ranker: Fitted to what is asked for.
        proposals: Those of one question.
    """
    chances = ranker.weigh(describe_conditions(proposals))
    order = sorted(range(len(proposals)), key=lambda place: (-chances[place], proposals[place].molecules))
    return [(proposals[place], float(chances[place])) for place in order]
