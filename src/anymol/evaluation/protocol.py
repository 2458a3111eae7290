"""By whose rules an evaluation scores answers."""

from __future__ import annotations

from enum import StrEnum


class Protocol(StrEnum):
    """``honest`` counts every row, keeps stereochemistry and compares with baselines.

    ``published`` adds the figures of the same answers by the rules of published tables
    (:mod:`anymol.metrics.published`) and shows those; ``both`` shows both.
    """

    HONEST = "honest"
    PUBLISHED = "published"
    BOTH = "both"
