from __future__ import annotations

import numpy as np

from anymol.retrieval.measured_properties.trees import LEAF, BoostedTrees


def make_trees() -> BoostedTrees:
    """Return two trees: a split of feature 1 at 0.5 with leaves 10 and 20, and a single leaf of 1; baseline 100."""
    return BoostedTrees(
        starts=np.array([0, 3], np.uint32),
        features=np.array([1, LEAF, LEAF, LEAF], np.uint16),
        values=np.array([0.5, 10.0, 20.0, 1.0], np.float32),
        rights=np.array([2, 0, 0, 0], np.uint16),
        baseline=100.0,
    )


def test_leaves_are_summed_and_at_the_threshold_a_sample_goes_left() -> None:
    samples = np.array([[9.0, 0.4], [9.0, 0.5], [9.0, 0.6]], np.float32)
    assert make_trees().predict(samples).tolist() == [111.0, 111.0, 121.0]


def test_no_trees_say_the_baseline() -> None:
    none = BoostedTrees(
        np.zeros(0, np.uint32), np.zeros(0, np.uint16), np.zeros(0, np.float32), np.zeros(0, np.uint16), 3.0
    )
    assert none.predict(np.zeros((2, 1), np.float32)).tolist() == [3.0, 3.0]
