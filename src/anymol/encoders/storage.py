"""An encoder on its own, as a directory: ``encoder.safetensors`` and ``encoder.json``. Nothing here is pickled."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch
from pydantic import TypeAdapter, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from anymol.artifact import ArtifactKind
from anymol.encoders.former_names import translate_names
from anymol.encoders.table import ENCODERS, AnyEncoder, EncoderConfig
from anymol.errors import CheckpointError
from anymol.files import hash_file
from anymol.version import __version__

ENCODER: Final = ArtifactKind(
    "an encoder",
    "encoder.json",
    1,
    CheckpointError,
    "give another, or train it again",
    {"modality": str, "config": dict, "sha256": str},
)
_WEIGHTS = "encoder.safetensors"
_CONFIG: TypeAdapter[EncoderConfig] = TypeAdapter(EncoderConfig)
_FREE = {"dropout"}
"""Choices that change how an encoder learns and not what its weights mean."""


def save_encoder(
    encoder: AnyEncoder, modality: str, directory: Path | str, *, provenance: Mapping[str, Any] | None = None
) -> Path:
    """Write an encoder under a temporary name that is then renamed; an older encoder at that place is replaced.

    Args:
        encoder: The encoder.
        modality: What it reads.
        directory: Where to.
        provenance: Data, steps, figures: whatever the writer knows, as JSON.

    Returns:
        The directory.

    Raises:
        CheckpointError: Something that is not an encoder stands there.
    """
    target = Path(directory)
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in encoder.state_dict().items()}
    with ENCODER.stage(target) as draft:
        save_file(tensors, draft / _WEIGHTS)
        fields = {
            "anymol_version": __version__,
            "modality": modality,
            "config": encoder.config.model_dump(mode="json"),
            "sha256": hash_file(draft / _WEIGHTS),
            "provenance": dict(provenance or {}),
        }
        ENCODER.write(draft, fields)
    return target


def load_encoder_states(directory: Path | str, modality: str, config: EncoderConfig) -> dict[str, torch.Tensor]:
    """Return the weights and buffers of an encoder that :func:`save_encoder` wrote.

    Args:
        directory: Its directory.
        modality: What it must read.
        config: The config that it must have; only its dropout may differ.

    Raises:
        CheckpointError: It is missing, damaged, of a newer schema, of another modality, or has another config.
    """
    path = Path(directory)
    fields = ENCODER.read(path)
    try:
        found, digest = fields["modality"], fields["sha256"]
        kept = _CONFIG.validate_python(fields["config"])
    except (KeyError, ValidationError) as error:
        raise ENCODER.damage(path, error) from error
    ENCODER.require_intact(path, {_WEIGHTS: digest})
    try:
        tensors = translate_names(load_file(path / _WEIGHTS))
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{_WEIGHTS} cannot be read: {error}", value=path, hint=ENCODER.remedy) from error
    if found != modality or modality not in ENCODERS:
        raise CheckpointError(f"this encoder reads {found}, not {modality}", value=path)
    mine, theirs = config.model_dump(mode="json"), kept.model_dump(mode="json")
    names = sorted((mine.keys() | theirs.keys()) - _FREE)
    differing = [name for name in names if mine.get(name) != theirs.get(name)]
    if differing:
        shown = ", ".join(f"{name} {theirs.get(name)} (not {mine.get(name)})" for name in differing)
        raise CheckpointError(f"this encoder of {modality} has {shown}", value=path, hint="give the model the same")
    return tensors
