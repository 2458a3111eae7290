"""Weights, gradients and optimiser states in shards, one on each process (FSDP2), and how they are made whole again.

Zhao et al. 2023, "PyTorch FSDP: experiences on scaling fully sharded data parallel". Each of the decoder's layers is
gathered where it runs; what stands outside of them (embeddings, head, encoders, projectors) is one shard more. A weight
that rests is sharded like one that learns.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor


class Sharding(StrEnum):
    """How several processes hold the weights: each all of them (``none``), or each a shard of every one (``fsdp2``)."""

    NONE = "none"
    FSDP2 = "fsdp2"


def shard_model(model: Any, device: torch.device, processes: int) -> None:
    """Shard a model's parameters in place; buffers stay whole.

    Args:
        model: An :class:`~anymol.models.modeling.AnyMolForCausalLM`; it holds the same weights on every process.
        device: Where they are.
        processes: How many share them.
    """
    mesh = init_device_mesh(device.type, (processes,))
    for layer in model.get_decoder().layers:
        fully_shard(layer, mesh=mesh)
    fully_shard(model, mesh=mesh)


def settle_shards(model: nn.Module) -> None:
    """Let sharded modules notice which of their weights learn from now on; does nothing where none is sharded."""
    for module in _shards(model):
        module.unshard()
        module.reshard()


@contextmanager
def gathered(model: nn.Module) -> Iterator[None]:
    """Let every process hold the whole weights in this scope, so that each can go its own way through the model.

    Weights must not be changed meanwhile. Where nothing is sharded, nothing is done.
    """
    shards = _shards(model)
    for module in shards:
        module.unshard()
        module.set_reshard_after_forward(False, recurse=False)
    try:
        yield
    finally:
        for module in shards:
            module.reshard()
            # The outermost shard stays gathered from its forward pass to its backward pass, which follows at once.
            module.set_reshard_after_forward(id(module) != id(model), recurse=False)


def is_sharded(model: nn.Module) -> bool:
    """Whether any parameter of a model is sharded."""
    return bool(_shards(model))


def make_whole(tensor: Tensor) -> Tensor:
    """Return a sharded tensor whole, for which every process must ask; another tensor as it is."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def shard_like(tensor: Tensor, parameter: Tensor) -> Tensor:
    """Return a tensor on the device of a parameter, and sharded as that is, where it is."""
    moved = tensor.to(parameter.device)
    if isinstance(moved, DTensor) or not isinstance(parameter, DTensor):
        return moved
    # Each process has read the whole of it: nothing is sent.
    return distribute_tensor(moved, parameter.device_mesh, parameter.placements, src_data_rank=None)


@contextmanager
def gradients_kept(model: nn.Module) -> Iterator[None]:
    """Let a backward pass in this scope add to the gradients of this process alone; the next one outside sums them."""
    shards = _shards(model)
    for module in shards:
        module.set_requires_gradient_sync(False, recurse=False)
    try:
        yield
    finally:
        for module in shards:
            module.set_requires_gradient_sync(True, recurse=False)


def _shards(model: nn.Module) -> list[FSDPModule]:
    return [module for module in model.modules() if isinstance(module, FSDPModule)]
