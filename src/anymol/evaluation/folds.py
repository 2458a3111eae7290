"""Fits of choice models that say how well they do on questions that they never saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from anymol.metrics.choice import ChoiceModel, Floats, fit_choices

TOPS: Final = (1, 3, 5, 10, 50)
FOLDS: Final = 5


def fit_in_folds(
    rows: Sequence[tuple[Floats, int | None]], products: Sequence[str], features: Sequence[str]
) -> ChoiceModel:
    """Fit a choice model; its ``fit`` says how often the right answer is among the first, by fits without its fold.

    Args:
        rows: For each question its proposals, shape (proposals, features), and the place of the right one; None where
            none is.
        products: What each question is about; all questions about the same are in one fold.
        features: Their names.

    Raises:
        ValueError: There is no question with proposals.
    """
    folds = assign_folds(products)
    ranks: list[float] = []
    for fold in range(FOLDS):
        fitted = fit_choices([rows[int(place)] for place in np.flatnonzero(folds != fold)], features)
        ranks += [_find_rank(fitted, *rows[int(place)]) for place in np.flatnonzero(folds == fold)]
    whole = fit_choices(rows, features)
    tops = {f"top {top}": round(float(np.mean([rank < top for rank in ranks])), 4) for top in TOPS}
    listed = round(float(np.mean([right is not None for _, right in rows])), 4)
    return replace(whole, fit={**whole.fit, "listed": listed, "folds": FOLDS, **tops})


def assign_folds(products: Sequence[str]) -> NDArray[np.int64]:
    """Return the fold of each question, from 0; all questions about the same product are in one.

    Args:
        products: What each question is about.
    """
    numbers = {product: number for number, product in enumerate(dict.fromkeys(products))}
    return np.array([numbers[product] % FOLDS for product in products], dtype=np.int64)


def _find_rank(ranker: ChoiceModel, features: Floats, right: int | None) -> float:
    if right is None:
        return float("inf")
    scores = ranker.score(features)
    return float((scores > scores[right]).sum())
