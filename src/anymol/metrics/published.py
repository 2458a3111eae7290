"""Figures by the rules of published evaluations, so that rows compare; the honest ones stand beside them.

The evaluators of Mol-Instructions and those who took them over (InstructMol, Omni-Mol, MoRA) leave out what cannot be
read: exact matches and similarities are shares of the *decodable* answers, errors those of the *readable* numbers;
stereochemistry is dropped; BLEU is over the characters of SELFIES; and a number's pattern has no minus sign, so that
-0.3 is read as 0.3. What is left out shows in ``validity`` and ``coverage``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from anymol.chem.fingerprints import maccs, morgan, rdk
from anymol.chem.selfies import encode_selfies
from anymol.errors import AnyMolError
from anymol.metrics.metric import Metric, require_rows
from anymol.metrics.molecule import Fingerprint, normalize_molecules, score_levenshtein, score_similarity, validity
from anymol.metrics.regression import coverage
from anymol.metrics.text import score_bleu

Molecules = Sequence[str | None]
"""Predicted SMILES, dot-joined for mixtures; None where the answer was unreadable."""


def exact_of_decodable(predictions: Molecules, references: Sequence[str]) -> float:
    """Share of the decodable answers, 0 to 1, with the reference's molecules, stereochemistry dropped."""
    return _mean_of_decodable(
        lambda p, r: float(normalize_molecules(p, isomeric=False) == normalize_molecules(r, isomeric=False)),
        predictions,
        references,
    )


def levenshtein_of_decodable(predictions: Molecules, references: Sequence[str]) -> float:
    """Mean edit distance between the canonical SMILES of the decodable answers, in characters; nan where none is."""
    return _mean_of_decodable(score_levenshtein, predictions, references, of_none=math.nan)


def bleu_selfies(predictions: Molecules, references: Sequence[str]) -> float:
    """Corpus BLEU-4 over the characters of SELFIES, 0 to 1, of the decodable answers."""
    kept = _decodable(predictions, references)
    written = [(_to_selfies(p), _to_selfies(r)) for p, r in kept]
    known = [(p, r) for p, r in written if p is not None and r is not None]
    return score_bleu([p for p, _ in known], [r for _, r in known], order=4, split=_split_characters) if known else 0.0


def _split_characters(text: str | None) -> list[str]:
    return list(text or "")


def _similarity(fingerprint: Fingerprint) -> Callable[[Molecules, Sequence[str]], float]:
    def score(predictions: Molecules, references: Sequence[str]) -> float:
        return _mean_of_decodable(lambda p, r: score_similarity(p, r, fingerprint), predictions, references)

    return score


def mae_of_readable(predictions: Sequence[float | None], references: Sequence[float]) -> float:
    """Mean of ||prediction| - reference| over the readable answers: the pattern that reads them has no minus sign.

    nan where no answer is readable: an error of 0 would be the best there is.
    """
    require_rows(predictions, references)
    errors = [abs(abs(p) - r) for p, r in zip(predictions, references, strict=True) if p is not None]
    return sum(errors) / len(errors) if errors else math.nan


def _decodable(predictions: Molecules, references: Sequence[str]) -> list[tuple[str, str]]:
    require_rows(predictions, references)
    return [
        (p, r)
        for p, r in zip(predictions, references, strict=True)
        if p is not None and normalize_molecules(p) is not None
    ]


def _mean_of_decodable(
    score: Callable[[str, str], float], predictions: Molecules, references: Sequence[str], *, of_none: float = 0.0
) -> float:
    kept = _decodable(predictions, references)
    return sum(score(p, r) for p, r in kept) / len(kept) if kept else of_none


@lru_cache(maxsize=65_536)
def _to_selfies(smiles: str) -> str | None:
    try:
        return encode_selfies(smiles).selfies
    except AnyMolError:  # SELFIES cannot express it: those evaluators never meet such a row
        return None


PUBLISHED_MOLECULE_METRICS: Final[tuple[Metric, ...]] = (
    Metric("exact_of_decodable", exact_of_decodable, higher_is_better=True),
    Metric("bleu_selfies", bleu_selfies, higher_is_better=True),
    Metric("levenshtein_of_decodable", levenshtein_of_decodable, higher_is_better=False),
    Metric("rdk_similarity_of_decodable", _similarity(rdk), higher_is_better=True),
    Metric("maccs_similarity_of_decodable", _similarity(maccs), higher_is_better=True),
    Metric("morgan_similarity_of_decodable", _similarity(morgan), higher_is_better=True),
    Metric("validity", validity, higher_is_better=True),
)
"""In the order of the published tables."""

PUBLISHED_NUMBER_METRICS: Final[tuple[Metric, ...]] = (
    Metric("mae_of_readable", mae_of_readable, higher_is_better=False),
    Metric("coverage", coverage, higher_is_better=True),
)
"""For numbers."""
