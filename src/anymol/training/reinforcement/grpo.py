"""Group-relative policy optimisation: the arithmetic (Shao et al. 2024, "DeepSeekMath", arXiv 2402.03300, section 4.1).

Letters: B questions, G answers to each, N = B * G answers, L tokens of an answer.
"""

from __future__ import annotations

import torch
from torch import Tensor


def compute_advantages(rewards: Tensor) -> Tensor:
    """Return how much better each answer is than the others to its question.

    ``A_i = (r_i - mean(r)) / std(r)`` over the G answers of one question (section 4.1.2); where all are equally good
    there is nothing to learn, and A is 0.

    Args:
        rewards: Shape (B, G).

    Returns:
        Shape (B, G).
    """
    centred = rewards - rewards.mean(1, keepdim=True)
    spread = rewards.std(1, keepdim=True, unbiased=False)
    return torch.where(spread > 1e-6, centred / spread.clamp(min=1e-6), 0.0)


def compute_policy_loss(log_p: Tensor, sampled: Tensor, advantages: Tensor, mask: Tensor, *, clip: float) -> Tensor:
    """Return what is minimised so that better answers become likelier (equation 3, without its last term).

    ``-1/N sum_i 1/L_i sum_t min(rho A_i, clamp(rho, 1 - e, 1 + e) A_i)`` with ``rho = p(token) / p_sampled(token)``.

    Args:
        log_p: Shape (N, L), fp32. Logarithm of each token's probability.
        sampled: Shape (N, L). The same as it was when the answers were drawn.
        advantages: Shape (N,). A.
        mask: Shape (N, L), bool. Which tokens there are.
        clip: e.
    """
    ratio = (log_p - sampled).exp()
    gain = advantages[:, None]
    least = torch.minimum(ratio * gain, ratio.clamp(1 - clip, 1 + clip) * gain)
    return -_mean_over_answers(least, mask)


def compute_divergence(log_p: Tensor, reference: Tensor, mask: Tensor) -> Tensor:
    """Return an unbiased estimate of the divergence from a reference, which is never negative (equation 4).

    ``KL = q/p - log(q/p) - 1`` for each token, q being the reference's probability; averaged as the loss is.

    Args:
        log_p: Shape (N, L), fp32.
        reference: Shape (N, L).
        mask: Shape (N, L), bool.
    """
    difference = reference - log_p
    return _mean_over_answers(difference.exp() - difference - 1, mask)


def _mean_over_answers(values: Tensor, mask: Tensor) -> Tensor:
    """Return the mean over answers of the mean over their tokens."""
    lengths = mask.sum(1).clamp(min=1)
    return ((values * mask).sum(1) / lengths).mean()
