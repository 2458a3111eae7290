"""Two processes give the gradient of one. A method joins by a row in METHODS."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from itertools import product
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from tests.processes import WAIT, run_processes
from torch import nn
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor
from torch.nn.parallel import DistributedDataParallel
from transformers import LlamaConfig, LlamaForCausalLM

from anymol.adapters import Adapter, AdapterConfig, GalConfig, MogeConfig, MoraConfig, inject

METHODS: dict[str, list[AdapterConfig]] = {
    "gal": [GalConfig(rank=4)],
    # Without the balance loss: it is a property of each process's own tokens.
    "omni-mol": [MogeConfig(rank=4, layers=[1], experts=4, balance_weight=0.0), GalConfig(rank=4)],
    "mora": [MoraConfig(rank=4, state_width=6, width=16, every=1)],
}
FORMS = ("ddp", "fsdp2")
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
    adapter = inject(model, METHODS[method])
    with torch.no_grad():
        for parameter in adapter.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return model, adapter


def read_ids() -> torch.Tensor:
    return torch.randint(0, 64, (4, 6), generator=torch.Generator().manual_seed(SEED))


def condition(adapter: Adapter, rows: slice) -> AbstractContextManager[None]:
    """MoRA's scope; the molecules of rows 0 and 1 fall to the first process, and row 3 has none."""
    if not adapter.networks:
        return nullcontext()
    draw = torch.Generator().manual_seed(SEED)
    states, mask = torch.randn(4, 5, 6, generator=draw), torch.ones(4, 5, dtype=torch.bool)
    mask[3] = False
    return adapter.conditioned_on(states[rows], mask[rows])


class Conditioned(nn.Module):
    """Opens the scope inside its forward, so that a sharded generator is gathered with its root."""

    def __init__(self, model: nn.Module, adapter: Adapter) -> None:
        super().__init__()
        self.model = model
        self._adapter = adapter

    def forward(self, ids: torch.Tensor, rows: slice) -> torch.Tensor:
        with condition(self._adapter, rows):
            loss: torch.Tensor = self.model(input_ids=ids, labels=ids).loss
        return loss


def run(rank: int, meeting: str, folder: str) -> None:
    dist.init_process_group("gloo", init_method=meeting, rank=rank, world_size=2, timeout=WAIT)
    try:
        torch.set_num_threads(1)
        for method, form in product(METHODS, FORMS):
            write_gradient(rank, method, form, Path(folder))
        dist.barrier()  # a process that leaves early takes its half of the last exchange with it
    finally:
        dist.destroy_process_group()


def write_gradient(rank: int, method: str, form: str, folder: Path) -> None:
    model, adapter = build(method)
    wrapped: nn.Module = Conditioned(model, adapter)
    if form == "ddp":
        wrapped = DistributedDataParallel(wrapped)
    else:
        mesh = dist.device_mesh.init_device_mesh("cpu", (2,))
        for network in adapter.networks:
            fully_shard(network.generator, mesh=mesh)
        for layer in model.model.layers:
            fully_shard(layer, mesh=mesh)
        fully_shard(wrapped, mesh=mesh)
    rows = slice(2 * rank, 2 * rank + 2)
    wrapped(read_ids()[rows], rows).backward()
    for name, parameter in adapter.named_parameters():
        grad = parameter.grad
        assert grad is not None, f"{method}, {form}: {name}"
        whole = grad.full_tensor() if isinstance(grad, DTensor) else grad
        if rank == 0:
            torch.save(whole, folder / f"{method}.{form}.{name}.grad")


@pytest.fixture(scope="module")
def gradients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two processes, which take seconds to start, have written of every method in every form."""
    folder = tmp_path_factory.mktemp("gradients")
    run_processes(run, str(folder))
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("method", METHODS)
def test_two_processes_give_the_gradient_of_one(method: str, form: str, gradients: Path) -> None:
    model, adapter = build(method)
    Conditioned(model, adapter)(read_ids(), slice(None)).backward()
    for name, parameter in adapter.named_parameters():
        there = torch.load(gradients / f"{method}.{form}.{name}.grad", weights_only=True)
        torch.testing.assert_close(there, parameter.grad, atol=1e-6, rtol=1e-4, msg=lambda text, name=name: name + text)
