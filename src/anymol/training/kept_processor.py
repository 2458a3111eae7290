"""The processor that a run keeps in its folder: whole or not at all, with the checksums of its files.

Who resumes the run, or goes on from it, reads the very tokenizer that its weights were trained with.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from anymol.artifact import ArtifactKind, hash_files
from anymol.bounds import MAX_MANIFEST_BYTES
from anymol.errors import CheckpointError
from anymol.files import read_whole, staged_directory
from anymol.models.processor import AnyMolProcessor

KEPT_PROCESSOR: Final = ArtifactKind(
    "a run's tokenizer",
    "done.json",
    1,
    CheckpointError,
    "put the folder back as it was; without a checkpoint, delete it",
    {"key": str, "files": dict},
)


def keep_processor(processor: AnyMolProcessor, directory: Path, *, key: str = "") -> None:
    """Write a processor into a run's folder, instead of an older one.

    Args:
        processor: The processor.
        directory: Its folder.
        key: Checksum of what it was fitted on; empty where it was not.
    """
    with staged_directory(directory) as draft:
        processor.save_pretrained(draft)
        KEPT_PROCESSOR.write(draft, {"key": key, "files": hash_files(draft)})


def read_kept_processor(directory: Path) -> AnyMolProcessor:
    """Return the processor of a run's folder, once its files are what they were.

    Raises:
        CheckpointError: There is none, or it is damaged.
    """
    if not directory.is_dir():
        raise CheckpointError("the run has no tokenizer", value=directory, hint="give the folder of another run")
    if find_kept_key(directory) is None:  # it is written last: without it nobody knows whether the others are whole
        KEPT_PROCESSOR.read(directory)
    try:
        processor: AnyMolProcessor = AnyMolProcessor.from_pretrained(directory)
    except MemoryError:
        raise
    except Exception as error:  # tokenizers, in Rust, raises nothing narrower
        raise CheckpointError(f"the run's tokenizer cannot be read: {error}", value=directory) from error
    return processor


def find_kept_key(directory: Path) -> str | None:
    """Return the key of a kept processor whose files are what they were; None where there is none.

    Raises:
        CheckpointError: It is damaged.
    """
    if not KEPT_PROCESSOR.is_at(directory):
        return None
    try:
        fields = json.loads(read_whole(directory / KEPT_PROCESSOR.manifest, MAX_MANIFEST_BYTES))
    except (OSError, ValueError) as error:
        raise KEPT_PROCESSOR.damage(directory, error) from error
    if isinstance(fields, dict) and fields.keys() == {"key"}:  # of a run before there were checksums
        return str(fields["key"])
    fields = KEPT_PROCESSOR.read(directory)
    KEPT_PROCESSOR.require_intact(directory, fields["files"], needed=("tokenizer.json",))
    return str(fields["key"])
