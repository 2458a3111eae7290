"""The fitted rankers that ship: with a model and without one."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Final

from anymol.bounds import MAX_MANIFEST_BYTES
from anymol.errors import DataError
from anymol.files import read_whole, write_atomically
from anymol.inference.precursors.ranker import PrecursorRanker

PLACE: Final = Path(__file__).with_name("rankers.json")
"""Their file; fitted by ``anymol train recipes/precursor_ranker.yaml``."""


@cache
def load_ranker(*, by_model: bool, place: Path = PLACE) -> PrecursorRanker:
    """Read a ranker.

    Raises:
        DataError: The file is missing or damaged.
    """
    try:
        fields = json.loads(read_whole(place, MAX_MANIFEST_BYTES))["rankers"]
        found = next(one for one in fields if one["by_model"] is by_model)
    except (OSError, ValueError, TypeError, KeyError, StopIteration) as error:
        raise DataError(f"the rankers of reactants cannot be read: {error}", value=place) from error
    return PrecursorRanker.from_json(found)


def save_rankers(rankers: list[PrecursorRanker], place: Path) -> None:
    """Write rankers, atomically."""
    write_atomically(place, json.dumps({"rankers": [one.to_json() for one in rankers]}, indent=1) + "\n")
