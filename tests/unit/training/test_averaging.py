"""The moving average of weights, against numbers worked by hand."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from anymol.training.averaging import WeightAverage


class Pair(nn.Module):
    """A weight that learns, one frozen, and a running statistic."""

    def __init__(self) -> None:
        super().__init__()
        self.learning = nn.Parameter(torch.tensor([1.0, 10.0]))
        self.resting = nn.Parameter(torch.tensor([5.0]), requires_grad=False)
        self.register_buffer("statistic", torch.zeros(1))


def test_by_hand() -> None:
    model, average = Pair(), WeightAverage()
    average.begin(model, decay=0.25)
    model.learning.data = torch.tensor([2.0, 20.0])
    average.update(model, 1)  # d = min(1/4, 1/10): 0.1 * 1 + 0.9 * 2
    model.learning.data = torch.tensor([3.0, 30.0])
    average.update(model, 2)  # d = min(1/4, 2/11): 2/11 * 1.9 + 9/11 * 3
    model.learning.data = torch.tensor([4.0, 40.0])
    average.update(model, 3)  # d = min(1/4, 3/12)
    model.learning.data = torch.tensor([6.0, 60.0])
    average.update(model, 4)  # d = min(1/4, 4/13)
    second = 2 / 11 * 1.9 + 9 / 11 * 3
    expected = 0.25 * (0.25 * second + 0.75 * 4) + 0.75 * 6
    with average.applied(model):
        assert model.learning.tolist() == [pytest.approx(expected), pytest.approx(10 * expected)]
        assert model.resting.tolist() == [5.0]
    assert model.learning.tolist() == [6.0, 60.0]
    assert average.updates == 4
    average.write(model)
    assert model.learning.tolist() == [pytest.approx(expected), pytest.approx(10 * expected)]


def test_every_second_step_leaves_what_two_steps_would() -> None:
    model, average = Pair(), WeightAverage()
    average.begin(model, decay=0.3, every=2)
    model.learning.data = torch.tensor([2.0, 20.0])
    average.update(model, 1)
    assert average.updates == 0
    average.update(model, 2)  # d = min(0.09, 1/10)
    average.write(model)
    assert model.learning[0].item() == pytest.approx(0.09 * 1 + 0.91 * 2)


def test_kept_in_fp32_beside_weights_of_bf16() -> None:
    model = nn.Linear(2, 2, bias=False).to(torch.bfloat16)
    nn.init.ones_(model.weight)
    average = WeightAverage()
    average.begin(model, decay=0.999)
    average.updates = 100_000
    with torch.no_grad():
        model.weight.fill_(1.0078125)
    average.update(model, 1)
    kept = average.tensors()["weights/weight"]
    assert kept.dtype is torch.float32
    assert kept[0, 0].item() == pytest.approx(1 + 0.001 * 0.0078125, abs=1e-7)  # a change that bf16 cannot hold
    with average.applied(model):
        pass
    assert model.weight[0, 0].item() == 1.0078125


def test_state_goes_to_a_checkpoint_and_back() -> None:
    model, average = Pair(), WeightAverage()
    average.begin(model, decay=0.9)
    model.learning.data = torch.tensor([2.0, 20.0])
    average.update(model, 1)
    other = WeightAverage()
    other.load(average.tensors())
    other.begin(model, decay=0.9)
    model.learning.data = torch.tensor([3.0, 30.0])
    for one in (average, other):
        one.update(model, 2)
    assert average.updates == other.updates == 2
    assert all(torch.equal(value, other.tensors()[name]) for name, value in average.tensors().items())


def test_goes_on_for_the_same_weights_and_starts_anew_for_others() -> None:
    model, average = Pair(), WeightAverage()
    average.begin(model, decay=0.9)
    model.learning.data = torch.tensor([2.0, 20.0])
    average.update(model, 1)
    average.begin(model, decay=0.5)
    assert average.updates == 1
    model.resting.requires_grad_(True)
    average.begin(model, decay=0.5)
    assert average.updates == 0
    assert set(average.tensors()) == {"updates", "weights/learning", "weights/resting"}
    average.begin(model, decay=0)
    assert not average
    assert average.tensors() == {}
    with average.applied(model):
        assert model.learning.tolist() == [2.0, 20.0]
