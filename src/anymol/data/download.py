"""Downloads that go on where they broke off, and never join the pieces of two versions of a file."""

from __future__ import annotations

import http.client
import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from anymol.errors import DataError
from anymol.files import hash_file, write_atomically

_BLOCK: Final = 1 << 20
_TIMEOUT_SECONDS: Final = 60.0
_ATTEMPTS: Final = 4
"""Connections that one download may take, as long as each of them brings something."""

_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


class _BrokenOffError(Exception):
    """A connection that ended before the file did."""


@dataclass
class _Partial:
    """What has come of a file so far: the bytes, and beside them what tells the version that they belong to.

    Attributes:
        path: The bytes.
        url: Where they come from.
    """

    path: Path
    url: str

    @property
    def size(self) -> int:
        """Bytes at hand."""
        return self.path.stat().st_size if self.path.is_file() else 0

    @property
    def validator(self) -> str | None:
        """The server's mark of the version; None where there is nothing to go on from."""
        try:
            state = json.loads(self._state.read_text(encoding="utf-8"))
            return str(state["validator"]) if state["url"] == self.url and self.size else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def begin(self, validator: str | None) -> None:
        """Forget what is there, and note the version of what comes now."""
        self.remove()
        if validator is not None:
            write_atomically(self._state, json.dumps({"url": self.url, "validator": validator}) + "\n")

    def remove(self) -> None:
        """Forget what is there."""
        self.path.unlink(missing_ok=True)
        self._state.unlink(missing_ok=True)

    @property
    def _state(self) -> Path:
        return self.path.with_name(f"{self.path.name}.json")


def download(url: str, path: Path, report: Callable[[int], None]) -> str:
    """Download a file whole, going on from what an earlier attempt left of the same version.

    Args:
        url: Where the file is.
        path: Where it shall stand in the end. When this returns, its bytes lie at :func:`partial_path`: the caller
            compares the checksum, then moves them to their place or discards them.
        report: Called with the number of bytes at hand.

    Returns:
        The sha256 of the bytes.

    Raises:
        DataError: The file cannot be had. What has come stays for the next attempt, where the server names versions.
    """
    partial = _Partial(partial_path(path), url)
    reason: Exception = _BrokenOffError("nothing came")
    for _ in range(_ATTEMPTS):
        before = partial.size
        try:
            _receive(partial, report)
        except (_BrokenOffError, http.client.HTTPException, urllib.error.URLError, OSError) as error:
            reason = error
            refused = isinstance(error, urllib.error.HTTPError)
            if refused or partial.size <= before or partial.validator is None:
                break
        else:
            return hash_file(partial.path)
    at_hand = f"; {partial.size:,} bytes are kept, the next attempt goes on from there" if partial.validator else ""
    if not at_hand:
        partial.remove()
    raise DataError(f"the download failed: {reason}{at_hand}", value=url, hint="check the network and try again")


def partial_path(path: Path) -> Path:
    """Return where the bytes of a file lie until it is whole."""
    return path.with_name(f".{path.name}.part")


def discard(path: Path) -> None:
    """Remove what has come of a file."""
    _Partial(partial_path(path), "").remove()


def _receive(partial: _Partial, report: Callable[[int], None]) -> None:
    """Take what one connection brings.

    Raises:
        _BrokenOffError: It brought less than the file.
    """
    request = urllib.request.Request(partial.url)
    validator, start = partial.validator, partial.size
    if validator is not None:
        # If-Range makes the server send the whole of a file that has changed since, instead of its end.
        request.add_header("Range", f"bytes={start}-")
        request.add_header("If-Range", validator)
    try:
        response = urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code != http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
        # More is at hand than the file has: it is not what it was.
        partial.remove()
        raise _BrokenOffError("the server has fewer bytes than are at hand; they were removed") from error
    with response:
        total = _find_length(response)
        if validator is None or getattr(response, "status", None) != http.client.PARTIAL_CONTENT:
            start = 0
            partial.begin(_find_validator(response))
        else:
            found = _RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
            if found is None or int(found[1]) != start:
                partial.remove()
                raise _BrokenOffError("the server sent another part than was asked for")
            total = int(found[2]) if found[2] != "*" else None if total is None else start + total
        size = start
        with partial.path.open("ab") as stream:
            while block := response.read(_BLOCK):
                stream.write(block)
                size += len(block)
                report(size)
    if total is not None and size != total:
        raise _BrokenOffError(f"it broke off after {size:,} of {total:,} bytes")


def _find_length(response: http.client.HTTPResponse) -> int | None:
    """Return how many bytes an answer says that it has; None where it does not."""
    stated = response.headers.get("Content-Length")
    return int(stated) if stated is not None and stated.isdecimal() else None


def _find_validator(response: http.client.HTTPResponse) -> str | None:
    """Return what names the version of a file byte by byte; a weak mark does not."""
    mark = response.headers.get("ETag")
    if mark is not None:
        return None if mark.startswith("W/") else str(mark)
    changed = response.headers.get("Last-Modified")
    return None if changed is None else str(changed)
