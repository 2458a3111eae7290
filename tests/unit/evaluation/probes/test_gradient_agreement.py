"""Cosines between the gradients of losses whose gradients are known."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from anymol.evaluation.probes.gradient_agreement import measure_agreement


def test_known_gradients() -> None:
    weight, other = nn.Parameter(torch.zeros(2)), nn.Parameter(torch.zeros(1))
    directions = {"a": [1.0, 0.0], "b": [-2.0, 0.0], "c": [0.0, 5.0]}
    found = measure_agreement(
        {name: lambda d=d: (weight * torch.tensor(d)).sum() for name, d in directions.items()}, [weight, other]
    )
    expected = torch.tensor([[1.0, -1.0, 0.0], [-1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]).double()
    assert torch.allclose(found.cosine, expected)
    assert found.norms.tolist() == [1.0, 2.0, 5.0]
    assert found.mean == pytest.approx(-1 / 3)
    assert found.conflicting == pytest.approx(1 / 3)


def test_refuses_one_task_and_a_gradient_of_zero() -> None:
    weight = nn.Parameter(torch.ones(2))
    with pytest.raises(ValueError, match="two tasks"):
        measure_agreement({"a": weight.sum}, [weight])
    with pytest.raises(ValueError, match="gradient of b is zero"):
        measure_agreement({"a": weight.sum, "b": lambda: (weight * 0.0).sum()}, [weight])
