"""How sure an answer is: probabilities of being exactly right, and intervals of numbers, fitted on validation data.

Molecules and texts: a logistic fit (Platt 1999) on two features of a candidate, its log-probability summed over all
spellings that the search found, and its lead over the best other candidate. Numbers: the spread of the model's own
draws, scaled by split-conformal prediction (Lei et al. 2018, normalised residuals) so that the interval covers 90 %.
The fitted figures live in ``calibration.json`` beside the weights. Reading them needs numpy alone, fitting scikit-learn
too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from anymol.artifact import ArtifactKind
from anymol.errors import CheckpointError, UnreadableAnswerError
from anymol.inference.answers import Interval
from anymol.metrics.calibration import BINS, expected_calibration_error
from anymol.metrics.logistic import apply_logistic, fit_logistic
from anymol.tasks.task import Value

_STORED: Final = ArtifactKind(
    "a calibration", "calibration.json", 1, CheckpointError, "fit it again with anymol.evaluation.calibrate"
)
LEVEL: Final = 0.9
"""Nominal coverage of intervals."""

_FOLDS: Final = 5
_MAX_LEAD: Final = 12.0
"""Lead of a candidate without rivals, and bound of all leads, in nats."""

Floats = NDArray[np.float64]


# ------------------------------------------------------------------------------------------------------- candidates


@dataclass(frozen=True)
class Candidate:
    """One distinct answer, all its spellings merged.

    Attributes:
        value: Parsed value: a canonical SMILES or a text.
        text: Its most probable spelling.
        log_prob: Logarithm of the summed probability of its spellings.
        lead: `log_prob` less that of the best other candidate, at most 12 nats either way.
    """

    value: Value
    text: str
    log_prob: float
    lead: float = 0.0


def merge_candidates(
    written: Sequence[tuple[str, float]], parse: Callable[[str], Value], *, variants: int = 1
) -> tuple[list[Candidate], int]:
    """Read answers, drop the unreadable, and merge those that mean the same.

    Args:
        written: Texts with their log-probabilities.
        parse: Text -> value, canonical.
        variants: Number of spellings of the question that the answers come from; probabilities are averaged over them.

    Returns:
        The candidates, the most probable first (ties in reading order), and the number of unreadable answers.
    """
    merged: dict[Value, list[tuple[float, str]]] = {}
    unreadable = 0
    for text, log_prob in written:
        try:
            value = parse(text)
        except UnreadableAnswerError:
            unreadable += 1
            continue
        merged.setdefault(value, []).append((log_prob, text))
    totals = [
        (value, max(found)[1], float(np.logaddexp.reduce([score for score, _ in found])) - math.log(variants))
        for value, found in merged.items()
    ]
    totals.sort(key=lambda total: -total[2])
    scores = [score for _, _, score in totals]
    candidates = []
    for place, (value, text, score) in enumerate(totals):
        rival = scores[1] if place == 0 and len(scores) > 1 else scores[0]
        lead = _MAX_LEAD if len(scores) == 1 else score - rival
        candidates.append(Candidate(value, text, score, float(np.clip(lead, -_MAX_LEAD, _MAX_LEAD))))
    return candidates, unreadable


def share(candidates: Sequence[Candidate]) -> list[float]:
    """Return each candidate's part of the probability that the search found: what is said where nothing was fitted."""
    if not candidates:
        return []
    scores = np.array([candidate.log_prob for candidate in candidates])
    return [float(part) for part in np.exp(scores - np.logaddexp.reduce(scores))]


# ------------------------------------------------------------------------------------------------------------- fits


@dataclass(frozen=True)
class ProbabilityScale:
    """Candidate -> probability of being exactly right: ``sigmoid(bias + weights . (log_prob, lead))``.

    Attributes:
        bias: Constant term.
        weights: Weights of log-probability and lead.
        n: Validation rows it was fitted on.
        accuracy: Share of those rows whose first answer was right.
        ece: Calibration error of the first answers, over 15 bins, each row judged by a fit that had not seen it.
    """

    bias: float
    weights: tuple[float, float]
    n: int
    accuracy: float
    ece: float

    def apply(self, candidate: Candidate) -> float:
        """Return the fitted probability, 0 to 1, that a candidate is right."""
        logit = self.bias + self.weights[0] * candidate.log_prob + self.weights[1] * candidate.lead
        return float(apply_logistic(logit))


@dataclass(frozen=True)
class IntervalScale:
    """Value and spread of draws -> 90 % interval ``value +- scale * max(spread, floor)``.

    Attributes:
        scale: Conformal factor.
        floor: Least spread, in the unit of the answer: equal draws do not prove certainty.
        n: Validation rows it was fitted on.
        coverage: Share of rows inside their interval, each judged by a fit that had not seen it.
        width: Median width of the intervals of those rows.
    """

    scale: float
    floor: float
    n: int
    coverage: float
    width: float

    def apply(self, value: float, spread: float) -> Interval:
        """Return the 90 % interval around a number, in its unit, by the spread of its draws."""
        half = self.scale * max(spread, self.floor)
        return Interval(value - half, value + half, LEVEL)


@dataclass(frozen=True)
class Calibration:
    """What was fitted for each task.

    Attributes:
        probabilities: Task -> scale of its probabilities.
        intervals: Task -> scale of its intervals.
        fitted_on: Where the validation rows came from, for the reader.
    """

    probabilities: Mapping[str, ProbabilityScale] = field(default_factory=dict)
    intervals: Mapping[str, IntervalScale] = field(default_factory=dict)
    fitted_on: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the fields of ``calibration.json``."""
        return {
            "fitted_on": self.fitted_on,
            "level": LEVEL,
            "ece_bins": BINS,
            "probabilities": {task: asdict(scale) for task, scale in self.probabilities.items()},
            "intervals": {task: asdict(scale) for task, scale in self.intervals.items()},
        }

    def joined_with(self, newer: Calibration) -> Calibration:
        """Return both fits, the newer one's where both have a task."""
        fitted_on = "; ".join(dict.fromkeys(one for one in (self.fitted_on, newer.fitted_on) if one))
        return Calibration(
            {**self.probabilities, **newer.probabilities}, {**self.intervals, **newer.intervals}, fitted_on
        )

    def save(self, directory: Path) -> None:
        """Write ``calibration.json`` into a model directory, atomically."""
        _STORED.write(directory, self.to_json())

    @classmethod
    def load(cls, directory: Path) -> Calibration:
        """Read ``calibration.json`` of a model directory; an empty one where there is none.

        Raises:
            CheckpointError: When the file is damaged or of another version.
        """
        if not _STORED.is_at(Path(directory)):
            return cls()
        read = _STORED.read(Path(directory))
        try:
            return cls(
                {
                    task: ProbabilityScale(**{**scale, "weights": tuple(scale["weights"])})
                    for task, scale in read["probabilities"].items()
                },
                {task: IntervalScale(**scale) for task, scale in read["intervals"].items()},
                str(read["fitted_on"]),
            )
        except (KeyError, TypeError) as error:
            raise _STORED.damage(Path(directory), error) from error


def fit_probabilities(rows: Sequence[Sequence[tuple[Candidate, bool]]]) -> ProbabilityScale:
    """Fit the logistic scale of one task.

    Args:
        rows: For each validation row its candidates, the most probable first, with whether each is exactly right. A row
            without candidates counts as wrong in `accuracy` and teaches nothing else.

    Raises:
        ValueError: When there are no rows.
    """
    if not rows:
        raise ValueError("no rows to fit on")
    features = [np.array([[one.log_prob, one.lead] for one, _ in row], dtype=np.float64).reshape(-1, 2) for row in rows]
    right = [np.array([hit for _, hit in row], dtype=np.float64) for row in rows]
    folds = np.arange(len(rows)) % _FOLDS
    judged: list[float] = []
    hits: list[float] = []
    for fold in range(min(_FOLDS, len(rows))):
        seen = [place for place in range(len(rows)) if folds[place] != fold] or list(range(len(rows)))
        weights = _fit_logistic(np.concatenate([features[p] for p in seen]), np.concatenate([right[p] for p in seen]))
        for place in np.flatnonzero(folds == fold):
            if len(features[place]):
                judged.append(float(apply_logistic(weights[0] + features[place][0] @ weights[1:])))
                hits.append(float(right[place][0]))
    weights = _fit_logistic(np.concatenate(features), np.concatenate(right))
    accuracy = sum(float(one[0]) for one in right if len(one)) / len(rows)
    ece = expected_calibration_error(judged, hits) if judged else 0.0
    return ProbabilityScale(float(weights[0]), (float(weights[1]), float(weights[2])), len(rows), accuracy, ece)


def fit_intervals(values: Sequence[float], spreads: Sequence[float], references: Sequence[float]) -> IntervalScale:
    """Fit the conformal scale of one task.

    Args:
        values: Predicted numbers.
        spreads: Spread of the draws of each.
        references: True numbers.

    Raises:
        ValueError: When the lengths differ or there are no rows.
    """
    if not len(values) == len(spreads) == len(references) or not values:
        raise ValueError(f"{len(values)} values, {len(spreads)} spreads, {len(references)} references")
    residual = np.abs(np.asarray(values, dtype=np.float64) - np.asarray(references, dtype=np.float64))
    spread = np.asarray(spreads, dtype=np.float64)
    folds = np.arange(len(residual)) % _FOLDS
    inside = np.zeros(len(residual))
    for fold in range(_FOLDS):
        here = folds == fold
        seen = ~here if (~here).any() else here
        scale, floor = _fit_conformal(residual[seen], spread[seen])
        inside[here] = residual[here] <= scale * np.maximum(spread[here], floor)
    scale, floor = _fit_conformal(residual, spread)
    width = float(np.median(2 * scale * np.maximum(spread, floor)))
    return IntervalScale(scale, floor, len(residual), float(inside.mean()), width)


def measure_spread(draws: Sequence[float]) -> float:
    """Return half the distance between the 5 % and the 95 % quantile of the draws."""
    low, high = np.quantile(np.asarray(draws, dtype=np.float64), [0.05, 0.95])
    return float(high - low) / 2


def _fit_conformal(residual: Floats, spread: Floats) -> tuple[float, float]:
    """Return scale and floor: the ceil(0.9 (n + 1))-th smallest residual / max(spread, floor); the largest of few."""
    floor = max(0.1 * float(np.median(spread)), 0.1 * float(np.median(residual)), 0.01)
    ratios = np.sort(residual / np.maximum(spread, floor))
    rank = min(len(ratios), math.ceil((len(ratios) + 1) * LEVEL))
    return float(ratios[rank - 1]), floor


def _fit_logistic(features: Floats, right: Floats) -> Floats:
    """Fit bias and slopes, shape (3,).

    Slopes are kept from turning negative: a more probable answer is never said to be less likely right.
    """
    weights = np.zeros(3)
    active = [0, 1]
    while len(right):
        bias, slopes = fit_logistic(features[:, active], right)
        falling = [column for column, slope in zip(active, slopes, strict=True) if slope < 0]
        if not falling:
            weights[[0, *(column + 1 for column in active)]] = [bias, *slopes]
            break
        active.remove(falling[0])
    return weights
