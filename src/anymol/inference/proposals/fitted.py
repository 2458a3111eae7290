"""The fitted rankers that ship."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from anymol.bounds import MAX_MANIFEST_BYTES
from anymol.errors import DataError
from anymol.files import read_whole, write_atomically
from anymol.inference.proposals.ranking import (
    PRECURSORS_LISTED,
    PRECURSORS_SCORED,
    PRODUCTS_LISTED,
    PRODUCTS_SCORED,
    STORE_FEATURES,
    ProposalRanker,
)
from anymol.metrics.choice import ChoiceModel
from anymol.retrieval.reactions.store import ReactionStore

PLACE: Final = Path(__file__).with_name("rankers.json")
"""Their file; fitted by ``anymol train recipes/proposal_rankers.yaml``."""

PRECURSORS: Final = "precursors"
PRECURSORS_WITHOUT_MODEL: Final = "precursors without a model"
PRODUCTS: Final = "products"
SCORED: Final = ", scored"
"""What the name of the ranker at the second look ends with."""


@cache
def load_ranker(name: str, features: tuple[str, ...], place: Path = PLACE) -> ChoiceModel:
    """Read a ranker.

    Args:
        name: Which of those in the file.
        features: Names of the features that it must be of.
        place: The file.

    Raises:
        DataError: The file is missing or damaged, or the ranker is of other features.
    """
    try:
        found = ChoiceModel.from_json(json.loads(read_whole(place, MAX_MANIFEST_BYTES))[name])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DataError(f"the rankers cannot be read: {error}", value=place, hint="reinstall anymol") from error
    if found.features != features:
        raise DataError("this ranker is of other features", value=place, hint="fit it again")
    return found


def load_precursors_ranker(*, asks_model: bool, place: Path = PLACE) -> ProposalRanker:
    """Read what ranks reactants of one step back.

    Args:
        asks_model: Whether a model proposes and scores them too.
        place: The file.

    Raises:
        DataError: As of :func:`load_ranker`.
    """
    if not asks_model:
        return ProposalRanker(load_ranker(PRECURSORS_WITHOUT_MODEL, STORE_FEATURES, place))
    first = load_ranker(PRECURSORS, PRECURSORS_LISTED, place)
    return ProposalRanker(first, load_ranker(PRECURSORS + SCORED, PRECURSORS_SCORED, place))


def load_products_ranker(place: Path = PLACE) -> ProposalRanker:
    """Read what ranks products.

    Args:
        place: The file.

    Raises:
        DataError: As of :func:`load_ranker`.
    """
    first = load_ranker(PRODUCTS, PRODUCTS_LISTED, place)
    return ProposalRanker(first, load_ranker(PRODUCTS + SCORED, PRODUCTS_SCORED, place))


def is_fitted_to(ranker: ChoiceModel, stores: Sequence[ReactionStore]) -> bool:
    """Whether a ranker was fitted to the figures of one of these stores; others beside it change little."""
    return ranker.fit.get("store") in [store.digest for store in stores]


def save_rankers(rankers: Mapping[str, ChoiceModel], place: Path) -> None:
    """Write rankers by name, atomically."""
    write_atomically(place, json.dumps({name: one.to_json() for name, one in rankers.items()}, indent=1) + "\n")
