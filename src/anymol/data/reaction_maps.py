"""Mapped reactions in shards, so that a long mapping that is stopped goes on: one Parquet file per piece."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from anymol.chem.atom_mapping import MAPPER
from anymol.chem.recorded_reaction import RecordedReaction
from anymol.errors import DataError
from anymol.files import staged_file
from anymol.retrieval.reactions.building import Fate, MappedRecord, map_records

ROWS: Final = 5_000
"""Reactions of a shard."""

_SCHEMA: Final = pa.schema(
    [(name, pa.string()) for name in ("reaction", "mapped", "template", "core", "fate", "mapper")]
)
_DIGEST: Final = b"anymol.input"


def map_in_shards(reactions: Iterable[RecordedReaction], place: Path, workers: int = 1) -> Iterator[MappedRecord]:
    """Map reactions, in order; pieces that stand in a folder are read from there, the others are written to it.

    Args:
        reactions: The reactions, in the same order each time.
        place: The folder.
        workers: Processes.

    Raises:
        DataError: A shard was made from other reactions, or by another mapper.
    """
    place.mkdir(parents=True, exist_ok=True)
    rest = iter(reactions)
    number = 0
    while piece := list(islice(rest, ROWS)):
        path = place / f"{number:05d}.parquet"
        digest = hashlib.sha256("\n".join((MAPPER, *(one.to_line() for one in piece))).encode()).hexdigest()
        if path.is_file():
            yield from _read(path, digest)
        else:
            found = list(map_records(piece, workers))
            _write(path, found, digest)
            yield from found
        number += 1


def _write(path: Path, found: list[MappedRecord], digest: str) -> None:
    rows = [
        {
            "reaction": one.reaction.to_line(),
            "mapped": one.mapped,
            "template": one.template,
            "core": one.core,
            "fate": one.fate.name,
            "mapper": MAPPER,
        }
        for one in found
    ]
    table = pa.Table.from_pylist(rows, _SCHEMA).replace_schema_metadata({_DIGEST: digest.encode()})
    with staged_file(path) as draft:
        pq.write_table(table, draft, compression="zstd")


def _read(path: Path, digest: str) -> Iterator[MappedRecord]:
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"this shard of maps is damaged: {error}", value=path, hint="delete it") from error
    if (table.schema.metadata or {}).get(_DIGEST, b"").decode() != digest:
        raise DataError(
            "this shard of maps was made from other reactions, or by another mapper",
            value=path,
            hint="give another folder, or delete it",
        )
    for row in table.to_pylist():
        yield MappedRecord(
            RecordedReaction.from_line(row["reaction"]), Fate[row["fate"]], row["template"], row["core"], row["mapped"]
        )
