"""Boosted regression trees as arrays: they are read and walked without the library that grew them.

Trees stand one after the other, each in pre-order, so that the left child of a node is the next one. A leaf has no
feature; its value stands where a node has its threshold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

LEAF: Final = 0xFFFF
"""Stands for the feature of a leaf."""


@dataclass(frozen=True, eq=False)
class BoostedTrees:
    """An ensemble whose prediction is the sum of one leaf per tree.

    Attributes:
        starts: First node of each tree, shape (T,), uint32.
        features: Feature of each node, :data:`LEAF` of a leaf, shape (N,), uint16.
        values: Threshold of each node, at most which a sample goes left; of a leaf its value, shape (N,), float32.
        rights: How far behind a node its right child stands, shape (N,), uint16; 0 of a leaf.
        baseline: Added to the sum.
    """

    starts: NDArray[np.uint32]
    features: NDArray[np.uint16]
    values: NDArray[np.float32]
    rights: NDArray[np.uint16]
    baseline: float

    @classmethod
    def from_arrays(cls, get: Callable[[str], NDArray[Any]], baseline: float) -> BoostedTrees:
        """Return the trees of stored arrays.

        Args:
            get: Gives an array by the name of its attribute.
            baseline: Added to the sum.
        """
        return cls(get("starts"), get("features"), get("values"), get("rights"), baseline)

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """Its arrays, by the name of their attribute; the baseline is stored by whoever stores them."""
        return {"starts": self.starts, "features": self.features, "values": self.values, "rights": self.rights}

    def predict(self, samples: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the sums for samples of shape (n, F), shape (n,)."""
        if not len(self.starts):
            return np.full(len(samples), self.baseline)
        nodes = np.broadcast_to(self.starts.astype(np.int64), (len(samples), len(self.starts))).copy()
        rows = np.arange(len(samples))[:, None]
        while True:
            features = self.features[nodes]
            inner = features != LEAF
            if not inner.any():
                break
            left = samples[rows, np.where(inner, features, 0)] <= self.values[nodes]
            nodes += np.where(inner, np.where(left, 1, self.rights[nodes]), 0)
        return np.asarray(self.values[nodes].sum(axis=1, dtype=np.float64) + self.baseline)
