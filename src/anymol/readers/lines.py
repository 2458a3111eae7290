"""Lines of a text file, none longer than a limit, so that a file without line ends takes no memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

MAX_LINE = 100_000
"""Characters of a line that are kept; the rest of it is skipped."""


def read_lines(stream: TextIO, limit: int = MAX_LINE) -> Iterator[str]:
    """Yield the lines, stripped of white space at the ends."""
    while line := stream.readline(limit):
        kept = line
        while line and not line.endswith("\n"):
            line = stream.readline(limit)
        yield kept.strip()
