"""Lines of a text, kept in one piece: as texts of their own they would take half as much memory again."""

from __future__ import annotations

from typing import Final

import numpy as np

_NEWLINE: Final = ord("\n")


class PackedLines:
    """The lines of a text.

    Args:
        content: The text, in ASCII or UTF-8; no line where it is empty.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        ends = np.flatnonzero(np.frombuffer(content, dtype=np.uint8) == _NEWLINE)
        # Where each line begins, and where one behind the last would.
        self._starts = np.concatenate([[0], ends + 1, [len(content) + 1]] if content else [[0]]).astype(np.uint32)

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __getitem__(self, number: int) -> bytes:
        """Return a line, without what ends it."""
        if not 0 <= number < len(self):
            raise IndexError(number)
        return self._content[self._starts[number] : self._starts[number + 1] - np.uint32(1)]
