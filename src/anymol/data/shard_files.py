"""The files of a shard directory: their columns, and the manifest that lists them with their checksums."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from anymol.errors import DataError
from anymol.files import write_atomically
from anymol.modalities.content import Role, Speaker

SCHEMA_VERSION: Final = 1
MANIFEST: Final = "manifest.json"
ROLES: Final = tuple(Role)
SPEAKERS: Final = tuple(Speaker)


class PartKind(IntEnum):
    """What an entry of ``parts`` is. The numbers are the file format: append only."""

    TEXT = 0
    MOLECULE = 1
    GRAPH = 2
    TURN = 3
    ANSWER = 4
    RECORD = 5


PART_TYPE = pa.list_(pa.struct([("kind", pa.uint8()), ("ref", pa.uint32()), ("role", pa.uint8())]))
EXAMPLE_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("task", pa.dictionary(pa.int16(), pa.string())),
        ("source", pa.dictionary(pa.int16(), pa.string())),
        ("split", pa.dictionary(pa.int16(), pa.string())),
        ("parts", PART_TYPE),
    ]
)
MOLECULE_SCHEMA = pa.schema(
    [("smiles", pa.string()), ("selfies", pa.string()), ("atoms", pa.large_binary()), ("bonds", pa.large_binary())]
)
TEXT_SCHEMA = pa.schema([("text", pa.string())])
RECORD_SCHEMA = pa.schema(
    [("modality", pa.dictionary(pa.int8(), pa.string())), ("molecule", pa.uint32()), ("record", pa.large_binary())]
)


@dataclass(frozen=True)
class Manifest:
    """What a shard directory says of itself.

    Attributes:
        name: Name of the build.
        schema_version: Version of the file format.
        created_with: Version of anymol and of the programs that computed answers.
        sources: Source -> ``{"licence", "examples"}``.
        counts: Task -> split -> number of examples.
        files: File -> ``{"sha256", "bytes", "rows"}``.
        refused: Reason -> number of candidates that were not taken.
        audit: Result of the leakage audit; None where it was not run.
        config: The configuration that built it.
    """

    name: str
    schema_version: int
    created_with: Mapping[str, str]
    sources: Mapping[str, Mapping[str, Any]]
    counts: Mapping[str, Mapping[str, int]]
    files: Mapping[str, Mapping[str, Any]]
    refused: Mapping[str, int]
    audit: Mapping[str, Any] | None
    config: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return dict(vars(self))


def read_manifest(directory: Path) -> Manifest:
    """Read ``manifest.json`` of a shard directory.

    Raises:
        DataError: When it is missing, damaged, or of another schema version.
    """
    path = Path(directory) / MANIFEST
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError("no shards found", value=directory, hint="build them with: anymol data build RECIPE") from None
    except (OSError, json.JSONDecodeError) as error:
        raise DataError(f"the manifest of the shards cannot be read: {error}", value=path) from error
    if record.get("schema_version") != SCHEMA_VERSION:
        raise DataError(
            f"shards of schema version {record.get('schema_version')} cannot be read",
            value=directory,
            hint=f"this anymol reads version {SCHEMA_VERSION}: build them again",
        )
    try:
        return Manifest(**record)
    except TypeError as error:
        raise DataError(f"the manifest of the shards is damaged: {error}", value=path) from error


def write_manifest(manifest: Manifest, directory: Path) -> None:
    """Write ``manifest.json``, atomically."""
    write_atomically(directory / MANIFEST, json.dumps(manifest.to_json(), indent=1, ensure_ascii=False) + "\n")
