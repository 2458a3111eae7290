"""Similarity of generated adapters against similarity of structures."""

from __future__ import annotations

import numpy as np
import pytest

from anymol.evaluation.probes.adapter_similarity import compare_similarity


def test_adapters_that_follow_the_structure() -> None:
    angles = np.array([0.0, 0.4, 1.1, 2.0, 3.0, 4.4])
    vectors = np.stack([np.cos(angles), np.sin(angles)], 1)
    centred = vectors - vectors.mean(0)
    unit = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    found = compare_similarity(vectors + 7.0, (unit @ unit.T + 1) / 2)
    assert found.spearman == pytest.approx(1.0)
    assert found.adapter.shape == found.structural.shape == (15,)
    assert compare_similarity(vectors, -unit @ unit.T).spearman == pytest.approx(-1.0)


def test_refuses_what_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="three molecules"):
        compare_similarity(np.eye(2), np.eye(2))
    with pytest.raises(ValueError, match="do not fit"):
        compare_similarity(np.eye(4), np.eye(3))
    with pytest.raises(ValueError, match="nothing distinguishes"):
        compare_similarity(np.ones((4, 2)), np.eye(4))
