"""The manifest of a model directory: what it holds and where it came from. Reading it needs no torch."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from anymol.artifact import ArtifactKind, hash_files
from anymol.errors import AnyMolError, CheckpointError, shorten
from anymol.version import __version__

MANIFEST: Final = "anymol_manifest.json"
MODEL_DIRECTORY: Final = ArtifactKind(
    "a model directory",
    MANIFEST,
    1,
    CheckpointError,
    "give the path of a trained model, or fetch or train it again",
    {"anymol_version": str, "files": dict, "config": dict, "provenance": dict},
)
_REQUIRED = ("config.json", "tokenizer.json", "processor_config.json")


@dataclass(frozen=True)
class ModelManifest:
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

    @property
    def weights_digest(self) -> str:
        """Hash of the weights: of their file, or of the hashes of several in the order of names; empty without any."""
        hashes = [self.files[name] for name in sorted(self.files) if name.endswith(".safetensors")]
        if len(hashes) < 2:
            return "".join(hashes)
        return hashlib.sha256("".join(hashes).encode()).hexdigest()

    @property
    def tasks(self) -> frozenset[str] | None:
        """Names of the tasks that the model was trained on, over all of its runs; None where that is not known."""
        if "tasks" in self.provenance:
            listed = self.provenance["tasks"]
        else:  # an older manifest counts the examples of its last run only
            listed = None if self.provenance.get("start") else (self.provenance.get("data") or {}).get("counts")
        return frozenset(listed) if listed else None


def read_manifest(directory: str | os.PathLike[str]) -> ModelManifest:
    """Read the manifest of a model directory.

    Raises:
        CheckpointError: The directory or the manifest is missing, unreadable or of a newer schema.
    """
    path = Path(directory)
    if not path.is_dir():
        raise CheckpointError(f"no model directory at {path}", value=path, hint=MODEL_DIRECTORY.remedy)
    fields = MODEL_DIRECTORY.read(path)
    try:
        return ModelManifest(**fields)
    except TypeError as error:
        raise MODEL_DIRECTORY.damage(path, error) from error


def verify_checkpoint(directory: str | os.PathLike[str]) -> ModelManifest:
    """Compare every file of the manifest with its checksum.

    Raises:
        CheckpointError: As :func:`read_manifest`, or a file is missing or changed.
    """
    path = Path(directory)
    manifest = require_files(path)
    MODEL_DIRECTORY.require_intact(path, manifest.files, needed=_REQUIRED)
    if not any(name.endswith(".safetensors") for name in manifest.files):
        raise MODEL_DIRECTORY.damage(path, "it lists no weights")
    return manifest


def require_files(path: Path) -> ModelManifest:
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
) -> ModelManifest:
    """Write the manifest of all files that stand in a model directory now.

    Args:
        directory: The model directory.
        config: The run's full config; None keeps that of an older manifest.
        provenance: Where the weights came from; None keeps that of an older manifest.
    """
    path = Path(directory)
    old = read_manifest(path) if MODEL_DIRECTORY.is_at(path) else None
    manifest = ModelManifest(
        MODEL_DIRECTORY.schema,
        __version__,
        hash_files(path, but=frozenset({MANIFEST})),
        dict(config) if config is not None else (old.config if old else {}),
        dict(provenance) if provenance is not None else (old.provenance if old else {}),
    )
    MODEL_DIRECTORY.write(path, asdict(manifest))
    return manifest


@contextmanager
def reading_model(path: Path) -> Iterator[None]:
    """Tell of what the libraries below meet in files that are what their manifest says and still make no model.

    Raises:
        CheckpointError: They met something.
    """
    try:
        yield
    except (AnyMolError, MemoryError):
        raise
    except Exception as error:  # transformers, tokenizers and pydantic raise what they like
        raise CheckpointError(
            f"the files make no model: {type(error).__name__}: {shorten(error)}", value=path,
            hint="fetch or train the model again",
        ) from error  # fmt: skip


def require_same_notation(path: Path, written: str, read: str) -> None:
    """Refuse a model directory whose processor writes molecules otherwise than its model reads them.

    Raises:
        CheckpointError: It is one.
    """
    if written != read:
        raise CheckpointError(f"the processor writes {written}, and the model reads {read}", value=path)
