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

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from anymol.data.compact import COUNTED, count_points, unpack_graph, unpack_record
from anymol.data.example import InstructionExample
from anymol.data.shard_files import (
    EXAMPLE_SCHEMA,
    MOLECULE_SCHEMA,
    RECORD_SCHEMA,
    ROLES,
    SHARDS,
    SPEAKERS,
    TEXT_SCHEMA,
    PartKind,
    ShardManifest,
    read_manifest,
    write_manifest,
)
from anymol.data.shard_writer import ShardWriter
from anymol.errors import DataError
from anymol.modalities.content import Message, MoleculePart, Part, RecordPart, Role, Speaker, TextPart
from anymol.modalities.graph import MolecularGraph
from anymol.modalities.modality import Modality

PRETRAIN: Final = "pretrain"
"""Task name of plain documents."""


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
) -> ShardManifest:
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
    with SHARDS.stage(directory) as draft:
        writer = ShardWriter(draft)
        for example in examples:
            writer.add(example, featurise)
        if not writer.counts:
            raise DataError(
                "there are no examples to write", value=directory, hint="check the data config's components"
            )
        writer.finish()
        manifest = ShardManifest(
            name=name,
            schema_version=SHARDS.schema,
            created_with=dict(created_with or {}),
            sources=dict(sorted(writer.sources.items())),
            counts={task: dict(sorted(counts.items())) for task, counts in sorted(writer.counts.items())},
            files=writer.files,
            refused=dict(refused()) if refused is not None else {},
            audit=None,
            config=dict(config or {}),
        )
        write_manifest(manifest, draft)
        if audit is not None:
            manifest = replace(manifest, audit=dict(audit(draft)))
            write_manifest(manifest, draft)
    return manifest


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
        examples = self._read("examples-", EXAMPLE_SCHEMA)
        molecules = self._read("molecules-", MOLECULE_SCHEMA)
        self._smiles = molecules["smiles"]
        self._selfies = molecules["selfies"]
        self._atoms = molecules["atoms"]
        self._bonds = molecules["bonds"]
        self._texts: list[str] = self._read("texts-", TEXT_SCHEMA)["text"].to_pylist()
        records = self._read("records-", RECORD_SCHEMA)
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
                    parts.append(MoleculePart(self._smiles[ref].as_py(), ROLES[role], self._selfies[ref].as_py()))
                case PartKind.GRAPH:
                    graph = unpack_graph(self._atoms[ref].as_py(), self._bonds[ref].as_py())
                    parts.append(RecordPart(Modality.GRAPH, graph, ROLES[role], self._smiles[ref].as_py()))
                case PartKind.RECORD:
                    parts.append(self._record(ref, ROLES[role]))
                case PartKind.TURN | PartKind.ANSWER as kind:
                    if speaker is not None:
                        messages.append(Message(speaker, tuple(parts)))
                    parts = []
                    speaker = SPEAKERS[ref] if kind == PartKind.TURN else None
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
        try:
            modality = Modality(self._modalities[ref].as_py())
        except ValueError as error:
            raise DataError(f"records of an unknown modality: {error}", value=self.directory) from error
        return RecordPart(modality, unpack_record(modality, self._records[ref].as_py()), role, smiles)

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
        """Return a rough length of each example, shape (len(self),).

        Characters of text and SMILES, plus the tokens that graphs, geometries and mass spectra take: one per atom, one
        per heavy atom, one per peak and one for the measurement. How many a picture or an infrared spectrum takes
        only the model knows; they count nothing here, and :meth:`uncounted` says how many there are.
        """
        import pyarrow.compute as pc

        text = np.asarray([len(piece) for piece in self._texts], dtype=np.int64)
        written = pc.utf8_length(self._smiles).to_numpy(zero_copy_only=False).astype(np.int64)
        atoms = pc.fill_null(pc.binary_length(self._atoms), 0).to_numpy(zero_copy_only=False).astype(np.int64) // 2
        per_part = np.zeros(len(self._kinds), dtype=np.int64)
        points = np.zeros(len(self._records), dtype=np.int64)
        for ref, modality in enumerate(self._modalities.to_pylist()):
            if modality in COUNTED:  # a picture's bytes are not even looked at
                points[ref] = count_points(modality, self._records[ref].as_py()) or 0
        kinds = ((PartKind.TEXT, text), (PartKind.MOLECULE, written), (PartKind.GRAPH, atoms))
        for kind, table in (*kinds, (PartKind.RECORD, points)):
            chosen = self._kinds == kind
            if chosen.any():
                per_part[chosen] = table[self._refs[chosen]]
        return self._sum_parts(per_part)

    def uncounted(self) -> NDArray[np.int64]:
        """Return how many records of each example :meth:`lengths` leaves out, shape (len(self),)."""
        per_part = np.zeros(len(self._kinds), dtype=np.int64)
        chosen = self._kinds == PartKind.RECORD
        names = np.asarray(self._modalities.to_pylist(), dtype=str)
        per_part[chosen] = ~np.isin(names[self._refs[chosen]], COUNTED)
        return self._sum_parts(per_part)

    def modalities(self) -> dict[str, NDArray[np.bool_]]:
        """Return for each modality that occurs which examples hold it, shape (len(self),)."""
        is_record = self._kinds == PartKind.RECORD
        found = {Modality.GRAPH.value: self._sum_parts((self._kinds == PartKind.GRAPH).astype(np.int64)) > 0}
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
