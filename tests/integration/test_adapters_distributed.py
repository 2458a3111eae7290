"""Two processes give the gradient of one. A method joins by a row in METHODS."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import nn
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor
from torch.nn.parallel import DistributedDataParallel
from transformers import LlamaConfig, LlamaForCausalLM

from anymol.adapters import Adapter, GalConfig, inject

METHODS: dict[str, Callable[[nn.Module], Adapter]] = {"gal": lambda model: inject(model, GalConfig(rank=4))}
SEED = 3


def build(method: str) -> tuple[nn.Module, Adapter]:
    torch.manual_seed(SEED)
    config = LlamaConfig(
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        vocab_size=64,
    )
    model = LlamaForCausalLM(config)
    adapter = METHODS[method](model)
    with torch.no_grad():
        for parameter in adapter.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return model, adapter


def read_ids() -> torch.Tensor:
    return torch.randint(0, 64, (4, 6), generator=torch.Generator().manual_seed(SEED))


def run(rank: int, method: str, form: str, folder: str) -> None:
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
    try:
        torch.set_num_threads(1)
        model, adapter = build(method)
        wrapped: nn.Module = model
        if form == "ddp":
            wrapped = DistributedDataParallel(model)
        else:
            mesh = dist.device_mesh.init_device_mesh("cpu", (2,))
            for layer in model.model.layers:
                fully_shard(layer, mesh=mesh)
            fully_shard(model, mesh=mesh)
        ids = read_ids()[2 * rank : 2 * rank + 2]
        wrapped(input_ids=ids, labels=ids).loss.backward()
        for name, parameter in adapter.named_parameters():
            grad = parameter.grad
            assert grad is not None, name
            whole = grad.full_tensor() if isinstance(grad, DTensor) else grad
            if rank == 0:
                torch.save(whole, Path(folder) / f"{name}.grad")
    finally:
        dist.destroy_process_group()


@pytest.mark.slow
@pytest.mark.parametrize("form", ["ddp", "fsdp2"])
@pytest.mark.parametrize("method", METHODS)
def test_two_processes_give_the_gradient_of_one(method: str, form: str, tmp_path: Path) -> None:
    mp.spawn(run, (method, form, str(tmp_path)), nprocs=2)
    model, adapter = build(method)
    ids = read_ids()
    model(input_ids=ids, labels=ids).loss.backward()
    for name, parameter in adapter.named_parameters():
        there = torch.load(tmp_path / f"{name}.grad", weights_only=True)
        torch.testing.assert_close(there, parameter.grad, atol=1e-6, rtol=1e-4, msg=lambda text, name=name: name + text)
