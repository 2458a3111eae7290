"""What a worker does: a few rows through one engine, each row an outcome, good or bad."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rdkit import rdBase

from anymol.errors import AnyMolError, shorten
from anymol.modalities.storage import to_json
from anymol.synthesis.engine import Engine, derive_seed


@dataclass(frozen=True)
class InputRow:
    """A molecule to be made records of.

    Attributes:
        row: Its place in the input, counted from 0.
        id: What the input calls it.
        smiles: What the input holds; None where the row could not be read.
        error: Why it could not be read.
        notes: What its reader must say of it.
    """

    row: int
    id: str
    smiles: str | None
    error: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What became of a row in one modality.

    Attributes:
        row: The row.
        records: The records as one JSON text; None where there are none.
        notes: What the engine notes beside them, as JSON; what the reader of the row does, under ``input``.
        kind: Kind of the error; None where there is none.
        error: What went wrong.
    """

    row: InputRow
    records: str | None = None
    notes: str | None = None
    kind: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class Chunk:
    """Rows that one worker takes through one engine.

    Attributes:
        engine: Place of the engine among those of the run.
        rows: The rows.
    """

    engine: int
    rows: tuple[InputRow, ...]

    def split(self) -> list[Chunk]:
        """Return a chunk per row."""
        return [replace(self, rows=(row,)) for row in self.rows]


def work_chunk(engines: Sequence[Engine], seed: int, chunk: Chunk) -> list[Outcome]:
    """Return an outcome for each row of a chunk, in order; nothing but the death of the process stops it."""
    engine = engines[chunk.engine]
    with rdBase.BlockLogs():
        return [_work_row(engine, seed, row) for row in chunk.rows]


def fail_row(row: InputRow, kind: str, message: str) -> Outcome:
    """Return the outcome of a row of which there are no records."""
    return Outcome(row, kind=kind, error=message)


def _work_row(engine: Engine, seed: int, row: InputRow) -> Outcome:
    if row.smiles is None:
        return fail_row(row, "invalid_row", row.error or "the row could not be read")
    try:
        made = engine.synthesize(row.smiles, derive_seed(row.smiles, engine.modality, seed))
        notes = {**made.notes, **({"input": list(row.notes)} if row.notes else {})}
        return Outcome(row, _dump([to_json(record) for record in made.records]), _dump(notes))
    except AnyMolError as error:
        return fail_row(row, error.kind, str(error))
    # The border of the engines: a fault in one, or in RDKit below it, costs its row and not the run.
    except Exception as error:  # noqa: BLE001
        return fail_row(row, "internal", f"{type(error).__name__}: {shorten(str(error), 200)}")


def _dump(value: list[object] | Mapping[str, object]) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
