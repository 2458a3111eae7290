"""Lines of a text file, none longer than a limit, so that a file without line ends takes no memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

MAX_LINE = 100_000
"""Characters of a line that are kept; the rest of it is skipped."""


def read_lines(stream: TextIO, limit: int = MAX_LINE) -> Iterator[str]:
    """Yield the lines, stripped of white space at the ends."""
    return (line.strip() for line in read_raw_lines(stream, limit))


def read_raw_lines(stream: TextIO, limit: int = MAX_LINE) -> Iterator[str]:
    """Yield the lines as they stand, cut at the limit."""
    while line := stream.readline(limit):
        kept = line
        while line and not line.endswith("\n"):
            line = stream.readline(limit)
        yield kept
