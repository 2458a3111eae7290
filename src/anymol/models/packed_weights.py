"""Weights on disk in eight bits: whole numbers, and for each row of a matrix the scale that makes them its weights.

Half of bf16's bytes. A weight is off by half a step at most, 1/254 of the largest of its row. In memory the weights
are as wide as any others. Whoever reads the file without this module meets scales under names that no model has.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import torch
from safetensors import safe_open
from safetensors.torch import load_file

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
    wide = {name: tensor for name, tensor in tensors.items() if not name.endswith(_SCALE)}
    for name in tensors.keys() - wide.keys():
        packed = wide[name.removesuffix(_SCALE)]
        wide[name.removesuffix(_SCALE)] = (packed.flatten(1).float() * tensors[name][:, None]).reshape(packed.shape)
    return wide


def read_packed_weights(directory: Path) -> dict[str, torch.Tensor] | None:
    """Return the weights of a model directory, unpacked; None where they are not packed, or there are none.

    Raises:
        OSError: A file of weights cannot be read.
        SafetensorError: A file of weights is damaged.
        KeyError: There are scales of a weight that is not there.
    """
    files = sorted(directory.glob("*.safetensors"))
    if not any(_has_scales(file) for file in files):
        return None
    return unpack_weights({name: tensor for file in files for name, tensor in load_file(file).items()})


def _has_scales(file: Path) -> bool:
    with safe_open(file, "pt") as stored:
        return any(name.endswith(_SCALE) for name in stored.keys())  # noqa: SIM118  # it is not a mapping
