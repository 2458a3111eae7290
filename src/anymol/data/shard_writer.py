"""The writing of shards: molecules, texts and records are kept once, and spilt to files as they come."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from anymol.data.compact import pack_graph, pack_record
from anymol.data.example import InstructionExample
from anymol.data.shard_files import (
    EXAMPLE_SCHEMA,
    MOLECULE_SCHEMA,
    RECORD_SCHEMA,
    SPEAKERS,
    TEXT_SCHEMA,
    PartKind,
)
from anymol.files import hash_file
from anymol.modalities.content import MoleculePart, Part, RecordPart, TextPart
from anymol.modalities.graph import MolecularGraph
from anymol.modalities.modality import Modality

_EXAMPLES_PER_FILE: Final = 250_000
_MOLECULES_PER_FILE: Final = 500_000
_RECORD_BYTES_PER_FILE: Final = 64 << 20


class ShardWriter:
    """Interns molecules and texts, and spills examples to files.

    Args:
        directory: Where the files go.

    Attributes:
        files: Of each file written ``{"sha256", "bytes", "rows"}``.
        sources: Source -> ``{"licence", "examples"}``.
        counts: Task -> split -> number of examples.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.texts: dict[str, int] = {}
        self.molecules: dict[str, int] = {}
        self.selfies: list[str | None] = []
        self.graphs: dict[int, tuple[bytes, bytes]] = {}
        self.records: dict[bytes, int] = {}
        self.pending: list[tuple[str, int | None, bytes]] = []
        self.pending_bytes = 0
        self.rows: list[dict[str, Any]] = []
        self.files: dict[str, dict[str, Any]] = {}
        self.sources: dict[str, dict[str, Any]] = {}
        self.counts: dict[str, Counter[str]] = {}

    def add(self, example: InstructionExample, featurise: Callable[[str], MolecularGraph] | None) -> None:
        """Add an example.

        Raises:
            DataError: One of its records cannot be packed.
            ValueError: A graph is missing, or its source has two licences.
        """
        parts: list[tuple[int, int, int]] = []
        for message in example.messages:
            parts.append((PartKind.TURN, SPEAKERS.index(message.speaker), 0))
            parts.extend(self._reference(part, featurise) for part in message.parts)
        parts.append((PartKind.ANSWER, 0, 0))
        parts.extend(self._reference(part, featurise) for part in example.answer)
        self.rows.append(
            {
                "id": example.id,
                "task": example.task,
                "source": example.source,
                "split": example.split,
                "parts": [{"kind": kind, "ref": ref, "role": role} for kind, ref, role in parts],
            }
        )
        source = self.sources.setdefault(example.source, {"licence": example.licence, "examples": 0})
        if source["licence"] != example.licence:
            raise ValueError(f"source {example.source} has two licences: {source['licence']}, {example.licence}")
        source["examples"] += 1
        self.counts.setdefault(example.task, Counter())[example.split] += 1
        if len(self.rows) >= _EXAMPLES_PER_FILE:
            self.flush()

    def _reference(self, part: Part, featurise: Callable[[str], MolecularGraph] | None) -> tuple[int, int, int]:
        match part:
            case TextPart(text):
                return PartKind.TEXT, self.texts.setdefault(text, len(self.texts)), 0
            case MoleculePart(smiles, role, selfies):
                ref = self._molecule(smiles)
                if selfies is not None:
                    self.selfies[ref] = selfies
                return PartKind.MOLECULE, ref, role.index
            case RecordPart(modality=Modality.GRAPH):
                # A graph's atoms are in the order of its molecule's SMILES: it is kept beside it.
                if part.smiles is None:
                    raise ValueError("a graph part came without the SMILES of its molecule")
                ref = self._molecule(part.smiles)
                if ref not in self.graphs:
                    graph = part.record
                    if graph is None and featurise is not None:
                        graph = featurise(part.smiles)
                    if not isinstance(graph, MolecularGraph):
                        raise ValueError(f"a graph part came without its graph: {part.smiles}")
                    self.graphs[ref] = pack_graph(graph)
                return PartKind.GRAPH, ref, part.role.index
            case RecordPart():
                return PartKind.RECORD, self._record(part), part.role.index

    def _molecule(self, smiles: str) -> int:
        ref = self.molecules.setdefault(smiles, len(self.molecules))
        if ref == len(self.selfies):
            self.selfies.append(None)
        return ref

    def _record(self, part: RecordPart) -> int:
        assert part.record is not None  # only a graph may lack it
        data = pack_record(part.record)
        digest = hashlib.blake2b(f"{part.modality}/{part.smiles}/".encode() + data, digest_size=16).digest()
        if digest not in self.records:
            self.records[digest] = len(self.records)
            molecule = None if part.smiles is None else self._molecule(part.smiles)
            self.pending.append((part.modality, molecule, data))
            self.pending_bytes += len(data)
            if self.pending_bytes >= _RECORD_BYTES_PER_FILE:
                self._spill()
        return self.records[digest]

    def _spill(self) -> None:
        """Write the records gathered so far as one file: pictures would fill the memory."""
        if self.pending:
            index = sum(name.startswith("records-") for name in self.files)
            columns = [
                pa.array(column, field.type)
                for column, field in zip(zip(*self.pending, strict=True), RECORD_SCHEMA, strict=True)
            ]
            self._write(f"records-{index:05d}.parquet", pa.Table.from_arrays(columns, schema=RECORD_SCHEMA))
            self.pending, self.pending_bytes = [], 0

    def flush(self) -> None:
        """Write the examples gathered so far as one file."""
        if self.rows:
            index = sum(name.startswith("examples-") for name in self.files)
            self._write(f"examples-{index:05d}.parquet", pa.Table.from_pylist(self.rows, schema=EXAMPLE_SCHEMA))
            self.rows = []

    def finish(self) -> None:
        """Write everything that is still in memory."""
        self.flush()
        self._spill()
        smiles = list(self.molecules)
        for index, start in enumerate(range(0, max(len(smiles), 1), _MOLECULES_PER_FILE)):
            stop = min(start + _MOLECULES_PER_FILE, len(smiles))
            graphs = [self.graphs.get(ref, (None, None)) for ref in range(start, stop)]
            columns = [
                smiles[start:stop],
                self.selfies[start:stop],
                [atoms for atoms, _ in graphs],
                [bonds for _, bonds in graphs],
            ]
            arrays = [pa.array(column, type=field.type) for column, field in zip(columns, MOLECULE_SCHEMA, strict=True)]
            self._write(f"molecules-{index:05d}.parquet", pa.Table.from_arrays(arrays, schema=MOLECULE_SCHEMA))
        self._write("texts-00000.parquet", pa.table({"text": pa.array(list(self.texts), pa.string())}, TEXT_SCHEMA))

    def _write(self, name: str, table: pa.Table) -> None:
        path = self.directory / name
        pq.write_table(table, path, compression="zstd", compression_level=9)
        self.files[name] = {"sha256": hash_file(path), "bytes": path.stat().st_size, "rows": table.num_rows}
