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
from anymol.metrics.choice import ChoiceModel
from anymol.retrieval.reactions.store import ReactionStore

PLACE: Final = Path(__file__).with_name("rankers.json")
"""Their file; fitted by ``anymol train recipes/proposal_rankers.yaml``."""

PRECURSORS: Final = "precursors"
PRECURSORS_WITHOUT_MODEL: Final = "precursors without a model"
PRODUCTS: Final = "products"
CONDITIONS: Final = "conditions: "
"""What the name of a ranker of conditions begins with; what is asked for follows."""


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


def is_fitted_to(ranker: ChoiceModel, stores: Sequence[ReactionStore]) -> bool:
    """Whether a ranker was fitted to the figures of one of these stores; others beside it change little."""
    return ranker.fit.get("store") in [store.digest for store in stores]


def save_rankers(rankers: Mapping[str, ChoiceModel], place: Path) -> None:
    """Write rankers by name, atomically."""
    write_atomically(place, json.dumps({name: one.to_json() for name, one in rankers.items()}, indent=1) + "\n")
