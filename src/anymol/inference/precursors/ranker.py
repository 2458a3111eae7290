"""The order of proposed reactants, and the probability that each is the recorded answer.

A conditional logit (McFadden 1974) over the proposals of one product and one choice more, that none of them is right:
``p_i = exp(w.x_i) / (sum_j exp(w.x_j) + exp(w_0))``. Fitted on validation reactions, whose products are in no store and
were never learnt from; the probabilities are those of the fit and need no scale of their own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from anymol.errors import DataError
from anymol.inference.precursors.proposals import Proposal
from anymol.retrieval.reactions.precursors import Precursors

Floats = NDArray[np.float64]

STORE_FEATURES: Final = (
    "similarity", "similarity^4", "likeness", "similarity * likeness", "log precedents", "log templates", "log count",
    "specific", "from a store", "1 / place", "molecules", "least log went in", "mean log went in", "never went in",
    "least log known", "never seen",
)  # fmt: skip
MODEL_FEATURES: Final = (
    "-backward", "-backward of all", "-forward", "-forward of all", "1 / written", "written", "log-probability",
)  # fmt: skip

_LEAST: Final = -20.0
"""Log-probability of what the model does not list, nats."""

_MOST: Final = 60.0
"""Surprise beyond which it makes no difference, nats."""

_PENALTY: Final = 0.001
"""Weight of half the squared norm of the weights."""


def describe(proposals: Sequence[Proposal], *, by_model: bool) -> Floats:
    """Return the features of the proposals of one product, shape (proposals, features).

    Args:
        proposals: They are described beside each other.
        by_model: Whether a model has scored them.
    """
    rows = [_describe_store(one) for one in proposals]
    if not by_model:
        return np.array(rows, dtype=np.float64).reshape(-1, len(STORE_FEATURES))
    backward = np.array([min(one.backward or 0.0, _MOST) for one in proposals])
    forward = np.array([min(one.forward or 0.0, _MOST) for one in proposals])
    shares = [_share(backward), _share(forward)]
    for place, (row, one) in enumerate(zip(rows, proposals, strict=True)):
        listed = one.written is not None
        row += [
            -backward[place],
            shares[0][place],
            -forward[place],
            shares[1][place],
            1 / (1 + one.written) if one.written is not None else 0.0,
            float(listed),
            max(one.log_prob or 0.0, _LEAST) if listed else _LEAST,
        ]
    return np.array(rows, dtype=np.float64).reshape(-1, len(STORE_FEATURES) + len(MODEL_FEATURES))


def _describe_store(one: Proposal) -> list[float]:
    found = one.found or Precursors(one.reactants)
    went_in = [math.log1p(count) for count, _ in one.known]
    known = [math.log1p(count) + math.log1p(made) for count, made in one.known]
    return [
        found.similarity,
        found.similarity**4,
        one.likeness,
        found.similarity * one.likeness,
        math.log1p(len(found.precedents)),
        math.log1p(len(found.templates)),
        math.log1p(found.count),
        float(found.is_specific),
        float(one.found is not None),
        0.0 if one.place is None else 1 / (1 + one.place),
        float(one.reactants.count(".")),
        min(went_in, default=0.0),
        sum(went_in) / max(1, len(went_in)),
        float(went_in.count(0.0)),
        min(known, default=0.0),
        float(known.count(0.0)),
    ]


def _share(surprise: Floats) -> Floats:
    """Return the logarithm of each one's part of all probability."""
    return -surprise - np.logaddexp.reduce(-surprise) if len(surprise) else surprise


@dataclass(frozen=True)
class PrecursorRanker:
    """A fitted ranker.

    Attributes:
        by_model: Whether it takes what a model says.
        mean: Of the features, shape (features,).
        scale: Their standard deviation.
        weights: One for each.
        none: Score of the choice that no proposal is right.
        fit: Rows it was fitted on, and how well.
    """

    by_model: bool
    mean: Floats
    scale: Floats
    weights: Floats
    none: float
    fit: Mapping[str, Any]

    def rank(self, proposals: Sequence[Proposal]) -> list[tuple[Proposal, float]]:
        """Return proposals with their probability of being right, the most probable first."""
        if not proposals:
            return []
        scores = self.score(describe(proposals, by_model=self.by_model))
        chances = np.exp(scores - np.logaddexp.reduce(np.append(scores, self.none)))
        order = sorted(range(len(proposals)), key=lambda place: (-chances[place], proposals[place].reactants))
        return [(proposals[place], float(chances[place])) for place in order]

    def score(self, features: Floats) -> Floats:
        """Return ``w.x`` of each row."""
        scores: Floats = (features - self.mean) / self.scale @ self.weights
        return scores

    def to_json(self) -> dict[str, Any]:
        """Return the fields of the file that it is stored in."""
        return {
            "by_model": self.by_model,
            "features": [*STORE_FEATURES, *(MODEL_FEATURES if self.by_model else ())],
            "mean": self.mean.tolist(),
            "scale": self.scale.tolist(),
            "weights": self.weights.tolist(),
            "none": self.none,
            "fit": dict(self.fit),
        }

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> PrecursorRanker:
        """Read what :meth:`to_json` returned.

        Raises:
            DataError: It is of other features, or damaged.
        """
        try:
            by_model = bool(fields["by_model"])
            known = [*STORE_FEATURES, *(MODEL_FEATURES if by_model else ())]
            if list(fields["features"]) != known:
                raise DataError("this ranker of reactants has other features", hint="fit it again")
            mean, scale, weights = (np.array(fields[name], dtype=np.float64) for name in ("mean", "scale", "weights"))
            if not mean.shape == scale.shape == weights.shape == (len(known),):
                raise DataError("this ranker of reactants is damaged: its weights do not fit its features")
            return cls(by_model, mean, scale, weights, float(fields["none"]), dict(fields["fit"]))
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"this ranker of reactants is damaged: {error}", hint="fit it again") from error


def fit_ranker(rows: Sequence[tuple[Floats, int | None]], *, by_model: bool) -> PrecursorRanker:
    """Fit a ranker.

    Args:
        rows: For each product its proposals as :func:`describe` has them, and the place of the right one; None where
            none is.
        by_model: Whether a model has scored them.

    Raises:
        ValueError: There are no rows with proposals.
    """
    from scipy.optimize import minimize  # which answering does without

    described = [(features, right) for features, right in rows if len(features)]
    if not described:
        raise ValueError("no rows to fit on")
    pooled = np.concatenate([features for features, _ in described])
    mean, scale = pooled.mean(0), pooled.std(0)
    scale[scale == 0.0] = 1.0
    told = [((features - mean) / scale, len(features) if right is None else right) for features, right in described]

    def lose(parameters: Floats) -> tuple[float, Floats]:
        weights, none = parameters[:-1], parameters[-1]
        total, gradient = 0.0, np.zeros_like(parameters)
        for features, right in told:
            scores = np.append(features @ weights, none)
            chances = np.exp(scores - np.logaddexp.reduce(scores))
            total -= float(np.log(max(chances[right], 1e-12)))
            chances[right] -= 1.0
            gradient[:-1] += features.T @ chances[:-1]
            gradient[-1] += chances[-1]
        penalty = _PENALTY * np.append(weights, 0.0)
        return total / len(told) + float(penalty @ parameters) / 2, gradient / len(told) + penalty

    found = minimize(lose, np.zeros(len(mean) + 1), jac=True, method="L-BFGS-B")
    fit = {"rows": len(rows), "loss": round(float(found.fun), 4)}
    return PrecursorRanker(by_model, mean, scale, found.x[:-1], float(found.x[-1]), fit)
