"""Parts on disk: ``MODALITY/part-00000.parquet``, each written whole or not at all, with a checksum of its rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from anymol.artifact import ArtifactKind
from anymol.errors import DataError
from anymol.files import staged_file
from anymol.modalities.content import Record
from anymol.modalities.storage import from_json
from anymol.synthesis.engine import Engine
from anymol.synthesis.pipeline.work import Outcome
from anymol.unicode import escape_halves

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

SYNTHESIS: Final = ArtifactKind(
    "a synthesis", "manifest.json", 1, DataError, "give an empty folder", {"finished": bool}
)
_CHECKSUM: Final = b"anymol.sha256"
_REMEDY: Final = "delete it and resume"
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
            "id": escape_halves(one.row.id),
            "smiles": None if one.row.smiles is None else escape_halves(one.row.smiles),
            "status": FAILED if one.records is None else OK,
            "error": None if one.error is None else escape_halves(one.error),
            "kind": one.kind,
            "engine": engine.name,
            "version": engine.version,
            "notes": one.notes,
            "record": one.records,
        }
        for one in outcomes
    ]
    with staged_file(path, flush=True) as draft:
        checked = _SCHEMA.with_metadata({_CHECKSUM: _hash_rows(rows)})
        pq.write_table(pa.Table.from_pylist(rows, schema=checked), draft, compression="zstd")


def count_part(path: Path) -> tuple[int, int]:
    """Return how many rows of a part succeeded and how many failed.

    Raises:
        DataError: The file is damaged.
    """
    rows = _read(path)
    failed = sum(row["status"] == FAILED for row in rows)
    return len(rows) - failed, failed


def read_failures(path: Path) -> Iterator[dict[str, Any]]:
    """Yield row, id, smiles, kind and error of the failed rows of a part."""
    for row in _read(path):
        if row["status"] == FAILED:
            yield {name: row[name] for name in ("row", "id", "smiles", "kind", "error")}


def read_part(path: Path) -> Iterator[SynthesisRow]:
    """Yield the rows of a part with their records.

    Raises:
        DataError: The file is damaged.
    """
    for row in _read(path):
        records = tuple(from_json(form) for form in json.loads(row["record"])) if row["record"] else ()
        notes = json.loads(row["notes"]) if row["notes"] else {}
        yield SynthesisRow(row["row"], row["id"], row["smiles"] or "", records, notes, row["error"])


def read_records(output: Path | str, modality: str) -> Iterator[SynthesisRow]:
    """Yield the rows of a modality of a finished synthesis, in the order of the input.

    Args:
        output: The folder that ``anymol synthesize`` wrote.
        modality: One of its modalities.

    Raises:
        DataError: There is no such modality, or a part is damaged or missing.
    """
    parts = sorted((Path(output) / modality).glob("part-*.parquet"))
    if not parts:
        raise DataError(f"there are no records of '{modality}'", value=output, hint="make them: anymol synthesize")
    _require_listed(Path(output), modality, [part.name for part in parts])
    for part in parts:
        yield from read_part(part)


def _require_listed(output: Path, modality: str, found: Sequence[str]) -> None:
    """Refuse a finished synthesis whose parts are not those of its manifest.

    Raises:
        DataError: Naming one.
    """
    fields = SYNTHESIS.read(output)
    if not fields["finished"]:
        return
    listed = {name: about for name, about in fields.get("files", {}).items() if name.startswith(f"{modality}/")}
    if missing := sorted({name.partition("/")[2] for name in listed} ^ set(found)):
        raise SYNTHESIS.damage(output, f"{modality}/{missing[0]} is listed and missing, or there and not listed")
    if any(not isinstance(about, dict) or not isinstance(about.get("sha256"), str) for about in listed.values()):
        raise SYNTHESIS.damage(output, "a part has no sha256")
    SYNTHESIS.require_intact(output, {name: about["sha256"] for name, about in listed.items()})


def _read(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a part, once they are those that were written.

    Raises:
        DataError: The file is damaged.
    """
    try:
        table = pq.read_table(path)
        rows: list[dict[str, Any]] = table.select(_SCHEMA.names).to_pylist()
        # Parts of before this was written down have no checksum.
        stated = (table.schema.metadata or {}).get(_CHECKSUM)
    except (OSError, pa.ArrowException, KeyError, UnicodeDecodeError) as error:
        raise DataError(f"the part cannot be read: {error}", value=path, hint=_REMEDY) from error
    if stated is not None and stated.decode(errors="replace") != _hash_rows(rows):
        raise DataError("the part is damaged: its rows are not those that were written", value=path, hint=_REMEDY)
    return rows


def _hash_rows(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the sha256 of rows, however a file lays them out."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(json.dumps([row[name] for name in _SCHEMA.names]).encode() + b"\n")
    return digest.hexdigest()
