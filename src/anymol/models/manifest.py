"""The manifest of a model directory: what it holds and where it came from. Reading it needs no torch."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import anymol
from anymol.errors import CheckpointError
from anymol.files import hash_file

MANIFEST = "anymol_manifest.json"
SCHEMA_VERSION = 1
_REQUIRED = ("config.json", "tokenizer.json", "processor_config.json")


@dataclass(frozen=True)
class Manifest:
    """What a model directory holds and where it came from.

    Attributes:
        schema_version: Raised when the layout changes.
        anymol_version: Version that wrote it.
        files: sha256 of each file.
        config: The run's full config.
        provenance: Data, steps, hardware: whatever the writer knows.
    """

    schema_version: int
    anymol_version: str
    files: dict[str, str]
    config: dict[str, Any] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)


def read_manifest(directory: str | os.PathLike[str]) -> Manifest:
    """Read the manifest of a model directory.

    Raises:
        CheckpointError: The directory or the manifest is missing, unreadable or of a newer schema.
    """
    path = Path(directory)
    if not path.is_dir():
        raise CheckpointError(f"no model directory at {path}", value=path, hint="give the path of a trained model")
    file = path / MANIFEST
    if not file.is_file():
        raise CheckpointError(f"{path} has no {MANIFEST}", value=path, hint="it is no complete model directory")
    try:
        raw = json.loads(file.read_text(encoding="utf-8"))
        version = int(raw["schema_version"])
        if version > SCHEMA_VERSION:
            raise CheckpointError(
                f"{path} has schema {version}, this anymol reads up to {SCHEMA_VERSION}",
                value=path,
                hint="install a newer anymol",
            )
        return Manifest(version, raw["anymol_version"], raw["files"], raw["config"], raw["provenance"])
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"the manifest of {path} is damaged: {error}", value=path) from error


def verify_checkpoint(directory: str | os.PathLike[str]) -> Manifest:
    """Compare every file of the manifest with its checksum.

    Raises:
        CheckpointError: As :func:`read_manifest`, or a file is missing or changed.
    """
    path = Path(directory)
    manifest = require_files(path)
    for name, checksum in manifest.files.items():
        if hash_file(path / name) != checksum:
            raise CheckpointError(f"{path / name} is not what its manifest says", value=path, hint="it was changed")
    return manifest


def require_files(path: Path) -> Manifest:
    """Return the manifest, once every file that it names is there."""
    manifest = read_manifest(path)
    for name in (*_REQUIRED, *manifest.files):
        if not (path / name).is_file():
            raise CheckpointError(f"{path} lacks {name}", value=path, hint="fetch or train the model again")
    return manifest


def write_manifest(
    directory: str | os.PathLike[str],
    *,
    config: Mapping[str, Any] | None = None,
    provenance: Mapping[str, Any] | None = None,
) -> Manifest:
    """Write the manifest of all files that stand in a model directory now.

    Args:
        directory: The model directory.
        config: The run's full config; None keeps that of an older manifest.
        provenance: Where the weights came from; None keeps that of an older manifest.
    """
    path = Path(directory)
    old = read_manifest(path) if (path / MANIFEST).is_file() else None
    files = sorted(file for file in path.rglob("*") if file.is_file() and file.name != MANIFEST)
    manifest = Manifest(
        SCHEMA_VERSION,
        anymol.__version__,
        {file.relative_to(path).as_posix(): hash_file(file) for file in files},
        dict(config) if config is not None else (old.config if old else {}),
        dict(provenance) if provenance is not None else (old.provenance if old else {}),
    )
    staged = path / f"{MANIFEST}.tmp"
    staged.write_text(json.dumps(asdict(manifest), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    staged.replace(path / MANIFEST)
    return manifest
