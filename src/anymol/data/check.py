"""Checking finished instruction data: are the files whole, and does any training answer belong to an evaluation?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final, NamedTuple

from anymol.data.heldout import (
    Guarded,
    Heldout,
    compute_blocks,
    compute_evaluated_blocks,
    evaluated_molecules,
    guarded_molecules,
)
from anymol.data.shard_files import read_manifest, verify_files
from anymol.data.shards import ShardReader
from anymol.errors import LeakageError
from anymol.workers import WorkerPool

_CHUNK: Final = 5_000
_SHOWN: Final = 10


@dataclass(frozen=True)
class Leak:
    """A training example whose answer belongs to an evaluation.

    Attributes:
        example: Id of the example.
        task: Its task.
        smiles: The molecule it answers with, or describes.
        scope: The evaluation it belongs to.
    """

    example: str
    task: str
    smiles: str
    scope: str


@dataclass(frozen=True)
class AuditReport:
    """What the leakage audit found.

    Attributes:
        examples: Training examples looked at.
        molecules: Distinct molecules they answer with or describe.
        held_out: Size of the set they were compared with.
        evaluated: Distinct molecules that the evaluation examples of these shards are about.
        unkeyed: Molecules without InChIKey, which cannot be compared.
        leaks: The leaks.
    """

    examples: int
    molecules: int
    held_out: int
    evaluated: int
    unkeyed: int
    leaks: tuple[Leak, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form, as it stands in a manifest."""
        scopes = Counter(leak.scope for leak in self.leaks)
        return {**vars(self), "leaks": len(self.leaks), "leaks_by_scope": dict(scopes)}


@dataclass(frozen=True)
class CheckReport:
    """What `data check` found.

    Attributes:
        directory: What was checked.
        files: Number of files whose checksum holds.
        audit: The leakage audit.
        compared_reserved: Whether the reserved keys of a data directory were compared; else only what the shards hold.
    """

    directory: Path
    files: int
    audit: AuditReport
    compared_reserved: bool

    def to_json(self) -> dict[str, Any]:
        """Return what ``anymol data check --json`` prints."""
        return {
            "directory": str(self.directory),
            "files": self.files,
            "audit": self.audit.to_json(),
            "compared_reserved": self.compared_reserved,
        }


def verify_checksums(directory: Path) -> int:
    """Compare each file of a shard directory with its manifest; return their number.

    Raises:
        DataError: Naming the files that are missing or altered.
    """
    manifest = read_manifest(directory)
    verify_files(directory, manifest)
    return len(manifest.files)


def audit_shards(directory: Path, heldout: Heldout, *, workers: int = 1, strict: bool = True) -> AuditReport:
    """Search all training answers of a shard directory for molecules that are held out.

    Everything is computed anew from the written SMILES, by molecule and by reaction product, over all tasks. What the
    validation and test examples of these shards are about counts as held out too.

    Args:
        directory: The shard directory.
        heldout: What is held out.
        workers: Worker processes.
        strict: Whether leaks raise.

    Raises:
        LeakageError: When `strict` and there is a leak.
    """
    answered: dict[Guarded, tuple[str, str]] = {}
    evaluated: set[str] = set()
    count = 0
    for example in ShardReader(directory):
        if example.split == "train":
            count += 1
            for guarded in guarded_molecules(example):
                answered.setdefault(guarded, (example.id, example.task))
        else:
            evaluated.update(evaluated_molecules(example))
    found = find_leaks(answered, evaluated, heldout, workers=workers)
    leaks = tuple(Leak(*answered[guarded], guarded.smiles, scope) for guarded, scope in found.scopes.items())
    report = AuditReport(count, len(answered), len(heldout), len(evaluated), found.unkeyed, leaks)
    if strict:
        require_no_leak(report)
    return report


class FoundLeaks(NamedTuple):
    """Which of the molecules that training answers are held out.

    Attributes:
        scopes: Those molecules, with the evaluation that each belongs to.
        unkeyed: How many molecules have no InChIKey and cannot be compared.
    """

    scopes: dict[Guarded, str]
    unkeyed: int


def find_leaks(
    answered: Collection[Guarded], evaluated: Iterable[str], heldout: Heldout, *, workers: int = 1
) -> FoundLeaks:
    """Compare what training answers with what is held out, and with what the same shards evaluate.

    Args:
        answered: The molecules that training examples answer with, or that their answers describe.
        evaluated: SMILES that validation and test examples of the same shards are about.
        heldout: What is held out besides.
        workers: Worker processes.
    """
    blocks = {block for smiles in evaluated for block in compute_evaluated_blocks(smiles)}
    everything = heldout.with_evaluated(blocks, "val_of_this_build")
    scopes: dict[Guarded, str] = {}
    unkeyed = 0
    for guarded, found in zip(answered, _key_all((one.smiles for one in answered), workers), strict=True):
        unkeyed += not found
        if guarded.is_condition:
            refusal = everything.find_guarded(guarded)
            scope = None if refusal is None else refusal.scope
        else:
            known = (everything.find_block(block, guarded.smiles) for block in found)
            scope = next((one for one in known if one is not None), None)
        if scope is not None:
            scopes[guarded] = scope
    return FoundLeaks(scopes, unkeyed)


def require_no_leak(report: AuditReport) -> None:
    """Refuse data with leaks.

    Raises:
        LeakageError: Naming the first ones.
    """
    if report.leaks:
        shown = "; ".join(f"{leak.example} ({leak.scope})" for leak in report.leaks[:_SHOWN])
        raise LeakageError(
            f"{len(report.leaks)} training answer(s) belong to an evaluation: {shown}",
            value=report.leaks[0].smiles,
            hint="build the data again; anymol data build leaves such answers out",
        )


def check_shards(directory: Path | str, data_dir: Path | str | None = None, *, workers: int = 1) -> CheckReport:
    """Check a shard directory: manifest, checksums, leaks.

    Args:
        directory: The shard directory.
        data_dir: The data directory with the reserved keys; without it only what the shards hold is compared.
        workers: Worker processes.

    Raises:
        DataError: When files are missing or altered.
        LeakageError: When a training answer is held out.
    """
    directory = Path(directory)
    files = verify_checksums(directory)
    heldout = Heldout.empty() if data_dir is None else Heldout.read(Path(data_dir))
    audit = audit_shards(directory, heldout, workers=workers)
    return CheckReport(directory, files, audit, compared_reserved=data_dir is not None)


def _key_all(smiles: Iterable[str], workers: int) -> Iterator[tuple[str, ...]]:
    """Yield the InChIKey blocks of each SMILES; one that kills its process has none."""
    pending = iter(smiles)
    chunks = iter(lambda: list(islice(pending, _CHUNK)), [])
    with WorkerPool(_key_chunk, workers, split=_split, crashed=_give_up) as pool:
        for _, keys in pool.run(chunks):
            yield from chain.from_iterable(keys)


def _key_chunk(smiles: list[str]) -> list[tuple[str, ...]]:
    return [compute_blocks(one) for one in smiles]


def _give_up(smiles: list[str]) -> list[tuple[str, ...]]:
    return [() for _ in smiles]


def _split(smiles: list[str]) -> list[list[str]]:
    return [[one] for one in smiles]
