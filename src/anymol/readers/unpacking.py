"""Files as bytes, unpacked where they are compressed by gzip, and no more of them than is meant honestly."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from anymol.bounds import GZIP_FREE_BYTES, GZIP_RATIO
from anymol.errors import InvalidFileError
from anymol.files import require_regular

_MAGIC = b"\x1f\x8b"


@contextmanager
def open_unpacked(path: Path) -> Iterator[BinaryIO]:
    """Open a file of the disk as bytes; what gzip compressed is unpacked, whatever the file is called.

    Raises:
        InvalidFileError: While reading: the file becomes larger than an honest archive does.
        OSError: The file is missing, a directory, a pipe or a device, or cannot be read.
    """
    require_regular(path)
    with path.open("rb") as stream:
        is_packed = stream.read(2) == _MAGIC
        stream.seek(0)
        if is_packed:
            with io.BufferedReader(_Gunzip(stream, path)) as unpacked:
                yield cast("BinaryIO", unpacked)
        else:
            yield stream


class _Gunzip(io.RawIOBase):
    """Unpacks, and counts what comes out."""

    def __init__(self, packed: BinaryIO, path: Path) -> None:
        self._unpacked = gzip.GzipFile(fileobj=packed)
        self._path = path
        self._most = max(GZIP_FREE_BYTES, GZIP_RATIO * path.stat().st_size)
        self._taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        content = self._unpacked.read1(len(buffer))
        self._taken += len(content)
        if self._taken > self._most:
            raise InvalidFileError(
                f"the gzip becomes more than {GZIP_RATIO} times larger than it is",
                value=self._path,
                hint=f"at most {self._most:,} bytes are unpacked of this one; if it is honest, unpack it yourself",
            )
        buffer[: len(content)] = content
        return len(content)
