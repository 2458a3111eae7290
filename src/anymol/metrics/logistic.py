"""Logistic curves: from figures of an answer to the probability that it is right. Fitting needs scikit-learn."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from anymol.errors import MissingDependencyError


def apply_logistic(logits: ArrayLike) -> NDArray[np.float64]:
    """Return the probabilities of log-odds, of the same shape."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(np.asarray(logits, np.float64), -40, 40))))


def fit_logistic(features: ArrayLike, right: ArrayLike, *, ridge: float = 0.05) -> tuple[float, NDArray[np.float64]]:
    """Fit a logistic curve, with the smoothed targets of Platt (1999): few rows do not make it certain.

    Args:
        features: Shape (n, k).
        right: Whether each row was right, shape (n,).
        ridge: Penalty on the slopes of standardised features.

    Returns:
        The bias, and the slopes of shape (k,).

    Raises:
        MissingDependencyError: scikit-learn is not installed.
    """
    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError:
        raise MissingDependencyError(
            "fitting probabilities needs scikit-learn", hint="pip install 'anymol[evaluate]'"
        ) from None
    rows, hits = np.asarray(features, np.float64), np.asarray(right, bool)
    positive = int(hits.sum())
    target = np.where(hits, (positive + 1) / (positive + 2), 1 / (len(hits) - positive + 2))
    if not rows.shape[1]:
        return float(np.log(target.mean() / (1 - target.mean()))), np.zeros(0)
    centre, width = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-6)
    scaled = (rows - centre) / width
    # A target between 0 and 1 is a row of each kind with a weight.
    found = LogisticRegression(C=1 / ridge, tol=1e-8, max_iter=1000).fit(
        np.concatenate([scaled, scaled]),
        np.repeat([1, 0], len(rows)),
        sample_weight=np.concatenate([target, 1 - target]),
    )
    slopes = np.asarray(found.coef_[0] / width)
    return float(found.intercept_[0] - slopes @ centre), slopes
