"""The arithmetic of group-relative policy optimisation, against numbers worked by hand."""

from __future__ import annotations

import math

import pytest
import torch

from anymol.training.reinforcement.grpo import compute_advantages, compute_divergence, compute_policy_loss


def test_an_answer_is_measured_by_the_others_to_its_question() -> None:
    """Of (1, 0, 0, 0) the mean is 1/4 and the deviation sqrt(3)/4; where all are equal there is nothing to learn."""
    found = compute_advantages(torch.tensor([[1.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0], [0.1, 0.1, 0.1, 0.1]]))
    root = math.sqrt(3)
    torch.testing.assert_close(found[0], torch.tensor([root, -1 / root, -1 / root, -1 / root]))
    assert torch.equal(found[1:], torch.zeros(2, 4))


@pytest.mark.parametrize(
    ("ratio", "advantage", "counted", "gradient"),
    [
        (1.0, 2.0, 2.0, 2.0),
        (1.1, 2.0, 2.2, 2.2),
        (1.5, 2.0, 2.4, 0.0),  # likelier by more than a fifth already: no more of it
        (0.5, 2.0, 1.0, 1.0),  # a good answer that has become unlikely may come back
        (0.5, -1.0, -0.8, 0.0),  # a bad one that has become unlikely enough is left alone
        (1.5, -1.0, -1.5, -1.5),  # a bad one that has become likelier is driven back
    ],
)
def test_what_has_moved_far_in_the_right_direction_counts_no_more(
    ratio: float, advantage: float, counted: float, gradient: float
) -> None:
    log_p = torch.tensor([[math.log(ratio)]], requires_grad=True)
    mask = torch.ones(1, 1, dtype=torch.bool)
    loss = compute_policy_loss(log_p, torch.zeros(1, 1), torch.tensor([advantage]), mask, clip=0.2)
    loss.backward()
    assert loss.item() == pytest.approx(-counted)
    assert log_p.grad is not None and log_p.grad.item() == pytest.approx(-gradient)  # d ratio / d log p = ratio


def test_a_long_answer_counts_as_one_and_padding_as_none() -> None:
    """Answers of one and of three tokens: 1/2 (1 x 3 + 1/3 x (3 x -1)) = 1, whatever stands in the padding."""
    log_p = torch.tensor([[0.0, 9.0, 9.0], [0.0, 0.0, 0.0]])
    mask = torch.tensor([[True, False, False], [True, True, True]])
    loss = compute_policy_loss(log_p, torch.zeros(2, 3), torch.tensor([3.0, -1.0]), mask, clip=0.2)
    assert loss.item() == pytest.approx(-1.0)


def test_the_divergence_is_none_from_itself_and_else_above() -> None:
    mask = torch.ones(1, 2, dtype=torch.bool)
    log_p = torch.tensor([[math.log(0.5), math.log(0.25)]])
    assert compute_divergence(log_p, log_p, mask).item() == 0.0
    # q/p is 2 and 1: (2 - log 2 - 1 + 0) / 2.
    reference = torch.tensor([[0.0, math.log(0.25)]])
    assert compute_divergence(log_p, reference, mask).item() == pytest.approx((1 - math.log(2)) / 2)


def test_the_estimate_of_the_divergence_has_no_bias() -> None:
    """Over answers drawn from p its mean is sum p log(p/q), here of (0.7, 0.3) and (0.4, 0.6)."""
    p, q = torch.tensor([0.7, 0.3]), torch.tensor([0.4, 0.6])
    values = [
        compute_divergence(p[one].log().view(1, 1), q[one].log().view(1, 1), torch.ones(1, 1, dtype=torch.bool))
        for one in (0, 1)
    ]
    mean = float(p[0] * values[0] + p[1] * values[1])
    assert mean == pytest.approx(float((p * (p / q).log()).sum()), abs=1e-6)
