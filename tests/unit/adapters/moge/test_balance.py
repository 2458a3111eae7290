"""The balance loss, worked by hand."""

from __future__ import annotations

import pytest
import torch

from anymol.adapters.moge.balance import AttachLoss, balance_loss, routed_shares

PROBABILITIES = torch.tensor([[0.6, 0.3, 0.1], [0.2, 0.5, 0.3], [0.1, 0.1, 0.8]], dtype=torch.float64)
CHOSEN = torch.tensor([[0, 1], [1, 2], [0, 2]])
"""Of the first two tokens, one choice in four fell on expert 0, two on 1 and one on 2."""


def test_value_by_hand() -> None:
    mask = torch.tensor([True, True, False])
    # f = (1, 2, 1) / 4 and P = (0.4, 0.4, 0.2): 3 (0.25 x 0.4 + 0.5 x 0.4 + 0.25 x 0.2) = 1.05
    assert float(balance_loss(PROBABILITIES, CHOSEN, mask)) == pytest.approx(1.05, abs=1e-12)
    busy, mean = routed_shares(PROBABILITIES, CHOSEN, mask)
    assert busy.tolist() == pytest.approx([0.25, 0.5, 0.25])
    assert mean.tolist() == pytest.approx([0.4, 0.4, 0.2])


def test_padding_changes_nothing() -> None:
    alone = balance_loss(PROBABILITIES[:2], CHOSEN[:2])
    padded = balance_loss(PROBABILITIES, CHOSEN, torch.tensor([True, True, False]))
    assert torch.equal(alone, padded)
    assert not torch.equal(alone, balance_loss(PROBABILITIES, CHOSEN))


def test_balanced_is_one_and_collapsed_is_the_number_of_experts() -> None:
    even = torch.full((4, 4), 0.25)
    assert float(balance_loss(even, torch.arange(4)[:, None])) == pytest.approx(1)
    one = torch.nn.functional.one_hot(torch.zeros(4, dtype=torch.int64), 4).float()
    assert float(balance_loss(one, torch.zeros(4, 1, dtype=torch.int64))) == pytest.approx(4)


def test_no_real_token_gives_nothing() -> None:
    assert float(balance_loss(PROBABILITIES, CHOSEN, torch.zeros(3, dtype=torch.bool))) == 0


def test_attached_loss_adds_its_gradient() -> None:
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    y = AttachLoss.apply(5 * x, (x**2).sum(), 0.5)
    assert y.tolist() == [10, 15]
    y.sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [5 + 0.5 * 4, 5 + 0.5 * 6]
