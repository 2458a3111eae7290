"""Names that weights of encoders had once: what was stored under them is read under today's.

The layers of the spectrum encoders were written out before they were torch's own (``nn.TransformerEncoderLayer``),
which compute the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import torch

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


def is_former_name(name: str) -> bool:
    """Whether a weight of this name has another one today."""
    return _LAYER.search(name) is not None
