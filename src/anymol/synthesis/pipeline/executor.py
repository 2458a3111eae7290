"""What works chunks off, wherever it does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from anymol.synthesis.engine import Engine
from anymol.synthesis.pipeline.work import Chunk, Outcome


class Executor(Protocol):
    """Works chunks off."""

    @property
    def workers(self) -> int:
        """How many chunks are worked on at once."""
        ...

    def run(
        self, engines: Sequence[Engine], seed: int, chunks: Iterable[Chunk]
    ) -> Iterator[tuple[Chunk, list[Outcome]]]:
        """Yield each chunk with its outcomes, in order; a chunk whose process dies is repeated row by row."""
        ...
