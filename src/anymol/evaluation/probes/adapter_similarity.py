"""Do similar molecules get similar adapters? (MoRA)"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import spearmanr


@dataclass(frozen=True, eq=False)
class Similarity:
    """Two similarities of the same pairs of molecules.

    Attributes:
        structural: Shape (n_pairs,). Similarity of the structures, 0 to 1 (Tanimoto).
        adapter: Shape (n_pairs,). Cosine of the generated adapters, the mean over all molecules taken off.
        spearman: Rank correlation of the two, -1 to 1.
    """

    structural: NDArray[np.float64]
    adapter: NDArray[np.float64]
    spearman: float


def compare_similarity(adapters: ArrayLike, structural: ArrayLike) -> Similarity:
    """Compare the cosines of generated adapters with a structural similarity.

    Args:
        adapters: Shape (n, d). One generated adapter per molecule, flattened.
        structural: Shape (n, n). Similarity of the structures.

    Raises:
        ValueError: Shapes do not fit, there are fewer than three molecules, or all adapters are the same.
    """
    vectors, wanted = np.asarray(adapters, dtype=np.float64), np.asarray(structural, dtype=np.float64)
    n = len(vectors)
    if vectors.ndim != 2 or wanted.shape != (n, n):
        raise ValueError(f"adapters of shape {vectors.shape} do not fit similarities of shape {wanted.shape}")
    if n < 3:
        raise ValueError(f"a rank correlation takes three molecules or more, not {n}")
    # What all molecules share says nothing about them, and would lift every cosine towards 1.
    centred = vectors - vectors.mean(0)
    norms = np.linalg.norm(centred, axis=1)
    if not (norms > 1e-12 * max(1.0, float(np.abs(vectors).max()))).all():
        raise ValueError("an adapter equals the mean of all: nothing distinguishes it")
    unit = centred / norms[:, None]
    above = np.triu_indices(n, 1)
    cosines, structure = (unit @ unit.T)[above], wanted[above]
    return Similarity(structure, cosines, float(spearmanr(structure, cosines).statistic))
