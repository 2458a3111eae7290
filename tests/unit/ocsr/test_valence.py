"""Bonds tell labels apart that look alike."""

from __future__ import annotations

import numpy as np
import pytest

from anymol.ocsr.labels import LABELS
from anymol.ocsr.valence import count_allowed, weigh_labels


@pytest.mark.parametrize(
    ("label", "allowed"), [("C", 4), ("13C", 4), ("D", 1), ("Cl", 1), ("125I", 1), ("Boc", 1), ("NMe", 2), ("S", 8)]
)
def test_labels_bear_so_many_bonds(label: str, allowed: int) -> None:
    assert count_allowed(label) == allowed


def test_a_group_or_halogen_between_two_bonds_is_unlikely() -> None:
    weights = dict(zip(LABELS, weigh_labels(LABELS, [2])[0], strict=True))
    assert {weights[label] for label in ("OMe", "Cl", "H", "D")} == {-6.0}
    assert {weights[label] for label in ("C", "N", "O", "S", "*", "13C")} == {0.0}
    assert not weigh_labels(LABELS, [1]).any()


def test_with_three_bonds_boron_is_likelier_than_silicon() -> None:
    weights = weigh_labels(["B", "Si"], [3, 4])
    np.testing.assert_array_equal(weights, [[0.0, -3.0], [0.0, 0.0]])
