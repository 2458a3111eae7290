"""A file that is read row by row, perhaps for hours, and that must stay the same meanwhile."""

from __future__ import annotations

from pathlib import Path

from anymol.errors import InvalidFileError
from anymol.files import hash_file


class InputChangedError(InvalidFileError):
    """A file that changed while it was read.

    Args:
        unseen: Whether rows may have been taken from the changed file before it was noticed.
    """

    kind = "input_changed"

    def __init__(self, path: Path, *, hint: str, unseen: bool = False) -> None:
        self.unseen = unseen
        super().__init__("the input changed while it was read", value=path, hint=hint)


class WatchedFile:
    """A file whose content is known by its checksum from the first look on.

    Size and time of writing are compared often, which costs nothing; the checksum where they differ, and at the end.

    Args:
        path: The file.

    Attributes:
        sha256: Checksum of the content at the first look.

    Raises:
        InvalidFileError: It cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        # In this order: what is written while the checksum is made differs from what was seen before.
        self._seen = self._look()
        self.sha256 = self._hash()

    def require_unchanged(self, *, hint: str, last: bool = False) -> None:
        """Refuse to go on with a file that is another one by now.

        Args:
            hint: What to do then.
            last: Whether this is the last look, which compares the content whatever its size and time say.

        Raises:
            InputChangedError: It changed, or cannot be read any more.
        """
        seen = self._look()
        is_same = seen == self._seen
        if is_same and not last:
            return
        if self._hash() != self.sha256:
            raise InputChangedError(self._path, hint=hint, unseen=is_same)
        self._seen = seen

    def _look(self) -> tuple[int, ...]:
        try:
            found = self._path.stat()
        except OSError as error:
            raise InvalidFileError("the file cannot be read", value=self._path, hint=error.strerror) from error
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns

    def _hash(self) -> str:
        try:
            return hash_file(self._path)
        except OSError as error:
            raise InvalidFileError("the file cannot be read", value=self._path, hint=error.strerror) from error
