"""Effective rank against matrices whose answer is known."""

from __future__ import annotations

import math

import pytest
import torch

from anymol.evaluation.probes.effective_rank import effective_rank, effective_rank_of_product


def test_equal_singular_values_count_each() -> None:
    orthogonal, _ = torch.linalg.qr(torch.randn(12, 12, generator=torch.Generator().manual_seed(0)).double())
    assert effective_rank(3.0 * orthogonal[:, :5] @ orthogonal[:5]) == pytest.approx(5.0)


def test_hand_worked() -> None:
    # p = 3/4, 1/4: exp of their entropy.
    expected = math.exp(-(0.75 * math.log(0.75) + 0.25 * math.log(0.25)))
    assert effective_rank(torch.diag(torch.tensor([3.0, 1.0, 0.0]))) == pytest.approx(expected)


def test_zeros_have_rank_zero() -> None:
    assert effective_rank(torch.zeros(3, 4)) == 0.0


def test_product_is_never_formed_but_equal() -> None:
    draw = torch.Generator().manual_seed(1)
    b, a = torch.randn(40, 6, generator=draw).double(), torch.randn(6, 30, generator=draw).double()
    assert effective_rank_of_product(b, a) == pytest.approx(effective_rank(b @ a))


@pytest.mark.parametrize("wrong", [torch.zeros(3), torch.tensor([[float("nan")]])])
def test_refuses(wrong: torch.Tensor) -> None:
    with pytest.raises(ValueError, match=r"two dimensions|finite"):
        effective_rank(wrong)
