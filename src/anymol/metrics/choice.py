"""Which of several proposals is right, or none: a conditional logit (McFadden 1974).

``p_i = exp(w.x_i) / (sum_j exp(w.x_j) + exp(w_0))`` over the proposals of one question and one choice more, that none
of them is right. Fitted on questions whose answer is known, the probabilities need no scale of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_PENALTY: Final = 0.001
"""Weight of half the squared norm of the weights."""


@dataclass(frozen=True)
class ChoiceModel:
    """A fitted conditional logit.

    Attributes:
        features: Names of the features.
        mean: Of each, shape (features,).
        scale: Their standard deviation.
        weights: One for each.
        none: Score of the choice that no proposal is right.
        fit: Questions it was fitted on, and how well.
    """

    features: tuple[str, ...]
    mean: Floats
    scale: Floats
    weights: Floats
    none: float
    fit: Mapping[str, Any] = field(default_factory=dict)

    def score(self, described: Floats) -> Floats:
        """Return ``w.x`` of each proposal, shape (proposals,)."""
        scores: Floats = (described - self.mean) / self.scale @ self.weights
        return scores

    def weigh(self, described: Floats) -> Floats:
        """Return the probability that each proposal is right, shape (proposals,); what is missing to 1 is for none."""
        if not len(described):
            return np.zeros(0)
        scores = self.score(described)
        chances: Floats = np.exp(scores - np.logaddexp.reduce(np.append(scores, self.none)))
        return chances

    def to_json(self) -> dict[str, Any]:
        """Return the fields of the file that it is stored in."""
        return {
            "features": list(self.features),
            "mean": self.mean.tolist(),
            "scale": self.scale.tolist(),
            "weights": self.weights.tolist(),
            "none": self.none,
            "fit": dict(self.fit),
        }

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> ChoiceModel:
        """Read what :meth:`to_json` returned.

        Raises:
            ValueError: Something is missing or does not fit.
        """
        try:
            features = tuple(map(str, fields["features"]))
            mean, scale, weights = (np.array(fields[name], dtype=np.float64) for name in ("mean", "scale", "weights"))
            read = cls(features, mean, scale, weights, float(fields["none"]), dict(fields["fit"]))
        except (KeyError, TypeError) as error:
            raise ValueError(f"a field is missing or of another kind: {error}") from error
        if not mean.shape == scale.shape == weights.shape == (len(features),):
            raise ValueError("weights do not fit the features")
        return read


def fit_choices(rows: Sequence[tuple[Floats, int | None]], features: Sequence[str]) -> ChoiceModel:
    """Fit a conditional logit by maximum likelihood with a small ridge.

    Args:
        rows: For each question its proposals, shape (proposals, features), and the place of the right one; None where
            none is.
        features: Their names.

    Raises:
        ValueError: There is no question with proposals.
    """
    from scipy.optimize import minimize  # which answering does without

    described = [(values, right) for values, right in rows if len(values)]
    if not described:
        raise ValueError("no rows to fit on")
    pooled = np.concatenate([values for values, _ in described])
    mean, scale = pooled.mean(0), pooled.std(0)
    scale[scale == 0.0] = 1.0
    told = [((values - mean) / scale, len(values) if right is None else right) for values, right in described]

    def lose(parameters: Floats) -> tuple[float, Floats]:
        weights, none = parameters[:-1], parameters[-1]
        total, gradient = 0.0, np.zeros_like(parameters)
        for values, right in told:
            scores = np.append(values @ weights, none)
            chances = np.exp(scores - np.logaddexp.reduce(scores))
            total -= float(np.log(max(chances[right], 1e-12)))
            chances[right] -= 1.0
            gradient[:-1] += values.T @ chances[:-1]
            gradient[-1] += chances[-1]
        penalty = _PENALTY * np.append(weights, 0.0)
        return total / len(told) + float(penalty @ parameters) / 2, gradient / len(told) + penalty

    found = minimize(lose, np.zeros(len(mean) + 1), jac=True, method="L-BFGS-B")
    fit = {"rows": len(rows), "loss": round(float(found.fun), 4)}
    return ChoiceModel(tuple(features), mean, scale, found.x[:-1], float(found.x[-1]), fit)
