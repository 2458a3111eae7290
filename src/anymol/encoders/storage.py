"""An encoder on its own, as a directory: ``encoder.safetensors`` and ``encoder.json``. Nothing here is pickled."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

import anymol
from anymol.encoders.table import ENCODERS, AnyEncoder, EncoderConfig
from anymol.errors import CheckpointError
from anymol.files import hash_file, replace_directory

ENCODER_FILE = "encoder.json"
SCHEMA_VERSION = 1
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
        CheckpointError: Something that is no encoder stands there.
    """
    target = Path(directory)
    if target.exists() and not (target / ENCODER_FILE).is_file():
        raise CheckpointError("this place holds something else than an encoder", value=target, hint="give another")
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        draft.chmod(0o755)
        tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in encoder.state_dict().items()}
        save_file(tensors, draft / _WEIGHTS)
        description = {
            "schema_version": SCHEMA_VERSION,
            "anymol_version": anymol.__version__,
            "modality": modality,
            "config": encoder.config.model_dump(mode="json"),
            "sha256": hash_file(draft / _WEIGHTS),
            "provenance": dict(provenance or {}),
        }
        (draft / ENCODER_FILE).write_text(
            json.dumps(description, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )
        replace_directory(draft, target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
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
    try:
        description = json.loads((path / ENCODER_FILE).read_text(encoding="utf-8"))
        version, found, digest = description["schema_version"], description["modality"], description["sha256"]
        if version != SCHEMA_VERSION:
            raise CheckpointError(
                f"this encoder has schema {version}, and this anymol reads {SCHEMA_VERSION}", value=path,
                hint="install the anymol that wrote it, or train it again",
            )  # fmt: skip
        kept = _CONFIG.validate_python(description["config"])
        damaged = hash_file(path / _WEIGHTS) != digest
        tensors = load_file(path / _WEIGHTS)
    except (OSError, ValueError, KeyError, TypeError, ValidationError, SafetensorError) as error:
        raise CheckpointError(
            f"the encoder cannot be read: {str(error).splitlines()[0]}", value=path, hint="train it again"
        ) from error
    if damaged:
        raise CheckpointError(f"{_WEIGHTS} is not what {ENCODER_FILE} says", value=path, hint="it was changed")
    if found != modality or modality not in ENCODERS:
        raise CheckpointError(f"this encoder reads {found}, not {modality}", value=path)
    mine, theirs = config.model_dump(mode="json"), kept.model_dump(mode="json")
    names = sorted((mine.keys() | theirs.keys()) - _FREE)
    differing = [name for name in names if mine.get(name) != theirs.get(name)]
    if differing:
        shown = ", ".join(f"{name} {theirs.get(name)} (not {mine.get(name)})" for name in differing)
        raise CheckpointError(f"this encoder of {modality} has {shown}", value=path, hint="give the model the same")
    return tensors
