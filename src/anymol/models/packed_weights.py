"""Weights on disk in eight bits: whole numbers, and for each row of a matrix the scale that makes them its weights.

Half of bf16's bytes. A weight is off by half a step at most, 1/254 of the largest of its row. In memory the weights
are as wide as any others. Whoever reads the file without this module meets scales under names that no model has.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import torch

_SCALE: Final = ".row_scale"
"""Behind the name of a packed weight: its scales."""
_LEVELS: Final = 127
_LEAST: Final = 1_024
"""Weights of a tensor from which packing it is worth its scales."""


def pack_weights(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return the tensors of a model, its large matrices in int8 with a scale per row in fp32.

    Args:
        tensors: Name -> tensor. Vectors, small matrices and whole numbers stay as they are.

    Raises:
        ValueError: A weight is no finite number.
    """
    packed: dict[str, torch.Tensor] = {}
    for name, tensor in tensors.items():
        if not tensor.is_floating_point() or tensor.dim() < 2 or tensor.numel() < _LEAST:
            packed[name] = tensor
            continue
        rows = tensor.float().flatten(1)
        if not rows.isfinite().all():
            raise ValueError(f"{name} holds weights that are no finite numbers")
        scale = (rows.abs().amax(1) / _LEVELS).clamp_min(torch.finfo(torch.float32).tiny)
        packed[name] = (rows / scale[:, None]).round().to(torch.int8).reshape(tensor.shape)
        packed[name + _SCALE] = scale
    return packed


def unpack_weights(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return the tensors of :func:`pack_weights` as they are computed with; the matrices in fp32."""
    wide = {name: tensor for name, tensor in tensors.items() if not is_scale(name)}
    for name in tensors.keys() - wide.keys():
        packed = wide[name.removesuffix(_SCALE)]
        wide[name.removesuffix(_SCALE)] = (packed.flatten(1).float() * tensors[name][:, None]).reshape(packed.shape)
    return wide


def is_scale(name: str) -> bool:
    """Whether a tensor of this name holds the scales of a packed weight."""
    return name.endswith(_SCALE)
