"""Encoded corpora: every example tokenised once, kept as flat arrays that are mapped into memory.

Files of a corpus (all ``.npy``, plus ``manifest.json``): ``tokens`` (N,), ``learned`` (N,) 1 where a token carries
loss, ``offsets`` (n + 1,), ``task`` (n,), ``graph_offsets`` (n + 1,) into ``graph_of`` and ``roles`` (one entry per
graph of an example), and the distinct graphs: ``atoms`` (V, 2), ``bonds`` (2, E), ``bond_features`` (E, 2) with
``atom_offsets`` and ``bond_offsets`` (m + 1,). For every other modality that occurs, ``ms2.offsets`` (n + 1,) into
``ms2.of`` and ``ms2.roles``, and of its distinct records each array that its encoder reads, end to end along the first
axis: ``ms2.peaks`` with ``ms2.peaks.offsets`` (m + 1,).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from anymol.artifact import ArtifactKind
from anymol.data.example import InstructionExample
from anymol.encoders.table import COLLATE
from anymol.errors import DataError
from anymol.modalities.graph import MolecularGraph
from anymol.models.loss import IGNORED
from anymol.processor import Shown

CORPUS: Final = ArtifactKind(
    "an encoded corpus", "manifest.json", 2, DataError, "delete the folder: it is encoded again"
)


class Encoded(Protocol):
    """What a processor makes of one example."""

    @property
    def input_ids(self) -> Sequence[int]:
        """Tokens."""
        ...

    @property
    def labels(self) -> Sequence[int]:
        """As long as the tokens; -100 where there is no loss."""
        ...

    @property
    def graphs(self) -> Sequence[MolecularGraph]:
        """Graphs of the placeholders, in reading order."""
        ...

    @property
    def roles(self) -> Sequence[int]:
        """Index of each graph's role."""
        ...

    @property
    def shown(self) -> Sequence[Shown]:
        """Records of all other placeholders, in reading order."""
        ...


Encode = Callable[[Sequence[InstructionExample]], Iterable[Encoded]]
"""Encodes a chunk of examples, in order."""


@dataclass(frozen=True, eq=False)
class EncodedCorpus:
    """Examples as flat arrays (see the head of this file).

    Attributes:
        arrays: The arrays by name.
        tasks: Task names; ``task`` holds indices into them.
    """

    arrays: dict[str, NDArray[Any]]
    tasks: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.arrays["task"])

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Shape (n,). Tokens of each example."""
        return np.diff(self.arrays["offsets"])

    @property
    def task(self) -> NDArray[np.uint8]:
        """Shape (n,). Task of each example, as an index into `tasks`."""
        return self.arrays["task"]

    @property
    def n_graphs(self) -> NDArray[np.int64]:
        """Shape (n,). Graphs of each example."""
        return np.diff(self.arrays["graph_offsets"])

    @cached_property
    def modalities(self) -> tuple[str, ...]:
        """Modalities that occur, other than the graph."""
        return tuple(sorted(name.removesuffix(".of") for name in self.arrays if name.endswith(".of")))

    @cached_property
    def n_shown(self) -> NDArray[np.int64]:
        """Shape (n,). Graphs and records of each example."""
        others = (np.diff(self.arrays[f"{name}.offsets"]) for name in self.modalities)
        counts: NDArray[np.int64] = sum(others, start=self.n_graphs.astype(np.int64))
        return counts

    @cached_property
    def n_targets(self) -> NDArray[np.int64]:
        """Shape (n,). Tokens of each example that carry loss; a first token never does, as nothing precedes it."""
        learned = np.concatenate([np.zeros(1, np.int64), np.cumsum(self.arrays["learned"], dtype=np.int64)])
        offsets = self.arrays["offsets"]
        first = np.zeros(len(self), np.int64)
        filled = np.flatnonzero(self.lengths)
        first[filled] = self.arrays["learned"][offsets[:-1][filled]]
        counts: NDArray[np.int64] = learned[offsets[1:]] - learned[offsets[:-1]] - first
        return counts

    def tokens_of(self, example: int) -> tuple[NDArray[np.integer], NDArray[np.uint8]]:
        """Return the tokens of one example, and 1 where a token carries loss."""
        start, end = self.arrays["offsets"][example : example + 2]
        return self.arrays["tokens"][start:end], self.arrays["learned"][start:end]

    def graphs_of(self, examples: Sequence[int]) -> dict[str, Tensor] | None:
        """Return the graphs of some examples, in order, as one disjoint union.

        Returns:
            ``atoms`` (V, 2), ``bonds`` (2, E), ``bond_features`` (E, 2), ``n_atoms`` (M,), ``roles`` (M,) and
            ``prompts`` (M,), the place of each graph's example in `examples`, all int64; None where no example has a
            graph.
        """
        a = self.arrays
        graph_numbers: list[int] = []
        roles: list[int] = []
        prompts: list[int] = []
        for place, example in enumerate(examples):
            start, end = a["graph_offsets"][example : example + 2]
            graph_numbers.extend(a["graph_of"][start:end].tolist())
            roles.extend(a["roles"][start:end].tolist())
            prompts.extend([place] * int(end - start))
        if not graph_numbers:
            return None
        atoms, bonds, features, n_atoms = [], [], [], []
        before = 0
        for number in graph_numbers:
            first, last = a["atom_offsets"][number : number + 2]
            first_bond, last_bond = a["bond_offsets"][number : number + 2]
            atoms.append(a["atoms"][first:last])
            bonds.append(a["bonds"][:, first_bond:last_bond].astype(np.int64) + before)
            features.append(a["bond_features"][first_bond:last_bond])
            n_atoms.append(int(last - first))
            before += int(last - first)
        return {
            "atoms": torch.from_numpy(np.concatenate(atoms).astype(np.int64)),
            "bonds": torch.from_numpy(np.concatenate(bonds, axis=1)),
            "bond_features": torch.from_numpy(np.concatenate(features).astype(np.int64)),
            "n_atoms": torch.tensor(n_atoms, dtype=torch.int64),
            "roles": torch.tensor(roles, dtype=torch.int64),
            "prompts": torch.tensor(prompts, dtype=torch.int64),
        }

    def records_of(self, examples: Sequence[int]) -> dict[str, dict[str, Tensor]]:
        """Return the records of some examples, in order, as the batch of each modality that occurs among them.

        Returns:
            Modality -> what its ``collate`` gives, with ``roles`` (M,) and ``prompts`` (M,), the place of each record's
            example in `examples`, both int64.
        """
        batches = {}
        for name in self.modalities:
            offsets, of, roles = (self.arrays[f"{name}.{part}"] for part in ("offsets", "of", "roles"))
            places = [
                (prompt, int(entry))
                for prompt, example in enumerate(examples)
                for entry in range(offsets[example], offsets[example + 1])
            ]
            if places:
                entries = [entry for _, entry in places]
                batches[name] = {
                    **COLLATE[name]([self._features(name, int(of[entry])) for entry in entries]),
                    "roles": torch.from_numpy(roles[entries].astype(np.int64)),
                    "prompts": torch.tensor([prompt for prompt, _ in places], dtype=torch.int64),
                }
        return batches

    def _features(self, modality: str, record: int) -> dict[str, NDArray[Any]]:
        """Return what the encoder reads of one record; copies, as the arrays may be mapped files."""
        found = {}
        for name in self.arrays:
            feature = name.removeprefix(f"{modality}.")
            if feature != name and f"{name}.offsets" in self.arrays:
                start, end = self.arrays[f"{name}.offsets"][record : record + 2]
                found[feature] = np.array(self.arrays[name][start:end])
        return found

    def save(self, directory: Path, *, key: str) -> None:
        """Write the corpus under a temporary name and rename it."""
        with CORPUS.stage(directory) as draft:
            for name, array in self.arrays.items():
                np.save(draft / f"{name}.npy", array, allow_pickle=False)
            CORPUS.write(draft, {"key": key, "tasks": self.tasks, "examples": len(self), "arrays": list(self.arrays)})

    @classmethod
    def load(cls, directory: Path) -> EncodedCorpus:
        """Map a saved corpus into memory.

        Raises:
            DataError: If it is missing or of another schema.
        """
        manifest = CORPUS.read(directory)
        try:
            arrays = {name: np.load(directory / f"{name}.npy", mmap_mode="r") for name in manifest["arrays"]}
        except (OSError, ValueError, KeyError) as error:
            raise CORPUS.damage(directory, error) from error
        return cls(arrays, tuple(manifest["tasks"]))


def encode_corpus(
    examples: Iterable[InstructionExample],
    encode: Encode,
    *,
    vocab_size: int,
    chunk: int = 2048,
    on_progress: Callable[[int], None] = lambda _: None,
) -> EncodedCorpus:
    """Tokenise examples into one corpus.

    Args:
        examples: The examples, in the order that the corpus keeps.
        encode: The processor's encoding of a chunk.
        vocab_size: Decides the width of a token's number.
        chunk: Examples encoded at once.
        on_progress: Called with the number of examples done so far.
    """
    token_type = np.uint16 if vocab_size <= np.iinfo(np.uint16).max else np.int32
    tokens: list[NDArray[Any]] = []
    learned: list[NDArray[Any]] = []
    lengths: list[int] = []
    tasks: dict[str, int] = {}
    task: list[int] = []
    graph_counts: list[int] = []
    graph_of: list[int] = []
    roles: list[int] = []
    known: dict[bytes, int] = {}
    graphs: list[MolecularGraph] = []
    shelves: dict[str, _Shelf] = {}
    for batch in _chunks(examples, chunk):
        for example, encoded in zip(batch, encode(batch), strict=True):
            tokens.append(np.asarray(encoded.input_ids, dtype=token_type))
            learned.append(np.asarray(encoded.labels) != IGNORED)
            lengths.append(len(tokens[-1]))
            task.append(tasks.setdefault(example.task, len(tasks)))
            graph_counts.append(len(encoded.graphs))
            roles.extend(encoded.roles)
            for graph in encoded.graphs:
                digest = _graph_digest(graph)
                number = known.setdefault(digest, len(graphs))
                if number == len(graphs):
                    graphs.append(graph)
                graph_of.append(number)
            for one in encoded.shown:
                shelves.setdefault(one.modality, _Shelf()).add(len(task) - 1, one)
        on_progress(len(task))
    arrays: dict[str, NDArray[Any]] = {
        "tokens": np.concatenate([*tokens, np.zeros(0, token_type)]),
        "learned": np.concatenate([*learned, np.zeros(0, bool)]).astype(np.uint8),
        "offsets": _offsets(lengths),
        "task": np.asarray(task, dtype=np.uint8),
        "graph_offsets": _offsets(graph_counts),
        "graph_of": np.asarray(graph_of, dtype=np.int32),
        "roles": np.asarray(roles, dtype=np.uint8),
        "atoms": np.concatenate([*(graph.atoms for graph in graphs), np.zeros((0, 2), np.uint8)]),
        # A bond names atoms of its own graph, so two bytes are plenty.
        "bonds": np.concatenate([*(graph.bonds for graph in graphs), np.zeros((2, 0), np.int32)], axis=1).astype(
            np.uint16
        ),
        "bond_features": np.concatenate([*(graph.bond_features for graph in graphs), np.zeros((0, 2), np.uint8)]),
        "atom_offsets": _offsets([graph.n_atoms for graph in graphs]),
        "bond_offsets": _offsets([graph.bonds.shape[1] for graph in graphs]),
    }
    for name, shelf in shelves.items():
        arrays.update({f"{name}.{part}": array for part, array in shelf.gather(len(task)).items()})
    return EncodedCorpus(arrays, tuple(tasks))


class _Shelf:
    """The distinct records of one modality, and which examples show them."""

    def __init__(self) -> None:
        self._known: dict[bytes, int] = {}
        self._features: dict[str, list[NDArray[Any]]] = {}
        self._examples: list[int] = []
        self._of: list[int] = []
        self._roles: list[int] = []

    def add(self, example: int, shown: Shown) -> None:
        """Note a record of an example; examples come in rising order."""
        digest = hashlib.blake2b(digest_size=16)
        for name in sorted(shown.features):
            digest.update(name.encode() + np.ascontiguousarray(shown.features[name]).tobytes())
        number = self._known.setdefault(digest.digest(), len(self._known))
        if number == len(self._features.get(next(iter(shown.features)), ())):
            for name, array in shown.features.items():
                self._features.setdefault(name, []).append(array)
        self._examples.append(example)
        self._of.append(number)
        self._roles.append(shown.role)

    def gather(self, n_examples: int) -> dict[str, NDArray[Any]]:
        """Return the arrays of the corpus, named without the modality."""
        arrays: dict[str, NDArray[Any]] = {
            "offsets": _offsets(np.bincount(self._examples, minlength=n_examples).tolist()),
            "of": np.asarray(self._of, dtype=np.int32),
            "roles": np.asarray(self._roles, dtype=np.uint8),
        }
        for name, pieces in self._features.items():
            arrays[name] = np.concatenate(pieces)
            arrays[f"{name}.offsets"] = _offsets([len(piece) for piece in pieces])
        return arrays


def corpus_key(*parts: str | bytes) -> str:
    """Return the checksum of everything that decides what a corpus holds."""
    digest = hashlib.sha256(f"corpus-v{CORPUS.schema}".encode())
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()[:16]


def _offsets(counts: Sequence[int]) -> NDArray[np.int64]:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(np.asarray(counts, dtype=np.int64))])


def _graph_digest(graph: MolecularGraph) -> bytes:
    digest = hashlib.blake2b(graph.atoms.tobytes(), digest_size=16)
    digest.update(graph.bonds.tobytes() + b"/" + graph.bond_features.tobytes())
    return digest.digest()


def _chunks(examples: Iterable[InstructionExample], size: int) -> Iterator[list[InstructionExample]]:
    chunk: list[InstructionExample] = []
    for example in examples:
        chunk.append(example)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
