from __future__ import annotations

import torch
from torch import nn

from anymol.training.master_weights import MasterWeights
from anymol.training.optimisation import OptimiserConfig, build_optimisers, group_parameters


def test_steps_too_small_for_bf16_are_not_lost() -> None:
    """1 + 2^-10 rounds to 1 in bf16: a hundred such steps would move nothing, and make 0.0977 together."""
    layer = nn.Linear(1, 1, bias=False)
    nn.init.ones_(layer.weight)
    masters = MasterWeights(layer)
    (entry,) = masters.groups(group_parameters(layer)).scalars
    optimiser = torch.optim.SGD([entry[1]], lr=2.0**-10)
    for _ in range(100):
        assert layer.weight.dtype == torch.bfloat16
        layer(torch.ones(1, 1, dtype=torch.bfloat16)).sum().neg().backward()
        masters.take_gradients()
        optimiser.step()
        optimiser.zero_grad()
        masters.publish()
    assert layer.weight.item() == 1.09375  # 1.09765625 lies half way between two, and goes to the even one
    rounded = layer.weight
    with masters.shown():
        assert layer.weight.item() == 1 + 100 * 2.0**-10
    assert layer.weight is rounded
    masters.restore()
    assert layer.weight.dtype == torch.float32
    assert layer.weight.item() == 1 + 100 * 2.0**-10


def test_gradients_of_several_passes_add_up_in_fp32() -> None:
    layer = nn.Linear(1, 1, bias=False)
    masters = MasterWeights(layer)
    (entry,) = masters.groups(group_parameters(layer)).scalars
    for value in (256.0, 1.0):  # their sum is not a bf16
        layer(torch.full((1, 1), value, dtype=torch.bfloat16)).sum().backward()
        masters.take_gradients()
        assert layer.weight.grad is None
    assert entry[1].grad is not None
    assert entry[1].grad.item() == 257.0


def test_tied_weights_have_one_master_and_buffers_stay() -> None:
    model = nn.Module()
    model.embed, model.head = nn.Embedding(4, 2), nn.Linear(2, 4, bias=False)
    model.head.weight = model.embed.weight
    model.register_buffer("frequencies", torch.full((2,), 0.1))
    masters = MasterWeights(model)
    groups = masters.groups(group_parameters(model, head=model.head))
    assert [name for name, _ in groups.embeddings] == ["embed.weight"]
    assert model.head.weight is model.embed.weight
    assert model.head.weight.dtype == torch.bfloat16
    with masters.shown():
        assert model.head.weight is model.embed.weight
        assert model.head.weight.dtype == torch.float32
    assert model.frequencies.dtype == torch.float32
    assert build_optimisers(groups, OptimiserConfig())["adamw"].param_groups[0]["params"][0].dtype == torch.float32


def test_without_parameters_nothing_changes() -> None:
    layer = nn.Linear(2, 2)
    masters = MasterWeights(None)
    groups = group_parameters(layer)
    assert masters.groups(groups) == groups
    layer(torch.ones(1, 2)).sum().backward()
    masters.take_gradients()
    masters.publish()
    assert layer.weight.grad is not None
    assert layer.weight.dtype == torch.float32
