"""Weights of a model directory that transformers does not read by itself: packed ones, and those with former names."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file

from anymol.encoders.former_names import is_former_name, translate_names
from anymol.models.packed_weights import is_scale, unpack_weights


def read_stored_weights(directory: Path) -> dict[str, torch.Tensor]:
    """Return the weights of a model directory as they are stored, packed ones with their scales, under today's names.

    Raises:
        OSError: A file of weights cannot be read.
        SafetensorError: A file of weights is damaged.
    """
    files = sorted(directory.glob("*.safetensors"))
    return translate_names({name: tensor for file in files for name, tensor in load_file(file).items()})


def read_own_weights(directory: Path) -> dict[str, torch.Tensor] | None:
    """Return the weights of a model directory, unpacked and under today's names; None of what transformers reads.

    Raises:
        OSError: A file of weights cannot be read.
        SafetensorError: A file of weights is damaged.
        KeyError: There are scales of a weight that is not there.
    """
    if not any(map(_is_own, directory.glob("*.safetensors"))):
        return None
    return unpack_weights(read_stored_weights(directory))


def _is_own(file: Path) -> bool:
    with safe_open(file, "pt") as stored:
        return any(is_scale(name) or is_former_name(name) for name in stored.keys())  # noqa: SIM118  # not a mapping
