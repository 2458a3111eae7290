"""Paths as people write them: ``~/molecules.sdf``, and texts that may be a path or something else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from anymol.errors import InvalidFileError

_MAX_LENGTH = 4096
"""Bytes of a path that Linux takes."""

_may_name_files: ContextVar[bool] = ContextVar("may_name_files", default=True)


@contextmanager
def texts_name_no_files() -> Iterator[None]:
    """Let no text be taken for the path of a file or folder while the scope lasts, in this thread or task.

    A server answers texts that strangers wrote: what they write neither opens a file of this machine nor tells whether
    there is one. A `Path` still names a file, since only our own code makes one.
    """
    before = _may_name_files.set(False)
    try:
        yield
    finally:
        _may_name_files.reset(before)


def expand_path(path: str | Path) -> Path:
    """Return a path with a leading ``~`` written out.

    Raises:
        InvalidFileError: It begins with ``~name``, and nobody of that name has a home.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise InvalidFileError("there is no such file", value=path, hint="check the path") from None


def is_file(text: str | Path) -> bool:
    """Whether a text is the path of a file; what no path can be is none."""
    return _holds(text, Path.is_file)


def is_directory(text: str | Path) -> bool:
    """Whether a text is the path of a directory."""
    return _holds(text, Path.is_dir)


def _holds(text: str | Path, asked: Callable[[Path], bool]) -> bool:
    if len(str(text)) > _MAX_LENGTH or not (isinstance(text, Path) or _may_name_files.get()):
        return False
    try:
        return asked(expand_path(text))
    except (OSError, ValueError, InvalidFileError):  # too long a name, a character that no path holds
        return False
