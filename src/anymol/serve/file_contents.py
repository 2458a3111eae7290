"""What a file inside a request holds: its molecules, or the spectrum, geometry or drawing that it shows."""

from __future__ import annotations

from itertools import islice
from typing import Any, Final

from anymol.modalities.modality import Modality
from anymol.modalities.storage import to_json
from anymol.readers.molecules import read_molecules
from anymol.readers.parts import find_modality, read_shown
from anymol.readers.reactions import read_reactions
from anymol.readers.rows import RecordRow
from anymol.serve.inline_files import open_inline
from anymol.serve.requests import ReadRequest

_DRAWN: Final = frozenset({Modality.MS2, Modality.IR, Modality.CONFORMER})
"""What is sent back as a record; a drawing is known to who sent it, and a graph is its SMILES."""
_REACTIONS: Final = frozenset({".rxn", ".rdf", ".rd", ".rsmi"})
"""Endings of files that hold reactions."""


def read_contents(request: ReadRequest, *, limit: int, rows: int) -> dict[str, Any]:
    """Return what a file holds.

    Args:
        request: The file.
        limit: Most bytes of it.
        rows: Molecules that are read at most.

    Raises:
        InvalidFileError: It is too large, cannot be decoded, is of no kind that is read, or its first record is bad.
    """
    with open_inline(request.file, limit) as path:
        if path.suffix.lower() in _REACTIONS:
            reactions = islice(read_reactions(path), rows + 1)
            found = [_write_row(row, None if row.record is None else row.record.smiles) for row in reactions]
            return _write("reaction", request, found, rows)
        modality = find_modality(path)
        listed: list[dict[str, Any]] = []
        if modality is None:
            molecules = read_molecules(path, charge=request.charge)
            listed = [_write_row(row, row.smiles) for row in islice(molecules, rows + 1)]
            return _write(Modality.GRAPH, request, listed, rows)
        shown = read_shown(path, modality, charge=request.charge)
    record = shown.parts[0].record if modality in _DRAWN else None
    if shown.smiles is not None:
        listed = [{"name": None, "smiles": shown.smiles, "error": None, "notes": []}]
    written = _write(modality, request, listed, rows)
    return written | {"record": None if record is None else to_json(record), "notes": list(shown.notes)}


def _write(kind: str, request: ReadRequest, listed: list[dict[str, Any]], rows: int) -> dict[str, Any]:
    return {
        "file": request.file.filename,
        "modality": str(kind),
        "molecules": listed[:rows],
        "is_whole": len(listed) <= rows,
        "record": None,
        "notes": [],
    }


def _write_row(row: RecordRow[Any], smiles: str | None) -> dict[str, Any]:
    return {"name": row.name, "smiles": smiles, "error": row.error, "notes": list(row.notes)}
