"""Files and directories that a reader never sees half of, and the checksums that tell whether one was changed."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from anymol.errors import DataError


@contextmanager
def staged_file(path: Path, *, flush: bool = False) -> Iterator[Path]:
    """Give a name beside a file's own; what is written there takes the place when the block ends well.

    Args:
        path: The place; missing folders are made.
        flush: Whether the file is on the disk before it has its name, so that a power cut leaves no empty one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield draft
        if flush:
            _flush(draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all: bytes, or text as UTF-8; missing folders are made."""
    with staged_file(path) as draft:
        draft.write_bytes(content.encode() if isinstance(content, str) else content)


@contextmanager
def staged_directory(target: Path, *, flush: bool = False) -> Iterator[Path]:
    """Give an empty directory beside `target`; it takes that place, instead of an older one, when the block ends well.

    Args:
        target: The place; missing folders above it are made.
        flush: Whether the files and their names are on the disk when this returns.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent))
    try:
        draft.chmod(0o755)
        yield draft
        if flush:
            for path in (*draft.rglob("*"), draft):
                _flush(path)
        _replace_directory(draft, target)
        if flush:
            _flush(target.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def require_regular(path: Path) -> None:
    """Refuse what is not a file of the disk: a pipe or device may never end, or never begin.

    Raises:
        OSError: There is nothing, or something else.
    """
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "this is a directory", str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "this is a pipe or a device, not a file", str(path))


def read_whole(path: Path, most: int) -> bytes:
    """Return the content of a file that is small by its nature.

    Args:
        path: The file.
        most: Bytes that it may have.

    Raises:
        OSError: It cannot be read, is not a regular file, or is larger.
    """
    require_regular(path)
    with path.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        content = stream.read(min(size, most) + 1)  # Python makes room for all that is asked for
    if len(content) > most:
        raise OSError(errno.EFBIG, f"the file is larger than {most:,} bytes", str(path))
    return content


def require_data_file(data_dir: Path, name: str) -> Path:
    """Return the path of a file of the data directory.

    Raises:
        DataError: It is not there.
    """
    path = data_dir / name
    if not path.is_file():
        raise DataError(f"{name} is not there", value=data_dir, hint="give the data directory: --data-dir, ANYMOL_DATA")
    return path


def hash_file(path: Path) -> str:
    """Return the sha256 of a file, in hex; it is read in pieces, so that size costs no memory.

    Raises:
        OSError: It cannot be read, or is not a regular file.
    """
    require_regular(path)
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _replace_directory(finished: Path, target: Path) -> None:
    """Rename; an older directory steps aside first and is then removed, as none can be renamed over a full one."""
    if not target.exists():
        finished.rename(target)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".old", dir=target.parent)) / target.name
    target.rename(aside)
    finished.rename(target)
    shutil.rmtree(aside.parent)


def _flush(path: Path) -> None:
    """Ask the system to put a file, or the names in a folder, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
