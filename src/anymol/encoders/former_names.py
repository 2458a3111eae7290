"""Names that weights of encoders had once: what was stored under them is read under today's.

The layers of the spectrum encoders were written out before they were torch's own (``nn.TransformerEncoderLayer``),
which compute the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import torch
from safetensors import safe_open
from safetensors.torch import load_file

_NAMES: Final = {
    "attention_norm.": "norm1.",
    "query_key_value.": "self_attn.in_proj_",
    "out.": "self_attn.out_proj.",
    "ffn_norm.": "norm2.",
    "up.": "linear1.",
    "down.": "linear2.",
}
_LAYER: Final = re.compile(
    r"((?:^|encoders\.\w+\.)transformer\.layers\.\d+\.)(" + "|".join(map(re.escape, _NAMES)) + r")(?=weight|bias)"
)


def translate_name(name: str) -> str:
    """Return today's name of a weight, which stands in an encoder alone, in a model, or in a checkpoint of either.

    >>> translate_name("encoders.ms2.transformer.layers.0.query_key_value.weight")
    'encoders.ms2.transformer.layers.0.self_attn.in_proj_weight'
    """
    return _LAYER.sub(lambda found: found[1] + _NAMES[found[2]], name)


def translate_names(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return tensors under today's names."""
    return {translate_name(name): tensor for name, tensor in tensors.items()}


def read_former_weights(directory: Path) -> dict[str, torch.Tensor] | None:
    """Return the weights of a model directory under today's names; None where they have these, or are none.

    Raises:
        OSError: A file of weights cannot be read.
        SafetensorError: A file of weights is damaged.
    """
    files = sorted(directory.glob("*.safetensors"))
    if not any(_has_former_names(file) for file in files):
        return None
    return translate_names({name: tensor for file in files for name, tensor in load_file(file).items()})


def _has_former_names(file: Path) -> bool:
    with safe_open(file, "pt") as stored:
        return any(_LAYER.search(name) for name in stored.keys())  # noqa: SIM118  # it is not a mapping
