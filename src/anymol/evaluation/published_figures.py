"""Figures that others published, to stand beside ours: each with its protocol, and what keeps it from comparing.

They stand in ``published_figures.csv``, one per line; whoever adds one adds where it was printed. Shares are 0 to 1,
errors in the unit of the task. A metric is named as ours that is nearest to it.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from anymol.errors import DataError

FILE: Final = "published_figures.csv"
_COLUMNS: Final = ("suite", "task", "part", "system", "metric", "value", "n", "protocol", "source", "caution")


@dataclass(frozen=True)
class PublishedFigure:
    """One figure of a published table.

    Attributes:
        suite: The suite that it belongs to.
        task: The task.
        part: The part of the suite that it is of; empty where it is of the whole.
        system: Who reached it.
        metric: Our metric that is nearest to it.
        value: The figure; a share from 0 to 1, or an error in the unit of the task.
        n: Rows it was measured on; None where that is not stated.
        protocol: By which rules and on which rows.
        source: Where it was printed.
        caution: Why it does not compare with ours; empty where it does.
    """

    suite: str
    task: str
    part: str
    system: str
    metric: str
    value: float
    n: int | None
    protocol: str
    source: str
    caution: str

    def to_json(self) -> dict[str, Any]:
        """Return the entry under ``published`` in ``figures.json``."""
        return dict(vars(self))


def read_published_figures(suite: str | None = None) -> Sequence[PublishedFigure]:
    """Return the published figures of a suite, or all, in the order of the file."""
    return [one for one in _read() if suite is None or one.suite == suite]


@cache
def _read() -> tuple[PublishedFigure, ...]:
    text = files("anymol.evaluation").joinpath(FILE).read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    if tuple(rows.fieldnames or ()) != _COLUMNS:
        raise DataError("the table of published figures has other columns", value=rows.fieldnames)
    return tuple(_read_row(row) for row in rows)


def _read_row(row: dict[str, str]) -> PublishedFigure:
    value, n = float(row.pop("value")), row.pop("n")
    return PublishedFigure(value=value, n=int(n) if n else None, **row)
