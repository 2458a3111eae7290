"""Encoded corpora: every example tokenised once, kept as flat arrays that are mapped into memory.

Files of a corpus (all ``.npy``, plus ``manifest.json``): ``tokens`` (N,), ``learned`` (N,) 1 where a token carries
loss, ``offsets`` (n + 1,) and ``task`` (n,). For every modality that occurs, such as ms2, ``ms2.offsets`` (n + 1,) into
``ms2.of`` and ``ms2.roles`` (one entry per record of an example), and of its distinct records each array that its
encoder reads, end to end along the first axis: ``ms2.peaks`` with ``ms2.peaks.offsets`` (m + 1,).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from anymol.artifact import ArtifactKind, hash_files
from anymol.data.example import InstructionExample
from anymol.errors import DataError
from anymol.modalities.modality import Modality
from anymol.models.loss import IGNORED
from anymol.models.prompt_writer import EncodedRecord, collate_records

CORPUS: Final = ArtifactKind(
    "an encoded corpus",
    "manifest.json",
    4,
    DataError,
    "delete the folder: it is encoded again",
    {"key": str, "tasks": list, "examples": int, "arrays": list, "files": dict},
)


class Encoded(Protocol):
    """What a processor makes of one example."""

    @property
    def input_ids(self) -> Sequence[int]:
        """Tokens of prompt and answer, shape (L,)."""
        ...

    @property
    def labels(self) -> Sequence[int]:
        """As long as the tokens; -100 where there is no loss."""
        ...

    @property
    def records(self) -> Sequence[EncodedRecord]:
        """Records of the placeholders, in reading order."""
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

    @cached_property
    def _readings(self) -> dict[Modality, tuple[str, ...]]:
        """Modalities that occur, and the arrays that their encoders read."""
        return {
            name: tuple(
                array.removeprefix(f"{name}.")
                for array in self.arrays
                if array.startswith(f"{name}.") and f"{array}.offsets" in self.arrays
            )
            for name in Modality
            if f"{name}.of" in self.arrays
        }

    def modalities_of(self, examples: Sequence[int]) -> set[Modality]:
        """Return the modalities of which some examples hold a record."""
        places = np.asarray(examples, dtype=np.int64)
        found = set()
        for name in self._readings:
            offsets = self.arrays[f"{name}.offsets"]
            if (offsets[places + 1] > offsets[places]).any():
                found.add(name)
        return found

    @cached_property
    def n_records(self) -> NDArray[np.int64]:
        """Shape (n,). Records of each example."""
        counts = [np.diff(self.arrays[f"{name}.offsets"]) for name in self._readings]
        return np.sum(counts, axis=0, dtype=np.int64) if counts else np.zeros(len(self), np.int64)

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

    def molecules_of(self, examples: Sequence[int]) -> dict[str, dict[str, Tensor]]:
        """Return the records of some examples, in order; see :func:`anymol.models.processor.collate_records`."""
        return collate_records([self._records_of(example) for example in examples])

    def _records_of(self, example: int) -> list[EncodedRecord]:
        """Return the records of one example, modality by modality; copies, as the arrays may be mapped files."""
        found = []
        for modality, names in self._readings.items():
            start, end = self.arrays[f"{modality}.offsets"][example : example + 2]
            for record, role in zip(
                self.arrays[f"{modality}.of"][start:end].tolist(),
                self.arrays[f"{modality}.roles"][start:end].tolist(),
                strict=True,
            ):
                features = {}
                for name in names:
                    first, last = self.arrays[f"{modality}.{name}.offsets"][record : record + 2]
                    features[name] = np.array(self.arrays[f"{modality}.{name}"][first:last])
                found.append(EncodedRecord(modality, features, role))
        return found

    def save(self, directory: Path, *, key: str) -> None:
        """Write the corpus under a temporary name and rename it."""
        with CORPUS.stage(directory) as draft:
            for name, array in self.arrays.items():
                np.save(draft / f"{name}.npy", array, allow_pickle=False)
            fields = {"key": key, "tasks": self.tasks, "examples": len(self), "arrays": list(self.arrays)}
            CORPUS.write(draft, {**fields, "files": hash_files(draft)})

    @classmethod
    def load(cls, directory: Path) -> EncodedCorpus:
        """Map a saved corpus into memory, once its files are what its manifest says.

        Raises:
            DataError: If it is missing, damaged or of another schema.
        """
        manifest = CORPUS.read(directory)
        names = [f"{name}.npy" for name in manifest["arrays"]]
        CORPUS.require_intact(directory, manifest["files"], needed=names)
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
    shelves: dict[str, _Shelf] = {}
    for batch in _chunks(examples, chunk):
        for example, encoded in zip(batch, encode(batch), strict=True):
            tokens.append(np.asarray(encoded.input_ids, dtype=token_type))
            learned.append(np.asarray(encoded.labels) != IGNORED)
            lengths.append(len(tokens[-1]))
            task.append(tasks.setdefault(example.task, len(tasks)))
            for one in encoded.records:
                shelves.setdefault(one.modality, _Shelf()).add(len(task) - 1, one)
        on_progress(len(task))
    arrays: dict[str, NDArray[Any]] = {
        "tokens": np.concatenate([*tokens, np.zeros(0, token_type)]),
        "learned": np.concatenate([*learned, np.zeros(0, bool)]).astype(np.uint8),
        "offsets": _offsets(lengths),
        "task": np.asarray(task, dtype=np.uint8),
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

    def add(self, example: int, record: EncodedRecord) -> None:
        """Note a record of an example; examples come in rising order."""
        digest = hashlib.blake2b(digest_size=16)
        for name in sorted(record.features):
            digest.update(name.encode() + np.ascontiguousarray(record.features[name]).tobytes())
        number = self._known.setdefault(digest.digest(), len(self._known))
        if number == len(self._features.get(next(iter(record.features)), ())):
            for name, array in record.features.items():
                self._features.setdefault(name, []).append(array)
        self._examples.append(example)
        self._of.append(number)
        self._roles.append(record.role)

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
    """Return the checksum of everything that decides what a corpus, or a run, holds.

    Checkpoints carry it, so that it may not depend on how a corpus is stored.
    """
    digest = hashlib.sha256(b"corpus-v2")
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()[:16]


def _offsets(counts: Sequence[int]) -> NDArray[np.int64]:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(np.asarray(counts, dtype=np.int64))])


def _chunks(examples: Iterable[InstructionExample], size: int) -> Iterator[list[InstructionExample]]:
    chunk: list[InstructionExample] = []
    for example in examples:
        chunk.append(example)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
