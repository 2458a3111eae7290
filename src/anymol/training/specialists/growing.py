"""Growing boosted trees by scikit-learn, and taking them out of it as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from anymol.errors import MissingDependencyError
from anymol.retrieval.measured_properties.trees import LEAF, BoostedTrees
from anymol.training.specialists.plan import TreesConfig


def grow_trees(
    samples: NDArray[np.float32],
    values: NDArray[np.float64],
    config: TreesConfig,
    seed: int,
    *,
    is_class: bool = False,
) -> BoostedTrees:
    """Return trees fitted to samples.

    Args:
        samples: Features, shape (n, F).
        values: What they shall say, shape (n,); of a class 1 or 0, whose log-odds the trees then give.
        config: Their sizes.
        seed: Which features a split may choose from follows from it.
        is_class: Whether the values are those of a class.

    Raises:
        MissingDependencyError: scikit-learn is not installed.
    """
    ensemble = load_sklearn("ensemble")
    make = ensemble.HistGradientBoostingClassifier if is_class else ensemble.HistGradientBoostingRegressor
    grown = make(
        max_iter=config.trees,
        learning_rate=config.rate,
        max_leaf_nodes=config.leaves,
        min_samples_leaf=config.fewest,
        l2_regularization=config.penalty,
        max_features=config.features,
        early_stopping=False,
        random_state=seed,
    ).fit(samples, values)
    return convert_trees(grown)


def convert_trees(grown: Any) -> BoostedTrees:
    """Return the trees of a fitted scikit-learn model of histogram gradient boosting with one output, as arrays.

    scikit-learn keeps them private; a test compares what both predict.
    """
    starts: list[int] = []
    features: list[int] = []
    values: list[float] = []
    rights: list[int] = []

    def add(nodes: Any, index: int) -> None:
        node, place = nodes[index], len(features)
        if node["is_leaf"]:
            features.append(LEAF)
            values.append(float(np.float32(node["value"])))
            rights.append(0)
            return
        features.append(int(node["feature_idx"]))
        values.append(_round_down(float(node["num_threshold"])))
        rights.append(0)
        add(nodes, int(node["left"]))
        rights[place] = len(features) - place
        add(nodes, int(node["right"]))

    for (tree,) in grown._predictors:
        starts.append(len(features))
        add(tree.nodes, 0)
    return BoostedTrees(
        np.array(starts, np.uint32),
        np.array(features, np.uint16),
        np.array(values, np.float32),
        np.array(rights, np.uint16),
        float(np.ravel(grown._baseline_prediction)[0]),
    )


def _round_down(threshold: float) -> float:
    """Return the largest float32 that is not above a threshold, so that what went left of it still does."""
    near = np.float32(threshold)
    return float(near if near <= threshold else np.nextafter(near, np.float32(-np.inf)))


def load_sklearn(module: str) -> Any:
    """Return a module of scikit-learn: ``ensemble``, ``linear_model`` or ``metrics``.

    Raises:
        MissingDependencyError: It is not installed.
    """
    try:
        import sklearn.ensemble
        import sklearn.linear_model
        import sklearn.metrics
    except ImportError:
        raise MissingDependencyError(
            "fitting predictors needs scikit-learn", hint="pip install 'anymol[evaluate]'"
        ) from None
    return {"ensemble": sklearn.ensemble, "linear_model": sklearn.linear_model, "metrics": sklearn.metrics}[module]
