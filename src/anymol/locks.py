"""Locks on what one process alone may write. They go with the process, however it ends, and leave nothing behind."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from anymol.errors import InvalidFileError


class LockedError(InvalidFileError):
    """A place that another process is writing."""

    kind = "locked"


@contextmanager
def lock_folder(folder: Path, *, hint: str) -> Iterator[None]:
    """Hold a folder for this process while the scope lasts; the folder is made where it is missing.

    Args:
        folder: The folder.
        hint: What to do where another process holds it.

    Raises:
        LockedError: Another process holds it.
        NotADirectoryError: A file stands there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(errno.ENOTDIR, "this is a file, not a folder", str(folder)) from None
    if sys.platform == "win32":  # no folder can be opened there
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        lock_descriptor(handle, folder, what="folder", hint=hint)
        yield
    finally:
        os.close(handle)


def lock_descriptor(handle: int, path: Path, *, what: str, hint: str) -> None:
    """Lock an open file or folder until it is closed.

    Args:
        handle: Its descriptor.
        path: Its path, for the message.
        what: ``file`` or ``folder``.
        hint: What to do where another process holds it.

    Raises:
        LockedError: Another process holds it.
    """
    if sys.platform == "win32":
        return
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise LockedError(f"another run is writing this {what}", value=path, hint=hint) from None
    except OSError:
        return  # a file system without locks
