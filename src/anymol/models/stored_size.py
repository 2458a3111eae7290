"""Whether the sizes that a model's config asks for are those of its stored weights, before any network is built.

A config whose checksum was written anew could ask for thousands of layers, and building them would fill the memory
before the first weight is missed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any, Final

from anymol.bounds import MAX_MANIFEST_BYTES
from anymol.config_checks import require_buildable
from anymol.errors import CheckpointError, ConfigError

_SIZES: Final = ("num_hidden_layers", "hidden_size", "intermediate_size", "vocab_size", "max_position_embeddings")


def require_stored_size(directory: Path, text_config: Mapping[str, Any], modalities: Mapping[str, Any]) -> None:
    """Refuse a model directory whose config asks for more weights than its files hold.

    Args:
        directory: The model directory.
        text_config: The config of its decoder; what a file leaves out has the default of its family.
        modalities: The configs of its modalities, as JSON has them.

    Raises:
        CheckpointError: It does, or the weights cannot be read.
    """
    decoder = {name: text_config.get(name) for name in _SIZES}
    try:
        require_buildable({"text_config": decoder, "modalities": modalities})
        stored = sum(count_weights(path) for path in sorted(directory.glob("*.safetensors")))
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise CheckpointError(f"the weights cannot be read: {error}", value=directory) from error
    except ConfigError as error:
        raise CheckpointError(error.message, value=directory, hint=error.hint) from error
    layers, width, inner, vocabulary, _ = (decoder[name] or 0 for name in _SIZES)
    # Its layers have more than one matrix each; this is the least, whatever the family.
    least = max(layers * width * max(width, inner), vocabulary * width)
    for encoder in (one["encoder"] for one in modalities.values()):
        least = max(least, encoder.get("n_layers", 0) * encoder.get("width", 0) ** 2)
    if least > stored:
        raise CheckpointError(
            f"the config asks for at least {least:,} weights, and the files hold {stored:,}",
            value=directory,
            hint="the config is that of another model",
        )


def count_weights(path: Path) -> int:
    """Return the number of weights in a safetensors file, by its header.

    Raises:
        OSError: It cannot be read.
        ValueError: It is damaged.
    """
    with path.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        if not 0 < length <= min(path.stat().st_size, MAX_MANIFEST_BYTES):
            raise ValueError(f"{path.name} has no header of safetensors")
        header = json.loads(stream.read(length))
    return sum(prod(entry["shape"]) for name, entry in header.items() if name != "__metadata__")
