from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from anymol.training.optimisation import (
    Optimiser,
    OptimiserConfig,
    Schedule,
    ScheduleConfig,
    build_optimisers,
    group_parameters,
    set_learning_rate,
)


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(10, 4)
        self.hidden = nn.Linear(4, 6)
        self.norm = nn.LayerNorm(6)
        self.head = nn.Linear(6, 10, bias=False)
        self.frozen = nn.Linear(4, 4).requires_grad_(False)


def test_cosine_by_hand() -> None:
    schedule = ScheduleConfig(kind=Schedule.COSINE, warmup=0.2, floor=0.1)
    factors = [schedule.factor(step, 11) for step in range(11)]
    assert factors[:3] == [0.5, 1.0, pytest.approx(1.0)]
    assert factors[6] == pytest.approx(0.55)  # half way
    assert factors[10] == pytest.approx(0.1)


def test_wsd_by_hand() -> None:
    schedule = ScheduleConfig(kind=Schedule.WSD, warmup=0.2, decay=0.4, floor=0.0)
    factors = [schedule.factor(step, 10) for step in range(10)]
    assert factors == [pytest.approx(value) for value in (0.5, 1, 1, 1, 1, 1, 0.75, 0.5, 0.25, 0.0)]


def test_constant() -> None:
    schedule = ScheduleConfig(kind=Schedule.CONSTANT, warmup=0.0)
    assert {schedule.factor(step, 5) for step in range(5)} == {1.0}


def test_warmup_in_steps_does_not_depend_on_the_length() -> None:
    schedule = ScheduleConfig(kind=Schedule.CONSTANT, warmup_steps=4)
    for total in (10, 1_000_000):
        assert [schedule.factor(step, total) for step in range(6)] == [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]
    assert ScheduleConfig(kind=Schedule.CONSTANT, warmup_steps=0, warmup=0.5).factor(0, 10) == 1.0


def test_an_anneal_falls_linearly_from_its_first_step_to_its_last() -> None:
    schedule = ScheduleConfig(kind=Schedule.WSD, warmup=0, decay=1.0, floor=0.0)
    assert [schedule.factor(step, 5) for step in range(5)] == [pytest.approx(f) for f in (0.8, 0.6, 0.4, 0.2, 0.0)]


@pytest.mark.parametrize("kind", list(Schedule))
@pytest.mark.parametrize("total", [1, 2, 3, 1000])
def test_factors_stay_between_zero_and_one(kind: Schedule, total: int) -> None:
    schedule = ScheduleConfig(kind=kind)
    factors = [schedule.factor(step, total) for step in range(total)]
    assert all(0 < factor <= 1 for factor in factors)


def test_groups() -> None:
    model = Small()
    groups = group_parameters(model, head=model.head)
    assert [name for name, _ in groups.matrices] == ["hidden.weight"]
    assert [name for name, _ in groups.embeddings] == ["embed.weight", "head.weight"]
    assert [name for name, _ in groups.scalars] == ["hidden.bias", "norm.weight", "norm.bias"]


def test_a_tied_head_counts_once() -> None:
    model = Small()
    model.head = nn.Linear(4, 10, bias=False)
    model.head.weight = model.embed.weight
    groups = group_parameters(model, head=model.head)
    assert [name for name, _ in groups.embeddings] == ["embed.weight"]


@pytest.mark.parametrize("kind", list(Optimiser))
def test_every_trainable_parameter_is_updated_once(kind: Optimiser) -> None:
    model = Small()
    optimisers = build_optimisers(
        group_parameters(model, head=model.head), OptimiserConfig(kind=kind, embedding_lr_scale=0.5)
    )
    held = [id(p) for o in optimisers.values() for group in o.param_groups for p in group["params"]]
    assert sorted(held) == sorted(id(p) for p in model.parameters() if p.requires_grad)
    names = {name: group for o in optimisers.values() for group in o.param_groups for name in group["names"]}
    assert names["hidden.weight"]["weight_decay"] == 0.1
    assert names["embed.weight"]["weight_decay"] == names["norm.weight"]["weight_decay"] == 0.0
    set_learning_rate(optimisers, 0.01)
    assert names["hidden.weight"]["lr"] == 0.01
    assert names["embed.weight"]["lr"] == 0.005
    before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    model.head(model.norm(model.hidden(model.embed(torch.arange(10))))).square().sum().backward()
    for optimiser in optimisers.values():
        optimiser.step()
    moved = {name for name, parameter in model.named_parameters() if not torch.equal(parameter, before[name])}
    assert moved == {"embed.weight", "hidden.weight", "hidden.bias", "norm.weight", "norm.bias", "head.weight"}
    assert ("muon" in optimisers) == (kind is Optimiser.MUON)


@pytest.mark.parametrize(
    "wrong",
    [{"lr": 1e9}, {"lr": 0.0}, {"betas": (2.0, 3.0)}, {"betas": (0.9, 1.0)}, {"weight_decay": 1e6}, {"momentum": 1.0}],
    ids=str,
)
def test_values_that_cannot_train_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        OptimiserConfig(**wrong)
