"""Lists of JSON that may be larger than memory, entry by entry."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, TextIO

from anymol.errors import DataError

MAX_ENTRY: Final = 1 << 24
"""Longest entry in characters; what goes on for longer is taken for damaged."""

_BLOCK: Final = 1 << 20
_SIGN = re.compile(r"[^ \t\r\n]")


def read_json_list(path: Path) -> Iterator[Any]:
    """Yield the entries of a file that holds one list.

    Raises:
        DataError: The file is not a list of JSON; which entry is wrong.
    """
    with path.open(encoding="utf-8-sig") as stream:
        text = _Ahead(stream)
        if text.take_sign() != "[":
            raise DataError(f"{path.name} is not a list of entries", value=path)
        number = 0
        sign = "]" if text.peek_sign() == "]" else ","
        while sign == ",":
            number += 1
            try:
                entry = text.take_entry()
            except json.JSONDecodeError as error:
                raise DataError(f"{path.name}, entry {number} is not JSON: {error.msg}", value=path) from None
            yield entry
            sign = text.take_sign()
        if sign != "]":
            raise DataError(f"{path.name} is not JSON: entry {number} is followed by {sign or 'nothing'}", value=path)


class _Ahead:
    """A stream of JSON, read ahead by blocks.

    Args:
        stream: The stream.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._decoder = json.JSONDecoder()
        self._text, self._place = "", 0

    def peek_sign(self) -> str:
        """Return the next sign behind white space; an empty text at the end."""
        while True:
            found = _SIGN.search(self._text, self._place)
            self._place = found.start() if found else len(self._text)
            if found or not self._read():
                return found[0] if found else ""

    def take_sign(self) -> str:
        """Return the next sign behind white space, and go on behind it."""
        sign = self.peek_sign()
        self._place += len(sign)
        return sign

    def take_entry(self) -> Any:
        """Return the next value, and go on behind it.

        Raises:
            json.JSONDecodeError: There is none, or it is too long.
        """
        self.peek_sign()
        while True:
            fault = None
            try:
                entry, end = self._decoder.raw_decode(self._text, self._place)
            except json.JSONDecodeError as error:
                fault, end = error, len(self._text)
            # What ends with the block may go on in the next one: 12 in 123.
            if end == len(self._text) and len(self._text) - self._place < MAX_ENTRY and self._read():
                continue
            if fault is not None:
                raise fault
            self._place = end
            return entry

    def _read(self) -> bool:
        """Read on; return whether anything was left."""
        block = self._stream.read(_BLOCK)
        self._text, self._place = self._text[self._place :] + block, 0
        return bool(block)
