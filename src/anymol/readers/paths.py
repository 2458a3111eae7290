"""Paths as people write them: ``~/molecules.sdf``, and texts that may be a path or something else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from anymol.errors import InvalidFileError

_MAX_LENGTH = 4096
"""Bytes of a path that Linux takes."""


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
    if len(str(text)) > _MAX_LENGTH:
        return False
    try:
        return asked(expand_path(text))
    except (OSError, ValueError, InvalidFileError):  # too long a name, a character that no path holds
        return False
