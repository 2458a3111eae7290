"""Figures for predicted reactions, ``reactants>reagents>products``; an unreadable answer counts as wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from anymol.metrics.metric import Metric, require_rows
from anymol.metrics.molecule import is_exact
from anymol.metrics.regression import coverage

Reactions = Sequence[str | None]
"""Predicted reaction SMILES; None where the answer was unreadable."""

_ARROW = re.compile(r"(?<!-)>")


def reaction_exact(predictions: Reactions, references: Sequence[str]) -> float:
    """Share of rows, 0 to 1, whose reactants, reagents and products are all right, each in its place."""
    return _mean(
        lambda found, truth: all(_same(a, b) for a, b in zip(found, truth, strict=True)), predictions, references
    )


def reaction_exact_roles_merged(predictions: Reactions, references: Sequence[str]) -> float:
    """The same, where reactants and reagents may have changed places: who a chemist calls a reagent varies."""
    return _mean(
        lambda found, truth: _same(_join(found[:2]), _join(truth[:2])) and _same(found[2], truth[2]),
        predictions,
        references,
    )


def products_exact(predictions: Reactions, references: Sequence[str]) -> float:
    """Share of rows, 0 to 1, with the right products."""
    return _mean(lambda found, truth: _same(found[2], truth[2]), predictions, references)


def _mean(judge: Callable[[list[str], list[str]], bool], predictions: Reactions, references: Sequence[str]) -> float:
    require_rows(predictions, references)
    right = 0
    for prediction, reference in zip(predictions, references, strict=True):
        found = [] if prediction is None else _ARROW.split(prediction)
        right += len(found) == 3 and judge(found, _ARROW.split(reference))
    return right / len(references)


def _same(found: str, truth: str) -> bool:
    return is_exact(found, truth) if found and truth else found == truth


def _join(sides: Sequence[str]) -> str:
    return ".".join(side for side in sides if side)


REACTION_METRICS: Final = (
    Metric("reaction_exact", reaction_exact, higher_is_better=True),
    Metric("reaction_exact_roles_merged", reaction_exact_roles_merged, higher_is_better=True),
    Metric("products_exact", products_exact, higher_is_better=True),
    Metric("coverage", coverage, higher_is_better=True),
)
"""How predicted reactions are scored; all parts right is the headline."""
