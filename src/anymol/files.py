"""Files and directories that a reader never sees half of, and the checksums that tell whether one was changed."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path


def write_atomically(path: Path, text: str) -> None:
    """Write a UTF-8 text file under a temporary name and rename it; missing folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def replace_directory(finished: Path, target: Path) -> None:
    """Give a finished directory its place; an older one there steps aside first and is then removed.

    A directory cannot be renamed over a full one.

    Args:
        finished: Beside `target`, on the same file system.
        target: The place.
    """
    if not target.exists():
        finished.rename(target)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".old", dir=target.parent)) / target.name
    target.rename(aside)
    finished.rename(target)
    shutil.rmtree(aside.parent)


def hash_file(path: Path) -> str:
    """Return the sha256 of a file, in hex; it is read in pieces, so that size costs no memory.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
