"""What a suite is: a value that names its parts, each of them rows that a source of examples makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from anymol.data.fetch import PUBLIC_SOURCES
from anymol.data.licences import Licences
from anymol.data.sources.source import Source, SourceRow
from anymol.errors import DataError

MakeSource = Callable[[Path, Licences], Source]
"""Makes the source of a part, given the data directory and the terms of its files."""


class MissingDataError(DataError):
    """A suite whose files are not at hand, or that does not ask what is wanted."""

    kind = "missing_data"


@dataclass(frozen=True)
class SuitePart:
    """Some rows of a suite.

    Attributes:
        file: The file or folder of the data directory that they are read from.
        split: Which split of it.
        tasks: What they are asked as, by names of tasks; other questions of the source are left out.
        make: Makes their source.
        label: Name of the part, or what names the part of each row, where its figures are wanted by themselves.
        most_training: Most training rows that baselines learn from: 0 where the source has none, few where it makes
            them slowly.
        needs_heldout: Whether the split of a row follows from what the data directory holds out.
        names: Of a public set, names of the files that hold its rows, of which one must lie somewhere below its folder,
            the first folder of `file`.
    """

    file: str
    split: str
    tasks: tuple[str, ...]
    make: MakeSource
    label: str | Callable[[SourceRow], str | None] | None = None
    most_training: int = 2000
    needs_heldout: bool = False
    names: tuple[str, ...] = ()

    def locate(self, data_dir: Path) -> Path | None:
        """Return the file or folder that the rows are read from; None where it is not there."""
        path = data_dir / self.file
        if not self.names:
            return path if path.exists() else None
        folder = data_dir / Path(self.file).parts[0]
        found = sorted({one for name in self.names for one in folder.rglob(name)}) if folder.is_dir() else []
        # Of a set that is read as a whole the converter finds the files itself.
        return (folder if len(Path(self.file).parts) == 1 else found[0]) if found else None

    def list_files(self, data_dir: Path) -> Iterator[tuple[str, Path]]:
        """Yield the files that rows are read from, each with its name for reports: where the data lie stays out."""
        path = self.locate(data_dir)
        if path is not None and path.is_file():
            yield self.file, path
        elif path is not None:
            for found in sorted({one for name in self.names for one in path.rglob(name)}):
                yield str(found.relative_to(data_dir)), found

    def name_part(self, row: SourceRow) -> str | None:
        """Return the part that a row belongs to."""
        return self.label(row) if callable(self.label) else self.label


@dataclass(frozen=True)
class Suite:
    """An evaluation set.

    Attributes:
        name: Its name on the command line.
        title: What reports call it.
        choices: Its parts, once for each place that they may come from, the best first: the public set as its authors
            publish it, below a folder of the data directory, or the files of the data directory.
        licence: Terms of its rows.
        notes: What a reader of its figures must know: how its rows were chosen, and what they do not compare with.
        fetch: Name for ``anymol data fetch``, where the public set can be had so.
    """

    name: str
    title: str
    choices: tuple[tuple[SuitePart, ...], ...]
    licence: str
    notes: tuple[str, ...] = ()
    fetch: str | None = None

    @property
    def tasks(self) -> frozenset[str]:
        """Names of all tasks that it may ask."""
        return frozenset(task for parts in self.choices for part in parts for task in part.tasks)

    def find_parts(self, data_dir: Path) -> tuple[SuitePart, ...]:
        """Return the parts whose files are there, of the first choice that has any.

        Raises:
            MissingDataError: None is; which files are missing, and how they can be had.
        """
        for parts in self.choices:
            if there := tuple(part for part in parts if part.locate(data_dir) is not None):
                return there
        missing = dict.fromkeys(part.file for parts in self.choices for part in parts)
        listed = " and ".join(missing) if len(self.choices) == 1 else " or ".join(missing)
        hint = "give the folder that holds them by --data-dir or ANYMOL_DATA"
        if self.fetch is not None:
            by_hand = PUBLIC_SOURCES[self.fetch].by_hand
            hint += f"; the public set is fetched by: anymol data fetch {self.fetch} --output DATA"
            hint += f" ({by_hand})" if by_hand else ""
        raise MissingDataError(f"the suite {self.name} needs {listed}", value=data_dir, hint=hint)
