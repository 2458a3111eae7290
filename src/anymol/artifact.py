"""What anymol stores and reads again: a manifest in JSON with a schema version, and files with their checksums.

A kind of artifact is a value. Its manifest is written last and whole, so that a directory that has one is complete; it
is read strictly, and each fault is told in the kind's own words.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anymol.errors import AnyMolError, shorten
from anymol.files import hash_file, staged_directory, write_atomically


@dataclass(frozen=True)
class ArtifactKind:
    """How one kind of artifact is stored, and what a reader is told when it cannot be read.

    Attributes:
        noun: What it is called in messages, with its article: ``"an encoder"``.
        manifest: Name of its manifest.
        schema: Version of its form: written, and the only one that is read.
        error: What a fault raises.
        remedy: What to do about one that is missing or damaged.
    """

    noun: str
    manifest: str
    schema: int
    error: type[AnyMolError]
    remedy: str

    def is_at(self, directory: Path) -> bool:
        """Whether a complete artifact of this kind stands there."""
        return (directory / self.manifest).is_file()

    @contextmanager
    def stage(self, directory: Path, *, flush: bool = False) -> Iterator[Path]:
        """Give a directory to write an artifact in; it takes its place when the block ends well.

        Args:
            directory: The place. It is free, or holds nothing, or an older artifact of the kind.
            flush: Whether it is on the disk, not only with the system, when this returns.

        Raises:
            AnyMolError: Of the kind's error: something else stands there.
        """
        free = not directory.exists() or self.is_at(directory)
        if not free and (not directory.is_dir() or any(directory.iterdir())):
            raise self.error(f"this place holds something else than {self.noun}", value=directory, hint="give another")
        with staged_directory(directory, flush=flush) as draft:
            yield draft

    def write(self, directory: Path, fields: Mapping[str, Any]) -> None:
        """Write the manifest: the schema version, and these fields, which are JSON."""
        written = json.dumps({"schema_version": self.schema, **fields}, indent=1, ensure_ascii=False)
        write_atomically(directory / self.manifest, written + "\n")

    def read(self, directory: Path) -> dict[str, Any]:
        """Return the fields of the manifest, ``schema_version`` among them.

        Raises:
            AnyMolError: Of the kind's error: there is none, it is damaged, or it is of another schema.
        """
        path = directory / self.manifest
        try:
            fields = json.loads(path.read_text(encoding="utf-8"))
            version = int(fields["schema_version"])
        except FileNotFoundError:
            raise self.error(
                f"here is not {self.noun}: there is no {self.manifest}", value=directory, hint=self.remedy
            ) from None
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise self.damage(directory, error) from error
        if version != self.schema:
            raise self.error(
                f"{self.manifest} of {self.noun} has schema {version}, and this anymol reads {self.schema}",
                value=directory,
                hint="install a newer anymol" if version > self.schema else self.remedy,
            )
        return dict(fields)

    def damage(self, directory: Path, reason: object) -> AnyMolError:
        """Return the error that says why a manifest that is there cannot be used."""
        said = f"it lacks {reason}" if isinstance(reason, KeyError) else shorten(reason)
        return self.error(f"{self.manifest} of {self.noun} is damaged: {said}", value=directory, hint=self.remedy)

    def require_intact(self, directory: Path, files: Mapping[str, str]) -> None:
        """Compare files with their checksums.

        Args:
            directory: Where they are.
            files: Name -> sha256, as the manifest says.

        Raises:
            AnyMolError: Of the kind's error, naming those that are missing or changed.
        """
        wrong = [name for name, digest in files.items() if not _is_intact(directory / name, digest)]
        if wrong:
            more = f" and {len(wrong) - 1} more files" if len(wrong) > 1 else ""
            raise self.error(
                f"{wrong[0]}{more} of {self.noun}: missing, or not what {self.manifest} says",
                value=directory,
                hint=self.remedy,
            )


def hash_files(directory: Path, *, but: frozenset[str] = frozenset()) -> dict[str, str]:
    """Return the sha256 of every file below a directory, by its relative path, those named in `but` left out."""
    paths = sorted(path for path in directory.rglob("*") if path.is_file() and path.name not in but)
    return {path.relative_to(directory).as_posix(): hash_file(path) for path in paths}


def _is_intact(path: Path, digest: str) -> bool:
    return path.is_file() and hash_file(path) == digest
