"""Parts on disk: ``MODALITY/part-00000.parquet``, each written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from anymol.errors import DataError
from anymol.files import staged_file
from anymol.modalities.content import Record
from anymol.modalities.storage import from_json
from anymol.synthesis.engine import Engine
from anymol.synthesis.pipeline.work import Outcome

OK, FAILED = "ok", "failed"

COLUMNS = {
    "row": "place of the molecule in the input, counted from 0",
    "id": "what the input calls it: its column id or name, else its row",
    "smiles": "the molecule as the input writes it",
    "status": "ok or failed",
    "error": "why there is no record; empty where there is one",
    "kind": "kind of the error",
    "engine": "engine that made the records",
    "version": "its version, with those of the programs below it",
    "notes": "what the engine notes beside the records, as JSON",
    "record": "the records, as a JSON list; anymol.modalities.storage.from_json reads each",
}
"""Column -> what it holds."""

_SCHEMA = pa.schema([("row", pa.int64()), *((name, pa.string()) for name in COLUMNS if name != "row")])


@dataclass(frozen=True)
class SynthesisRow:
    """A row of a part.

    Attributes:
        row: Place in the input.
        id: What the input calls it.
        smiles: The molecule as written there.
        records: The records; empty where it failed.
        notes: What the engine notes.
        error: Why it failed; None where it did not.
    """

    row: int
    id: str
    smiles: str
    records: tuple[Record, ...]
    notes: dict[str, Any]
    error: str | None


def part_path(output: Path, modality: str, number: int) -> Path:
    """Return where a part stands."""
    return output / modality / f"part-{number:05d}.parquet"


def write_part(path: Path, engine: Engine, outcomes: Sequence[Outcome]) -> None:
    """Write a part under a temporary name and rename it: a part that is there is complete."""
    rows = [
        {
            "row": one.row.row,
            "id": one.row.id,
            "smiles": one.row.smiles,
            "status": FAILED if one.records is None else OK,
            "error": one.error,
            "kind": one.kind,
            "engine": engine.name,
            "version": engine.version,
            "notes": one.notes,
            "record": one.records,
        }
        for one in outcomes
    ]
    with staged_file(path, flush=True) as draft:
        pq.write_table(pa.Table.from_pylist(rows, schema=_SCHEMA), draft, compression="zstd")


def count_part(path: Path) -> tuple[int, int]:
    """Return how many rows of a part succeeded and how many failed.

    Raises:
        DataError: The file is damaged.
    """
    statuses = _read(path, ["status"])["status"].to_pylist()
    failed = statuses.count(FAILED)
    return len(statuses) - failed, failed


def read_failures(path: Path) -> Iterator[dict[str, Any]]:
    """Yield row, id, smiles, kind and error of the failed rows of a part."""
    table = _read(path, ["row", "id", "smiles", "status", "kind", "error"])
    for row in table.to_pylist():
        if row.pop("status") == FAILED:
            yield row


def read_part(path: Path) -> Iterator[SynthesisRow]:
    """Yield the rows of a part with their records.

    Raises:
        DataError: The file is damaged.
    """
    for row in _read(path, ["row", "id", "smiles", "error", "notes", "record"]).to_pylist():
        records = tuple(from_json(form) for form in json.loads(row["record"])) if row["record"] else ()
        notes = json.loads(row["notes"]) if row["notes"] else {}
        yield SynthesisRow(row["row"], row["id"], row["smiles"] or "", records, notes, row["error"])


def read_records(output: Path | str, modality: str) -> Iterator[SynthesisRow]:
    """Yield the rows of a modality of a finished synthesis, in the order of the input.

    Args:
        output: The folder that ``anymol synthesize`` wrote.
        modality: One of its modalities.

    Raises:
        DataError: There is no such modality, or a part is damaged.
    """
    parts = sorted((Path(output) / modality).glob("part-*.parquet"))
    if not parts:
        raise DataError(f"there are no records of '{modality}'", value=output, hint="make them: anymol synthesize")
    for part in parts:
        yield from read_part(part)


def _read(path: Path, columns: list[str]) -> pa.Table:
    try:
        return pq.read_table(path, columns=columns)
    except (OSError, pa.ArrowInvalid, KeyError) as error:
        raise DataError(f"the part cannot be read: {error}", value=path, hint="delete it and resume") from error
