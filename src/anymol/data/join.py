"""Shards that were built at different times, as one folder."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from anymol.data.check import AuditReport, FoundLeaks, find_leaks
from anymol.data.example import InstructionExample
from anymol.data.heldout import Guarded, Heldout, evaluated_molecules, guarded_molecules
from anymol.data.shard_files import ShardManifest
from anymol.data.shards import ShardReader, write_shards
from anymol.errors import DataError

_FEWEST: Final = 2


def join_shards(
    parts: Sequence[Path | str], output: Path | str, *, name: str, data_dir: Path | str | None = None, workers: int = 1
) -> ShardManifest:
    """Write the examples of several shard directories as one.

    What one part evaluates may be trained on in another: such training examples are left out and counted. Validation
    examples of all parts come first, shuffled; training examples follow part by part. An id that several parts have
    gets the number of its part.

    Args:
        parts: Shard directories, two or more.
        output: The shard directory to write; an older one is replaced once the new one is complete.
        name: Name of the whole.
        data_dir: The data directory with the reserved keys; without it only what the parts evaluate is compared.
        workers: Worker processes.

    Raises:
        DataError: A part is missing, damaged or given twice, or two parts give a source different licences.
    """
    folders = [Path(part).resolve() for part in parts]
    if len(folders) < _FEWEST:
        raise DataError("shards are joined from two folders or more", value=folders[0] if folders else None)
    if repeated := next((folder for folder in folders if folders.count(folder) > 1), None):
        raise DataError("this folder of shards is given twice", value=repeated)
    if Path(output).resolve() in folders:
        raise DataError("the joined shards cannot replace one of their parts", value=output)
    readers = [ShardReader(folder) for folder in folders]
    _require_same_licences(readers)
    heldout = Heldout.empty() if data_dir is None else Heldout.read(Path(data_dir))
    examined = _Examined(readers)
    found = find_leaks(examined.answered, examined.evaluated, heldout, workers=workers)
    refused: Counter[str] = Counter()
    return write_shards(
        _merge(readers, found, refused),
        output,
        name=name,
        created_with={key: value for reader in readers for key, value in reader.manifest.created_with.items()},
        refused=lambda: dict(sorted(refused.items())),
        config={"joined": [{"name": one.manifest.name, "config": one.manifest.config} for one in readers]},
        audit=lambda _: AuditReport(
            examples=examined.count - refused.total(),
            molecules=len(examined.answered) - len(found.scopes),
            held_out=len(heldout),
            evaluated=len(examined.evaluated),
            unkeyed=found.unkeyed,
            leaks=(),
        ).to_json(),
    )


class _Examined:
    """What the examples of several shards answer and evaluate.

    Attributes:
        answered: Molecules that training examples answer with or describe.
        evaluated: SMILES that the others are about.
        count: Training examples.
    """

    def __init__(self, readers: Sequence[ShardReader]) -> None:
        self.answered: dict[Guarded, None] = {}
        self.evaluated: set[str] = set()
        self.count = 0
        for reader in readers:
            for example in reader:
                if example.split == "train":
                    self.count += 1
                    self.answered.update(dict.fromkeys(guarded_molecules(example)))
                else:
                    self.evaluated.update(evaluated_molecules(example))


def _merge(readers: Sequence[ShardReader], found: FoundLeaks, refused: Counter[str]) -> Iterator[InstructionExample]:
    """Yield what the joined shards hold, in order; count what is left out, by scope."""
    taken: set[str] = set()
    held: list[InstructionExample] = []
    for number, reader in enumerate(readers, 1):
        held.extend(_name(example, number, taken) for example in reader if example.split != "train")
    # Whoever takes the first examples of a task meets all parts.
    held.sort(key=lambda example: random.Random(example.id).random())
    yield from held
    for number, reader in enumerate(readers, 1):
        for example in reader:
            if example.split != "train":
                continue
            scopes = (found.scopes.get(guarded) for guarded in guarded_molecules(example))
            if scope := next(filter(None, scopes), None):
                refused[f"{reader.manifest.name}: held out ({scope})"] += 1
                continue
            yield _name(example, number, taken)


def _name(example: InstructionExample, number: int, taken: set[str]) -> InstructionExample:
    """Return the example under an id that no other has."""
    named = example if example.id not in taken else replace(example, id=f"{example.id}/part-{number}")
    taken.add(named.id)
    return named


def _require_same_licences(readers: Sequence[ShardReader]) -> None:
    """Refuse parts that say different things of a source: an example takes its licence from there."""
    known: dict[str, Any] = {}
    for reader in readers:
        for source, record in reader.manifest.sources.items():
            licence = known.setdefault(source, record["licence"])
            if licence != record["licence"]:
                raise DataError(
                    f"the licence of {source} is {record['licence']} here and {licence} in another part",
                    value=reader.directory,
                    hint="build the part whose sources.csv is older again",
                )
