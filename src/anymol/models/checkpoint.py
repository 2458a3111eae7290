"""Model directories: written whole or not at all, with a manifest, and read strictly."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from transformers.utils import logging as transformers_logging

from anymol.adapters.injection import NETWORKS
from anymol.errors import CheckpointError
from anymol.files import staged_directory
from anymol.models import register
from anymol.models.config import AnyMolConfig
from anymol.models.manifest import (
    MANIFEST,
    ModelManifest,
    read_manifest,
    reading_model,
    require_files,
    require_same_notation,
    verify_checkpoint,
    write_manifest,
)
from anymol.models.modeling import AnyMolForCausalLM
from anymol.models.processor import AnyMolProcessor
from anymol.models.stored_size import require_stored_size

__all__ = ["MANIFEST", "ModelManifest", "load_checkpoint", "read_manifest", "save_checkpoint", "verify_checkpoint",
           "write_manifest"]  # fmt: skip


def save_checkpoint(
    directory: str | os.PathLike[str],
    model: AnyMolForCausalLM,
    processor: AnyMolProcessor,
    *,
    config: Mapping[str, Any] | None = None,
    provenance: Mapping[str, Any] | None = None,
    extra_files: Mapping[str, str] | None = None,
    dtype: torch.dtype | None = None,
) -> Path:
    """Write model, processor and manifest under a temporary name, then rename; an older directory is replaced.

    Args:
        directory: Where to.
        model: The model; it is not changed.
        processor: Its processor.
        config: The run's full config, for the manifest.
        provenance: Where the weights came from, for the manifest.
        extra_files: Text files to add, by name (model card, calibration).
        dtype: Type of the weights on disk; None keeps the model's.

    Returns:
        The directory.
    """
    target = Path(directory).resolve()
    with staged_directory(target) as staging:
        with _without_progress():
            _save_weights(model, staging, dtype)
        processor.save_pretrained(staging)
        for name, text in (extra_files or {}).items():
            (staging / name).write_text(text, encoding="utf-8")
        write_manifest(staging, config=config, provenance=provenance)
    return target


def load_checkpoint(
    directory: str | os.PathLike[str],
    *,
    dtype: torch.dtype | None = torch.float32,
    device: str | torch.device = "cpu",
    verify: bool = True,
) -> tuple[AnyMolForCausalLM, AnyMolProcessor, ModelManifest]:
    """Read a model directory strictly.

    Args:
        directory: A directory that :func:`save_checkpoint` wrote.
        dtype: Type of the weights in memory; None keeps that on disk.
        device: Where to put the model.
        verify: Whether to compare every file with its checksum.

    Returns:
        The model in evaluation mode, its processor and the manifest.

    Raises:
        CheckpointError: The directory or a file is missing, a checksum is wrong, the schema is newer than this
            version of anymol, or the weights do not fit the config.
    """
    register()  # else transformers warns of a config that it does not know
    path = Path(directory)
    manifest = verify_checkpoint(path) if verify else require_files(path)
    with _without_progress(), reading_model(path):
        config: Any = AnyMolConfig.from_pretrained(path)
        require_stored_size(path, config.text_config.to_dict(), config.modalities)
        loaded: Any = AnyMolForCausalLM.from_pretrained(
            path, config=config, dtype=dtype or "auto", output_loading_info=True, ignore_mismatched_sizes=True
        )
    model, info = loaded
    tied = set(model.all_tied_weights_keys)
    wrong = {
        "missing": sorted(set(info["missing_keys"]) - tied),
        "unexpected": sorted(info["unexpected_keys"]),
        "of another shape": sorted(str(key[0]) for key in info["mismatched_keys"]),
    }
    for what, keys in wrong.items():
        if keys:
            raise CheckpointError(
                f"weights of {path} do not fit its config: {len(keys)} {what}, first {keys[0]}", value=path
            )
    with reading_model(path):
        processor = AnyMolProcessor.from_pretrained(path)
    require_same_notation(path, processor.notation, config.notation)
    return model.to(device).eval(), processor, manifest


@contextmanager
def _without_progress() -> Iterator[None]:
    """Silence the progress bars of transformers: a model directory is read in a moment."""
    shown = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            transformers_logging.enable_progress_bar()


def _save_weights(model: AnyMolForCausalLM, directory: Path, dtype: torch.dtype | None) -> None:
    if dtype is None:
        model.save_pretrained(directory)
        return
    state = {
        name: value.to(dtype) if value.is_floating_point() and not _of_adapter(name) else value
        for name, value in model.state_dict().items()
    }
    for name, source in model.all_tied_weights_keys.items():
        state[name] = state[source]  # cast once, so that tied tensors stay one
    model.save_pretrained(directory, state_dict=state)
    config = json.loads((directory / "config.json").read_text(encoding="utf-8"))
    config["dtype"] = str(dtype).removeprefix("torch.")
    (directory / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def _of_adapter(name: str) -> bool:
    """Whether a weight is an adapter's: small, and kept as it was trained."""
    parts = name.split(".")
    return "variants" in parts or NETWORKS in parts or "lora_A" in parts or "lora_B" in parts
