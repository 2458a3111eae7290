"""What anymol stores and reads again: a manifest in JSON with a schema version, and files with their checksums.

A kind of artifact is a value. Its manifest is written last and whole, so that a directory that has one is complete; it
holds a checksum of its own fields, is read strictly, and each fault is told in the kind's own words.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from anymol.bounds import MAX_MANIFEST_BYTES
from anymol.errors import AnyMolError, shorten
from anymol.files import hash_file, read_whole, staged_directory, write_atomically
from anymol.unicode import is_unicode

_CHECKSUM: Final = "checksum"
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class ArtifactKind:
    """How one kind of artifact is stored, and what a reader is told when it cannot be read.

    Attributes:
        noun: What it is called in messages, with its article: ``"an encoder"``.
        manifest: Name of its manifest.
        schema: Version of its form: written, and the only one that is read.
        error: What a fault raises.
        remedy: What to do about one that is missing or damaged.
        fields: Field of the manifest -> its type; those that it must have.
    """

    noun: str
    manifest: str
    schema: int
    error: type[AnyMolError]
    remedy: str
    fields: Mapping[str, type] = field(default_factory=dict)

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
        """Write the manifest: the schema version, these fields, which are JSON, and their checksum."""
        whole = json.loads(json.dumps({"schema_version": self.schema, **fields}))
        whole = {name: value for name, value in whole.items() if name != _CHECKSUM}
        whole[_CHECKSUM] = _hash_fields(whole)
        written = json.dumps(whole, indent=1, ensure_ascii=False)
        if not is_unicode(written):  # the name of a file may hold bytes that are not text
            written = json.dumps(whole, indent=1)
        write_atomically(directory / self.manifest, written + "\n")

    def read(self, directory: Path) -> dict[str, Any]:
        """Return the fields of the manifest, ``schema_version`` among them.

        One that was written before manifests had checksums is read without.

        Raises:
            AnyMolError: Of the kind's error: there is none, it is damaged, or it is of another schema.
        """
        path = directory / self.manifest
        try:
            fields = json.loads(read_whole(path, MAX_MANIFEST_BYTES))
            version = int(fields["schema_version"])
        except FileNotFoundError:
            raise self.error(
                f"here is not {self.noun}: there is no {self.manifest}", value=directory, hint=self.remedy
            ) from None
        except (OSError, ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
            raise self.damage(directory, error) from error
        if version != self.schema:
            raise self.error(
                f"{self.manifest} of {self.noun} has schema {version}, and this anymol reads {self.schema}",
                value=directory,
                hint="install a newer anymol" if version > self.schema else self.remedy,
            )
        if not _has_its_checksum(fields):
            raise self.damage(directory, "its fields are not those that its checksum was made of")
        for name, kind in self.fields.items():
            if name not in fields:
                raise self.damage(directory, KeyError(name))
            if not isinstance(fields[name], kind):
                raise self.damage(directory, f"{name} is not a {kind.__name__}")
        return {name: value for name, value in fields.items() if name != _CHECKSUM}

    def damage(self, directory: Path, reason: object) -> AnyMolError:
        """Return the error that says why a manifest that is there cannot be used."""
        said = f"it lacks {reason}" if isinstance(reason, KeyError) else shorten(reason)
        return self.error(f"{self.manifest} of {self.noun} is damaged: {said}", value=directory, hint=self.remedy)

    def require_intact(self, directory: Path, files: Mapping[str, str], *, needed: Collection[str] = ()) -> None:
        """Compare files with their checksums.

        Args:
            directory: Where they are.
            files: Name -> sha256, as the manifest says.
            needed: Names that must be among them.

        Raises:
            AnyMolError: Of the kind's error, naming those that are missing or changed.
        """
        if missing := sorted(set(needed) - set(files)):
            raise self.damage(directory, f"it lists no file {missing[0]}")
        if outside := [name for name in files if Path(name).is_absolute() or ".." in Path(name).parts]:
            raise self.damage(directory, f"it names a file outside of its folder, {outside[0]}")
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


def _hash_fields(fields: Mapping[str, Any]) -> str:
    """Return the sha256 of fields, however they are laid out and ordered."""
    return hashlib.sha256(json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _has_its_checksum(fields: Mapping[str, Any]) -> bool:
    """Whether fields are those that their checksum was made of, or never had one."""
    named = [name for name, value in fields.items() if isinstance(value, str) and _DIGEST.fullmatch(value)]
    sums = [name for name in named if _hash_fields({k: v for k, v in fields.items() if k != name}) == fields[name]]
    # One under another name means that the name is what was damaged.
    return sums == [_CHECKSUM] or (not sums and _CHECKSUM not in fields)
