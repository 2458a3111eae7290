"""The files of a shard directory: their columns, and the manifest that lists them with their checksums."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from anymol.artifact import ArtifactKind
from anymol.errors import DataError
from anymol.modalities.content import Role, Speaker

MANIFEST: Final = "manifest.json"
SHARDS: Final = ArtifactKind(
    "shards",
    MANIFEST,
    1,
    DataError,
    "give another directory, or build them: anymol data build RECIPE",
    {
        "name": str,
        "created_with": dict,
        "sources": dict,
        "counts": dict,
        "files": dict,
        "refused": dict,
        "config": dict,
    },
)
_NEEDED: Final = ("examples-00000.parquet", "molecules-00000.parquet", "texts-00000.parquet")
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
class ShardManifest:
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
        """Return the fields of ``manifest.json``."""
        return dict(vars(self))


def read_manifest(directory: Path) -> ShardManifest:
    """Read ``manifest.json`` of a shard directory.

    Raises:
        DataError: When it is missing, damaged, or of another schema version.
    """
    fields = SHARDS.read(directory)
    try:
        return ShardManifest(**fields)
    except TypeError as error:
        raise SHARDS.damage(directory, error) from error


def verify_files(directory: Path, manifest: ShardManifest) -> None:
    """Compare each file of a shard directory with what its manifest says.

    Raises:
        DataError: Naming a file that is missing, altered or not listed.
    """
    for name, record in manifest.files.items():
        if not isinstance(record, dict) or not isinstance(record.get("sha256"), str):
            raise SHARDS.damage(directory, f"{name} has no sha256")
    checksums = {name: record["sha256"] for name, record in manifest.files.items()}
    SHARDS.require_intact(directory, checksums, needed=_NEEDED)


def write_manifest(manifest: ShardManifest, directory: Path) -> None:
    """Write ``manifest.json``, atomically."""
    SHARDS.write(directory, manifest.to_json())
