"""Figures for predicted molecules. Every mean is over *all* rows: an unreadable or invalid answer counts as zero."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final, TypeVar

from rapidfuzz.distance import Levenshtein
from rdkit import Chem
from rdkit.DataStructs import ExplicitBitVect

from anymol.chem.fingerprints import maccs, morgan, rdk, tanimoto
from anymol.chem.keys import inchikey_block
from anymol.chem.parsing import canonicalize_smiles, parse_smiles
from anymol.errors import InvalidSmilesError
from anymol.metrics.metric import Metric, require_rows
from anymol.metrics.regression import coverage

P = TypeVar("P")
R = TypeVar("R")
Fingerprint = Callable[[Chem.Mol], ExplicitBitVect]

Molecules = Sequence[str | None]
"""Predicted SMILES, dot-joined for mixtures; None where the answer was unreadable."""


def normalize_molecules(smiles: str, *, isomeric: bool = True) -> str | None:
    """Return canonical SMILES with its components sorted, or None where it does not parse.

    Args:
        smiles: SMILES, dot-joined for mixtures.
        isomeric: Whether stereochemistry and isotopes count.
    """
    return _normalize(smiles, isomeric)


def is_valid(prediction: str | None) -> bool:
    """Whether there is a prediction and it parses with sane valences."""
    return prediction is not None and normalize_molecules(prediction) is not None


def is_exact(prediction: str | None, reference: str, *, isomeric: bool = True) -> bool:
    """Whether prediction and reference are the same molecules, whatever the order of the components."""
    if prediction is None:
        return False
    found = normalize_molecules(prediction, isomeric=isomeric)
    return found is not None and found == normalize_molecules(reference, isomeric=isomeric)


def is_same_skeleton(prediction: str | None, reference: str) -> bool:
    """Whether the first blocks of the InChIKeys agree: equal connectivity; stereo, isotopes and tautomers aside."""
    if prediction is None:
        return False
    if is_exact(prediction, reference):  # an InChI takes longer than all else here
        return True
    found = _skeleton(prediction)
    return found is not None and found == _skeleton(reference)


def score_levenshtein(prediction: str | None, reference: str) -> float:
    """Edit distance between the canonical SMILES in characters; the reference's length where there is none."""
    truth = normalize_molecules(reference) or reference
    found = None if prediction is None else normalize_molecules(prediction)
    return float(len(truth)) if found is None else float(Levenshtein.distance(found, truth))


def score_similarity(prediction: str | None, reference: str, fingerprint: Fingerprint) -> float:
    """Tanimoto similarity of two molecules' fingerprints, 0 to 1; zero where the prediction is invalid."""
    found = None if prediction is None else normalize_molecules(prediction)
    if found is None:
        return 0.0
    truth = normalize_molecules(reference) or reference
    # An atom alone has no path, and a fingerprint without bits is like none. Any bond sets one.
    if found == truth and _parse(found).GetNumBonds():
        return 1.0
    return tanimoto(_compute_fingerprint(found, fingerprint), _compute_fingerprint(truth, fingerprint))


def exact_match(predictions: Molecules, references: Sequence[str]) -> float:
    """Share of rows, 0 to 1, with the same molecules as the reference, stereochemistry included."""
    return _mean(is_exact, predictions, references)


def exact_match_no_stereo(predictions: Molecules, references: Sequence[str]) -> float:
    """Share of rows, 0 to 1, with the reference's connectivity (first InChIKey block)."""
    return _mean(is_same_skeleton, predictions, references)


def validity(predictions: Molecules, references: Sequence[str]) -> float:
    """Share of rows, 0 to 1, with a prediction that parses."""
    return _mean(lambda prediction, _: is_valid(prediction), predictions, references)


def morgan_similarity(predictions: Molecules, references: Sequence[str]) -> float:
    """Mean Tanimoto similarity of Morgan fingerprints (radius 2, 2048 bits) over all rows."""
    return _mean(lambda p, r: score_similarity(p, r, morgan), predictions, references)


def maccs_similarity(predictions: Molecules, references: Sequence[str]) -> float:
    """Mean Tanimoto similarity of MACCS keys over all rows."""
    return _mean(lambda p, r: score_similarity(p, r, maccs), predictions, references)


def rdk_similarity(predictions: Molecules, references: Sequence[str]) -> float:
    """Mean Tanimoto similarity of RDKit path fingerprints over all rows."""
    return _mean(lambda p, r: score_similarity(p, r, rdk), predictions, references)


def levenshtein(predictions: Molecules, references: Sequence[str]) -> float:
    """Mean edit distance between canonical SMILES over all rows, in characters."""
    return _mean(score_levenshtein, predictions, references)


def _mean(score: Callable[[P, R], float], predictions: Sequence[P], references: Sequence[R]) -> float:
    require_rows(predictions, references)
    return sum(float(score(p, r)) for p, r in zip(predictions, references, strict=True)) / len(references)


@lru_cache(maxsize=65_536)
def _normalize(smiles: str, isomeric: bool) -> str | None:
    try:
        return canonicalize_smiles(smiles, isomeric=isomeric)
    except InvalidSmilesError:
        return None


@lru_cache(maxsize=4096)
def _parse(smiles: str) -> Chem.Mol:
    return parse_smiles(smiles)


@lru_cache(maxsize=65_536)
def _compute_fingerprint(smiles: str, fingerprint: Fingerprint) -> ExplicitBitVect:
    return fingerprint(_parse(smiles))


@lru_cache(maxsize=65_536)
def _skeleton(smiles: str) -> str | None:
    """Return the first InChIKey block of each component, or None where there is none."""
    try:
        return ".".join(sorted(inchikey_block(part) for part in canonicalize_smiles(smiles).split(".")))
    except InvalidSmilesError:
        return None


MOLECULE_METRICS: Final = (
    Metric("exact_match", exact_match, higher_is_better=True),
    Metric("exact_match_no_stereo", exact_match_no_stereo, higher_is_better=True),
    Metric("validity", validity, higher_is_better=True),
    Metric("morgan_similarity", morgan_similarity, higher_is_better=True),
    Metric("maccs_similarity", maccs_similarity, higher_is_better=True),
    Metric("rdk_similarity", rdk_similarity, higher_is_better=True),
    Metric("levenshtein", levenshtein, higher_is_better=False),
    Metric("coverage", coverage, higher_is_better=True),
)
"""How predicted molecules and mixtures are scored; the exact match is the headline."""
