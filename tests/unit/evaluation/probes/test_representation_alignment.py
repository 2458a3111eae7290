"""Alignment of states: invariances that its definitions promise, and chance."""

from __future__ import annotations

import pytest
import torch

from anymol.evaluation.probes.representation_alignment import linear_cka, match_own, mutual_neighbours


def draw(n: int, width: int, seed: int) -> torch.Tensor:
    return torch.randn(n, width, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_rotation_shift_and_scale_change_nothing() -> None:
    states = draw(60, 8, 0)
    rotation, _ = torch.linalg.qr(draw(8, 8, 1))
    moved = 3 * states @ rotation + 5
    assert linear_cka(states, moved) == pytest.approx(1)
    assert mutual_neighbours(states, moved) == 1


def test_cka_of_two_axes_by_hand() -> None:
    # X = (1, -1), Y = (1, -1) beside an axis that is orthogonal to it over four molecules.
    first = torch.tensor([[1.0], [-1.0], [0.0], [0.0]])
    second = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    # |Y'X|^2 = 2^2; |X'X| = 2; |Y'Y| = sqrt(2^2 + 2^2).
    assert linear_cka(first, second) == pytest.approx(4 / (2 * 8**0.5))


def test_unrelated_states_agree_by_chance() -> None:
    first, second = draw(400, 6, 0), draw(400, 6, 1)
    assert linear_cka(first, second) < 0.1
    assert mutual_neighbours(first, second) == pytest.approx(10 / 399, abs=0.02)
    top, farther = match_own(first, second)
    assert top < 0.03
    assert farther == pytest.approx(0.5, abs=0.06)


def test_own_counterparts_are_found_after_a_shift_but_not_after_a_swap() -> None:
    states = draw(50, 6, 0)
    assert match_own(states, states + 7) == (1, 1)
    top, farther = match_own(states, states.roll(1, dims=0))
    assert top == 0
    assert farther < 0.7


def test_equal_counterparts_are_no_find() -> None:
    states = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [1.0, 0.0]])
    top, farther = match_own(states, states)
    assert top == pytest.approx(1 / 3)
    assert farther == pytest.approx((0.75 + 1 + 0.75) / 3)


def test_what_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="not of the same molecules"):
        linear_cka(draw(3, 2, 0), draw(4, 2, 0))
    with pytest.raises(ValueError, match="are equal"):
        linear_cka(torch.ones(3, 2), draw(3, 2, 0))
    with pytest.raises(ValueError, match="10 neighbours cannot be told among 10"):
        mutual_neighbours(draw(10, 2, 0), draw(10, 2, 0))
    with pytest.raises(ValueError, match="no common space"):
        match_own(draw(3, 2, 0), draw(3, 4, 0))
