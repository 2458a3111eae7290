"""Compact instruction data on disk: molecules and texts stored once, examples as references to them.

A shard directory holds

* ``molecules-*.parquet``: ``smiles`` as written; ``selfies`` (null where not made); ``atoms`` and ``bonds``, the bytes
  of the molecule's graph (null where it is never given as a graph);
* ``texts-*.parquet``: every distinct piece of text, once;
* ``records-*.parquet``: every distinct geometry, picture or spectrum once: ``modality``, ``molecule`` (the row of its
  molecule, null where it is not known) and ``record``, its bytes;
* ``examples-*.parquet``: ``id, task, source, split`` and ``parts``, a list of (kind, ref, role) in reading order;
* ``manifest.json``: schema version, sources with licences, counts, sha256 of each file, the leakage audit.

Reading needs neither RDKit nor torch. Writing goes to a temporary directory that is renamed at the end.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from anymol.data.compact import name_modality, pack_graph, pack_record, unpack_graph, unpack_record
from anymol.data.example import InstructionExample
from anymol.errors import DataError
from anymol.modalities.content import (
    ConformerPart,
    GraphPart,
    ImagePart,
    IrPart,
    Message,
    MoleculePart,
    Ms2Part,
    Part,
    RecordPart,
    Role,
    Speaker,
    TextPart,
)
from anymol.modalities.graph import MolecularGraph

SCHEMA_VERSION: Final = 1
MANIFEST: Final = "manifest.json"
PRETRAIN: Final = "pretrain"
"""Task name of plain documents."""

_EXAMPLES_PER_FILE: Final = 250_000
_MOLECULES_PER_FILE: Final = 500_000
_RECORD_BYTES_PER_FILE: Final = 64 << 20
_ROLES: Final = tuple(Role)
_SPEAKERS: Final = tuple(Speaker)


class PartKind(IntEnum):
    """What an entry of ``parts`` is. The numbers are the file format: append only."""

    TEXT = 0
    MOLECULE = 1
    GRAPH = 2
    TURN = 3
    ANSWER = 4
    RECORD = 5


_PART_TYPE = pa.list_(pa.struct([("kind", pa.uint8()), ("ref", pa.uint32()), ("role", pa.uint8())]))
_EXAMPLE_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("task", pa.dictionary(pa.int16(), pa.string())),
        ("source", pa.dictionary(pa.int16(), pa.string())),
        ("split", pa.dictionary(pa.int16(), pa.string())),
        ("parts", _PART_TYPE),
    ]
)
_MOLECULE_SCHEMA = pa.schema(
    [("smiles", pa.string()), ("selfies", pa.string()), ("atoms", pa.large_binary()), ("bonds", pa.large_binary())]
)
_TEXT_SCHEMA = pa.schema([("text", pa.string())])
_RECORD_SCHEMA = pa.schema(
    [("modality", pa.dictionary(pa.int8(), pa.string())), ("molecule", pa.uint32()), ("record", pa.large_binary())]
)


# ----------------------------------------------------------------------------------------------------------- manifest


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


# ------------------------------------------------------------------------------------------------------------ writing


class _Writer:
    """Interns molecules and texts, and spills examples to files."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.texts: dict[str, int] = {}
        self.molecules: dict[str, int] = {}
        self.selfies: list[str | None] = []
        self.graphs: dict[int, tuple[bytes, bytes]] = {}
        self.records: dict[bytes, int] = {}
        self.pending: list[tuple[str, int | None, bytes]] = []
        self.pending_bytes = 0
        self.n_records = 0
        self.rows: list[dict[str, Any]] = []
        self.files: dict[str, dict[str, Any]] = {}
        self.sources: dict[str, dict[str, Any]] = {}
        self.counts: dict[str, Counter[str]] = {}

    def add(self, example: InstructionExample, featurise: Callable[[str], MolecularGraph] | None) -> None:
        parts: list[tuple[int, int, int]] = []
        for message in example.messages:
            parts.append((PartKind.TURN, _SPEAKERS.index(message.speaker), 0))
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
            case GraphPart(smiles, role, graph):
                ref = self._molecule(smiles)
                if ref not in self.graphs:
                    if graph is None:
                        if featurise is None:
                            raise ValueError(f"a graph part came without its graph: {smiles}")
                        graph = featurise(smiles)
                    self.graphs[ref] = pack_graph(graph)
                return PartKind.GRAPH, ref, role.index
            case ConformerPart() | ImagePart() | Ms2Part() | IrPart():
                return PartKind.RECORD, self._record(part), part.role.index

    def _molecule(self, smiles: str) -> int:
        ref = self.molecules.setdefault(smiles, len(self.molecules))
        if ref == len(self.selfies):
            self.selfies.append(None)
        return ref

    def _record(self, part: RecordPart) -> int:
        data = pack_record(part)
        digest = hashlib.blake2b(f"{name_modality(part)}/{part.smiles}/".encode() + data, digest_size=16).digest()
        if digest not in self.records:
            self.records[digest] = len(self.records)
            molecule = None if part.smiles is None else self._molecule(part.smiles)
            self.pending.append((name_modality(part), molecule, data))
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
                for column, field in zip(zip(*self.pending, strict=True), _RECORD_SCHEMA, strict=True)
            ]
            self._write(f"records-{index:05d}.parquet", pa.Table.from_arrays(columns, schema=_RECORD_SCHEMA))
            self.pending, self.pending_bytes = [], 0

    def flush(self) -> None:
        """Write the examples gathered so far as one file."""
        if self.rows:
            index = sum(name.startswith("examples-") for name in self.files)
            self._write(f"examples-{index:05d}.parquet", pa.Table.from_pylist(self.rows, schema=_EXAMPLE_SCHEMA))
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
            arrays = [
                pa.array(column, type=field.type) for column, field in zip(columns, _MOLECULE_SCHEMA, strict=True)
            ]
            self._write(f"molecules-{index:05d}.parquet", pa.Table.from_arrays(arrays, schema=_MOLECULE_SCHEMA))
        self._write("texts-00000.parquet", pa.table({"text": pa.array(list(self.texts), pa.string())}, _TEXT_SCHEMA))

    def _write(self, name: str, table: pa.Table) -> None:
        path = self.directory / name
        pq.write_table(table, path, compression="zstd", compression_level=9)
        self.files[name] = {"sha256": hash_file(path), "bytes": path.stat().st_size, "rows": table.num_rows}


def hash_file(path: Path) -> str:
    """Return the sha256 of a file, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_shards(
    examples: Iterable[InstructionExample],
    directory: Path | str,
    *,
    name: str,
    created_with: Mapping[str, str] | None = None,
    refused: Callable[[], Mapping[str, int]] | None = None,
    config: Mapping[str, Any] | None = None,
    audit: Callable[[Path], Mapping[str, Any]] | None = None,
    featurise: Callable[[str], MolecularGraph] | None = None,
) -> Manifest:
    """Write examples as a shard directory; an older shard directory at that place is replaced at the end.

    Args:
        examples: The examples, in the order they shall keep.
        directory: Where to.
        name: Name of the build.
        created_with: Versions of the programs that made the answers.
        refused: Asked, once all examples are written, for the candidates not taken, by reason.
        config: The configuration, for the manifest.
        audit: Run on the finished temporary directory before it gets its name; may raise to refuse it.
        featurise: Makes the graph of a graph part that came without.

    Raises:
        DataError: When something that is not a shard directory stands at `directory`, or there are no examples.
    """
    directory = Path(directory)
    if directory.exists() and not (directory / MANIFEST).is_file() and any(directory.iterdir()):
        raise DataError("this directory holds something else than shards", value=directory, hint="give an empty one")
    directory.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    try:
        writer = _Writer(temporary)
        for example in examples:
            writer.add(example, featurise)
        if not writer.counts:
            raise DataError(
                "there are no examples to write", value=directory, hint="check the data config's components"
            )
        writer.finish()
        manifest = Manifest(
            name=name,
            schema_version=SCHEMA_VERSION,
            created_with=dict(created_with or {}),
            sources=dict(sorted(writer.sources.items())),
            counts={task: dict(sorted(counts.items())) for task, counts in sorted(writer.counts.items())},
            files=writer.files,
            refused=dict(refused()) if refused is not None else {},
            audit=None,
            config=dict(config or {}),
        )
        write_manifest(manifest, temporary)
        if audit is not None:
            manifest = Manifest(**{**manifest.to_json(), "audit": dict(audit(temporary))})
            write_manifest(manifest, temporary)
        temporary.chmod(0o755)
        _replace(temporary, directory)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return manifest


def write_manifest(manifest: Manifest, directory: Path) -> None:
    """Write ``manifest.json``, atomically."""
    temporary = directory / f".{MANIFEST}.{os.getpid()}"
    temporary.write_text(json.dumps(manifest.to_json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    temporary.replace(directory / MANIFEST)


def _replace(temporary: Path, directory: Path) -> None:
    """Give a finished directory its name; a directory cannot be renamed over a full one, so that one moves first."""
    if not directory.exists():
        temporary.rename(directory)
        return
    outdated = directory.with_name(f".{directory.name}-outdated-{os.getpid()}")
    directory.rename(outdated)
    temporary.rename(directory)
    shutil.rmtree(outdated)


# ------------------------------------------------------------------------------------------------------------ reading


class ShardReader(Sequence[InstructionExample]):
    """The examples of a shard directory, by index. Needs no RDKit.

    Args:
        directory: The shard directory.
        split: Only this split.
        tasks: Only these tasks.

    Attributes:
        manifest: What the directory says of itself.
        tasks: Name of the task of each example, shape (len(self),).
        splits: Name of the split of each example, shape (len(self),).

    Raises:
        DataError: When the directory is missing, damaged or of another version.
    """

    def __init__(
        self, directory: Path | str, *, split: str | None = None, tasks: Collection[str] | None = None
    ) -> None:
        self.directory = Path(directory)
        self.manifest = read_manifest(self.directory)
        examples = self._read("examples-", _EXAMPLE_SCHEMA)
        molecules = self._read("molecules-", _MOLECULE_SCHEMA)
        self._smiles = molecules["smiles"]
        self._selfies = molecules["selfies"]
        self._atoms = molecules["atoms"]
        self._bonds = molecules["bonds"]
        self._texts: list[str] = self._read("texts-", _TEXT_SCHEMA)["text"].to_pylist()
        records = self._read("records-", _RECORD_SCHEMA)
        self._modalities = records["modality"].cast(pa.string())
        self._record_molecules = records["molecule"]
        self._records = records["record"]
        parts = examples["parts"]
        self._starts: NDArray[np.int64] = parts.offsets.to_numpy().astype(np.int64)
        flat = parts.values
        self._kinds: NDArray[np.uint8] = flat.field("kind").to_numpy()
        self._refs: NDArray[np.uint32] = flat.field("ref").to_numpy()
        self._roles: NDArray[np.uint8] = flat.field("role").to_numpy()
        self._ids = examples["id"]
        self._sources = examples["source"]
        all_tasks = np.asarray(examples["task"].cast(pa.string()).to_pylist(), dtype=object)
        all_splits = np.asarray(examples["split"].cast(pa.string()).to_pylist(), dtype=object)
        keep = np.ones(len(all_tasks), dtype=bool)
        if split is not None:
            keep &= all_splits == split
        if tasks is not None:
            keep &= np.isin(all_tasks.astype(str), list(tasks))
        self._rows: NDArray[np.int64] = np.flatnonzero(keep)
        self.tasks: NDArray[np.str_] = all_tasks[keep].astype(str)
        self.splits: NDArray[np.str_] = all_splits[keep].astype(str)

    def _read(self, prefix: str, schema: pa.Schema) -> dict[str, Any]:
        """Return the columns of all files of one kind, each as one array."""
        names = sorted(name for name in self.manifest.files if name.startswith(prefix))
        tables = []
        for name in names:
            try:
                tables.append(pq.read_table(self.directory / name))
            except (OSError, pa.ArrowInvalid) as error:
                raise DataError(
                    f"{name} cannot be read: {error}", value=self.directory, hint="build the shards again"
                ) from error
        whole = pa.concat_tables(tables).cast(schema) if tables else schema.empty_table()
        columns = {}
        for field in schema:
            column = whole[field.name].combine_chunks()
            columns[field.name] = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        return columns

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[InstructionExample]:
        return (self[index] for index in range(len(self)))

    def __getitem__(self, index: Any) -> Any:
        """Return one example, with graphs and SELFIES filled in; a slice gives a list."""
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        row = int(self._rows[index])
        messages: list[Message] = []
        parts: list[Part] = []
        speaker: Speaker | None = None
        for position in range(self._starts[row], self._starts[row + 1]):
            ref, role = int(self._refs[position]), int(self._roles[position])
            match self._kinds[position]:
                case PartKind.TEXT:
                    parts.append(TextPart(self._texts[ref]))
                case PartKind.MOLECULE:
                    parts.append(MoleculePart(self._smiles[ref].as_py(), _ROLES[role], self._selfies[ref].as_py()))
                case PartKind.GRAPH:
                    graph = unpack_graph(self._atoms[ref].as_py(), self._bonds[ref].as_py())
                    parts.append(GraphPart(self._smiles[ref].as_py(), _ROLES[role], graph))
                case PartKind.RECORD:
                    parts.append(self._record(ref, _ROLES[role]))
                case PartKind.TURN | PartKind.ANSWER as kind:
                    if speaker is not None:
                        messages.append(Message(speaker, tuple(parts)))
                    parts = []
                    speaker = _SPEAKERS[ref] if kind == PartKind.TURN else None
        source = str(self._sources[row])
        return InstructionExample(
            id=self._ids[row].as_py(),
            task=str(self.tasks[index]),
            messages=tuple(messages),
            answer=tuple(parts),
            source=source,
            licence=str(self.manifest.sources[source]["licence"]),
            split=str(self.splits[index]),
        )

    def _record(self, ref: int, role: Role) -> RecordPart:
        molecule = self._record_molecules[ref].as_py()
        smiles = None if molecule is None else self._smiles[molecule].as_py()
        return unpack_record(self._modalities[ref].as_py(), self._records[ref].as_py(), role, smiles)

    def texts(self) -> Sequence[str]:
        """Return every distinct piece of text (for the training of a tokenizer)."""
        return self._texts

    def molecules(self) -> Iterator[str]:
        """Yield every distinct written SMILES."""
        return (smiles.as_py() for smiles in self._smiles)

    def selfies(self) -> Iterator[str]:
        """Yield the SELFIES of every distinct written molecule.

        Raises:
            DataError: When the shards were built without them.
        """
        if len(self._selfies) and self._selfies.null_count == len(self._selfies):
            raise DataError(
                "these shards hold no SELFIES", value=self.directory, hint="build them with 'selfies: true'"
            )
        return (selfies.as_py() for selfies in self._selfies.drop_null())

    def lengths(self) -> NDArray[np.int64]:
        """Return a rough length of each example, shape (len(self),): characters of text and SMILES plus atoms."""
        import pyarrow.compute as pc

        text = np.asarray([len(piece) for piece in self._texts], dtype=np.int64)
        written = pc.utf8_length(self._smiles).to_numpy(zero_copy_only=False).astype(np.int64)
        atoms = pc.fill_null(pc.binary_length(self._atoms), 0).to_numpy(zero_copy_only=False).astype(np.int64) // 2
        per_part = np.zeros(len(self._kinds), dtype=np.int64)
        for kind, table in ((PartKind.TEXT, text), (PartKind.MOLECULE, written), (PartKind.GRAPH, atoms)):
            chosen = self._kinds == kind
            if chosen.any():
                per_part[chosen] = table[self._refs[chosen]]
        return self._sum_parts(per_part)

    def modalities(self) -> dict[str, NDArray[np.bool_]]:
        """Return for each modality that occurs which examples hold it, shape (len(self),)."""
        is_record = self._kinds == PartKind.RECORD
        found = {"graph": self._sum_parts((self._kinds == PartKind.GRAPH).astype(np.int64)) > 0}
        names = np.asarray(self._modalities.to_pylist(), dtype=str)
        for name in np.unique(names):
            mine = np.zeros(len(self._kinds), dtype=np.int64)
            mine[is_record] = names[self._refs[is_record]] == name
            found[str(name)] = self._sum_parts(mine) > 0
        return {name: held for name, held in found.items() if held.any()}

    def _sum_parts(self, per_part: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the sum of a figure over the parts of each example."""
        total: NDArray[np.int64] = np.concatenate([np.zeros(1, np.int64), np.cumsum(per_part)])
        sums: NDArray[np.int64] = total[self._starts[self._rows + 1]] - total[self._starts[self._rows]]
        return sums
