"""What a build has made so far, on disk beside its place, so that a build that was stopped goes on."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from anymol.data.example import InstructionExample
from anymol.data.shards import ShardReader, write_shards
from anymol.errors import DataError
from anymol.run_record import damaged_record, read_run_record, write_run_record

_KEY_FILE: Final = "build.json"
_REMEDY: Final = "build it anew, without --resume"
_EXAMPLES: Final = 20_000
"""Examples of a component that are kept in memory at most before they are written."""


@dataclass
class Made:
    """How far a component has come in one split.

    Attributes:
        pieces: Pieces of work that are done.
        taken: Task -> examples taken.
        refused: Reason -> candidates not taken.
        ended: Whether nothing is left to do.
        parts: Shard directories that the examples lie in.
    """

    pieces: int = 0
    taken: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    ended: bool = False
    parts: int = 0


class UnfinishedBuild:
    """A folder of finished parts, and how far each component has come.

    A part is a small shard directory; what is said of a component is written after its parts, so that a build killed
    between the two makes the last part again. Rows and draws follow from the config, so the whole is the same as if the
    build had never been stopped.

    Args:
        folder: The folder.
        key: What is built, and by which versions.
        resume: Whether what lies there is gone on with; else it is deleted.

    Raises:
        DataError: What lies there is of another build, or damaged.
    """

    def __init__(self, folder: Path, key: Mapping[str, Any], *, resume: bool) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        if not resume:  # the folder itself stays: a lock may hold it
            for entry in folder.iterdir():
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        theirs = read_run_record(folder / _KEY_FILE, remedy=_REMEDY)
        if theirs is None:
            write_run_record(folder / _KEY_FILE, key)
        elif theirs != json.loads(json.dumps(key)):
            raise DataError(
                "what was built so far is of another recipe, other data or another version",
                value=folder,
                hint=_REMEDY,
            )

    def made(self, component: int, split: str) -> Made:
        """Return how far a component has come in a split."""
        path = self._made(component, split)
        fields = read_run_record(path, remedy=_REMEDY)
        if fields is None:
            return Made()
        try:
            return Made(
                fields["pieces"],
                Counter(fields["taken"]),
                Counter(fields["refused"]),
                bool(fields["ended"]),
                fields["parts"],
            )
        except (KeyError, TypeError, ValueError) as error:
            raise damaged_record(path, _REMEDY) from error

    def examples(self, component: int, split: str) -> Iterator[InstructionExample]:
        """Yield the examples that are ready, in the order in which they were made."""
        for number in range(self.made(component, split).parts):
            reader = ShardReader(self.folder / f"{_name(component, split)}-{number:04d}")
            yield from (reader[row] for row in range(len(reader)))

    def keep(self, component: int, split: str, made: Made, examples: Sequence[InstructionExample]) -> None:
        """Write examples as one more part, and how far their component has come with them."""
        name = _name(component, split)
        if examples:
            write_shards(examples, self.folder / f"{name}-{made.parts:04d}", name=name)
            made.parts += 1
        write_run_record(self._made(component, split), vars(made))

    def is_full(self, examples: Sequence[InstructionExample]) -> bool:
        """Return whether so many examples are to be written."""
        return len(examples) >= _EXAMPLES

    def delete(self) -> None:
        """Remove the folder, once the build is whole."""
        shutil.rmtree(self.folder)

    def _made(self, component: int, split: str) -> Path:
        return self.folder / f"{_name(component, split)}.json"


def _name(component: int, split: str) -> str:
    return f"{split}-{component:02d}"
