from __future__ import annotations

import numpy as np
import pytest

from anymol.training.specialists.growing import convert_trees, grow_trees
from anymol.training.specialists.plan import TreesConfig

sklearn = pytest.importorskip("sklearn.ensemble")


@pytest.mark.parametrize("kind", ["HistGradientBoostingRegressor", "HistGradientBoostingClassifier"])
def test_trees_as_arrays_predict_what_scikit_learn_does(kind: str) -> None:
    rng = np.random.default_rng(0)
    samples = rng.normal(size=(300, 6)).astype(np.float32)
    samples[:, 0] = rng.integers(0, 3, 300)  # ties at the thresholds
    values = samples[:, 0] + samples[:, 1] * samples[:, 2]
    is_class = kind.endswith("Classifier")
    grown = getattr(sklearn, kind)(max_iter=20, max_leaf_nodes=9, random_state=0)
    grown.fit(samples, values > 0.5 if is_class else values)
    other = rng.normal(size=(200, 6)).astype(np.float32)
    other[:, 0] = rng.integers(0, 3, 200)
    wanted = grown.decision_function(other) if is_class else grown.predict(other)
    assert np.allclose(convert_trees(grown).predict(other), wanted, atol=1e-5)


def test_trees_of_a_class_give_log_odds_and_those_of_a_number_the_number() -> None:
    samples = np.repeat(np.array([[0.0], [1.0]], np.float32), 200, axis=0)
    config = TreesConfig(trees=200, leaves=2, rate=0.2, features=1.0)
    numbers = grow_trees(samples, np.repeat([2.0, 5.0], 200), config, 0)
    assert numbers.predict(samples[[0, -1]]) == pytest.approx([2.0, 5.0], abs=0.05)
    # Of the first half one in four says yes, of the second three in four: log-odds of -ln 3 and ln 3.
    labels = np.concatenate([np.repeat([1.0, 0.0], [50, 150]), np.repeat([1.0, 0.0], [150, 50])])
    assert grow_trees(samples, labels, config, 0, is_class=True).predict(samples[[0, -1]]) == pytest.approx(
        [-np.log(3), np.log(3)], abs=0.05
    )
