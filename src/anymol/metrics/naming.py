"""Figures for names of molecules. Needs no RDKit.

A structure has many right names, and a name that is one sign off may mean another structure: equal names prove an
answer right, unequal ones prove nothing. Where OPSIN is installed, the task's check reads names back instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rapidfuzz.distance import Levenshtein

from anymol.chem.names import normalize_name
from anymol.metrics.metric import Metric, require_rows
from anymol.metrics.text import TEXT_METRICS, Texts

_ROUND = str.maketrans("[]{}", "()()")


def fold_name(name: str) -> str:
    """Return the form under which names count as equal: case, kinds of dashes and of brackets aside.

    Example:
        >>> fold_name("N-[4-(Hydroxymethyl)phenyl]acetamide")
        'n-(4-(hydroxymethyl)phenyl)acetamide'
    """
    return normalize_name(name).translate(_ROUND)


def exact_name(predictions: Texts, references: Sequence[str]) -> float:
    """Share of rows, 0 to 1, whose name is the reference's, as :func:`fold_name` compares them."""
    require_rows(predictions, references)
    hits = [p is not None and fold_name(p) == fold_name(r) for p, r in zip(predictions, references, strict=True)]
    return sum(hits) / len(hits)


def name_similarity(predictions: Texts, references: Sequence[str]) -> float:
    """Mean of 1 - (Levenshtein distance / length of the longer name), 0 to 1."""
    require_rows(predictions, references)
    rows = zip(predictions, references, strict=True)
    scores = [Levenshtein.normalized_similarity(fold_name(p or ""), fold_name(r)) for p, r in rows]
    return sum(scores) / len(scores)


NAME_METRICS: Final = (
    Metric("exact_name", exact_name, higher_is_better=True),
    Metric("name_similarity", name_similarity, higher_is_better=True),
    *TEXT_METRICS,
)
"""How names are scored; the share of equal names is the headline."""
