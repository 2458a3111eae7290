"""Shapes of the pre-trained decoders that recipes name: what a run costs is estimated without their weights."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from transformers import AutoConfig, PretrainedConfig

from anymol.backbones.locating import locate_backbone
from anymol.errors import CheckpointError

_LLAMA2: Final = {"model_type": "llama", "vocab_size": 32000, "max_position_embeddings": 4096, "dtype": "float16"}
PUBLISHED_SHAPES: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "meta-llama/Llama-3.2-1B-Instruct": {
            "model_type": "llama", "vocab_size": 128256, "hidden_size": 2048, "intermediate_size": 8192,
            "num_hidden_layers": 16, "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 64,
            "tie_word_embeddings": True, "max_position_embeddings": 131072, "dtype": "bfloat16",
        },
        "lmsys/vicuna-7b-v1.5": {
            **_LLAMA2, "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32,
            "num_attention_heads": 32, "num_key_value_heads": 32,
        },
        "OpenDFM/ChemDFM-13B-v1.0": {
            **_LLAMA2, "hidden_size": 5120, "intermediate_size": 13824, "num_hidden_layers": 40,
            "num_attention_heads": 40, "num_key_value_heads": 40,
        },
    }
)  # fmt: skip
"""Name on the hub -> the fields of its config that sizes follow from, as published."""


def find_shape(name_or_path: str) -> PretrainedConfig:
    """Return the config of a decoder, for its sizes; nothing is fetched.

    Args:
        name_or_path: As ``model.decoder.path`` of a recipe.

    Raises:
        CheckpointError: It is neither at hand nor in :data:`PUBLISHED_SHAPES`.
    """
    if (fields := PUBLISHED_SHAPES.get(name_or_path)) is not None and not Path(name_or_path).exists():
        rest = {name: value for name, value in fields.items() if name != "model_type"}
        known: PretrainedConfig = AutoConfig.for_model(fields["model_type"], **rest)
        return known
    place = locate_backbone(name_or_path)
    try:
        found: PretrainedConfig = AutoConfig.from_pretrained(place, local_files_only=True)
        return found
    except OSError as error:
        raise CheckpointError(
            "the decoder is not at hand, and its shape is not known", value=name_or_path,
            hint=f"fetch it first; known without are {', '.join(PUBLISHED_SHAPES)}",
        ) from error  # fmt: skip
