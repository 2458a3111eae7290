"""A run of the pipeline: input rows -> parts per modality, a manifest, and the list of failures.

Parts are fixed ranges of rows, written whole and renamed, so that those that are there say what is done: after a kill
at any moment `resume` makes the others and nothing twice. A molecule's records depend on its SMILES, the seed and the
engine alone, so that neither the number of workers nor the place of the work changes a byte.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from anymol.artifact import ArtifactKind
from anymol.errors import ConfigError, DataError
from anymol.files import hash_file, staged_file
from anymol.synthesis.engine import Engine
from anymol.synthesis.pipeline.executor import Executor
from anymol.synthesis.pipeline.parts import COLUMNS, count_part, part_path, read_failures, write_part
from anymol.synthesis.pipeline.work import Chunk, InputRow, Outcome
from anymol.version import __version__

FAILURES = "failures.jsonl"
SYNTHESIS = ArtifactKind("a synthesis", "manifest.json", 1, DataError, "give an empty folder")
_CHUNK_ROWS = 16
"""Most rows of a chunk; fewer where a part has few, so that all workers have some."""


@dataclass(frozen=True)
class SynthesisPlan:
    """What is made of which input.

    Attributes:
        input: The file of molecules.
        engines: The engines, one per modality.
        output: Folder of the result.
        seed: Seed of everything random.
        part_rows: Rows of a part.
        column: Column of the input that holds the molecules.
    """

    input: Path
    engines: tuple[Engine, ...]
    output: Path
    seed: int = 0
    part_rows: int = 1000
    column: str = "smiles"

    def describe(self) -> dict[str, Any]:
        """Return what must agree between a run and its resumption."""
        return {
            "input": self.input.name,
            "input_sha256": hash_file(self.input),
            "seed": self.seed,
            "part_rows": self.part_rows,
            "column": self.column,
            "engines": {
                str(engine.modality): {
                    "name": engine.name,
                    "version": engine.version,
                    "settings": engine.settings.model_dump(mode="json"),
                }
                for engine in self.engines
            },
        }


@dataclass
class Counts:
    """Rows of one modality so far."""

    ok: int = 0
    failed: int = 0


@dataclass
class SynthesisProgress:
    """Where a run stands.

    Attributes:
        counts: Modality -> its rows, those of earlier runs among them.
        made: Rows made by this run, over all modalities.
        seconds: Time of this run.
    """

    counts: dict[str, Counts] = field(default_factory=dict)
    made: int = 0
    seconds: float = 0.0

    @property
    def done(self) -> int:
        """Rows done over all modalities."""
        return sum(count.ok + count.failed for count in self.counts.values())

    @property
    def failed(self) -> int:
        """Rows that failed, over all modalities."""
        return sum(count.failed for count in self.counts.values())

    @property
    def rate(self) -> float:
        """Rows per second of this run."""
        return self.made / self.seconds if self.seconds else 0.0


def synthesize(
    plan: SynthesisPlan,
    rows: Iterable[InputRow],
    executor: Executor,
    *,
    resume: bool = False,
    on_progress: Callable[[SynthesisProgress], None] = lambda _: None,
) -> SynthesisProgress:
    """Make the records of all rows.

    Args:
        plan: What is made, and where to.
        rows: The rows of its input, numbered from 0.
        executor: Where the work is done.
        resume: Go on with a run that was stopped.
        on_progress: Called whenever a chunk is done.

    Returns:
        The counts at the end. Every row stands in every modality, good or bad.

    Raises:
        DataError: `output` holds a run and `resume` is false, or something else than a run.
        ConfigError: `resume`, and the run there was made with another input, other engines or settings.
    """
    described = plan.describe()
    _prepare(plan.output, described, resume=resume)
    progress = SynthesisProgress({str(engine.modality): Counts() for engine in plan.engines})
    started = time.perf_counter()
    gathered: list[Outcome] = []
    under_way: deque[tuple[int, int, int]] = deque()  # part, engine and rows, in the order of the chunks

    def make_chunks() -> Iterator[Chunk]:
        for number, part in enumerate(_cut(rows, plan.part_rows)):
            for place, engine in enumerate(plan.engines):
                path = part_path(plan.output, engine.modality, number)
                if path.is_file():
                    _count(progress, str(engine.modality), *count_part(path))
                    continue
                under_way.append((number, place, len(part)))
                size = max(1, min(_CHUNK_ROWS, -(-len(part) // (4 * executor.workers))))
                for start in range(0, len(part), size):
                    yield Chunk(place, part[start : start + size])

    for _, outcomes in executor.run(plan.engines, plan.seed, make_chunks()):
        gathered += outcomes
        progress.made += len(outcomes)
        number, place, length = under_way[0]
        failed = sum(one.records is None for one in outcomes)
        _count(progress, str(plan.engines[place].modality), len(outcomes) - failed, failed)
        if len(gathered) == length:
            engine = plan.engines[place]
            write_part(part_path(plan.output, engine.modality, number), engine, gathered)
            gathered = []
            under_way.popleft()
        progress.seconds = time.perf_counter() - started
        on_progress(progress)
    _finish(plan, described, progress)
    return progress


def _cut(rows: Iterable[InputRow], size: int) -> Iterator[tuple[InputRow, ...]]:
    stream = iter(rows)
    while part := tuple(islice(stream, size)):
        yield part


def _count(progress: SynthesisProgress, modality: str, ok: int, failed: int) -> None:
    progress.counts[modality].ok += ok
    progress.counts[modality].failed += failed


def _prepare(output: Path, described: dict[str, Any], *, resume: bool) -> None:
    """Begin or resume a run at `output`."""
    if not SYNTHESIS.is_at(output):
        if output.exists() and any(output.iterdir()):
            raise DataError("this folder holds something else than a synthesis", value=output, hint="give an empty one")
        SYNTHESIS.write(output, {**described, "finished": False})
        return
    found = SYNTHESIS.read(output)
    if not resume:
        raise DataError("this folder holds a synthesis", value=output, hint="go on with it by --resume")
    for name, value in described.items():
        if found.get(name) != value:
            raise ConfigError(
                f"this folder was made with another {name}", value=output, hint="resume with the same input and options"
            )


def _finish(plan: SynthesisPlan, described: dict[str, Any], progress: SynthesisProgress) -> None:
    """Write failures and manifest, both from what is on disk."""
    files: dict[str, dict[str, Any]] = {}
    with staged_file(plan.output / FAILURES) as draft, draft.open("w", encoding="utf-8") as stream:
        for engine in plan.engines:
            for path in sorted((plan.output / engine.modality).glob("part-*.parquet")):
                ok, failed = count_part(path)
                files[f"{engine.modality}/{path.name}"] = {
                    "rows": ok + failed,
                    "failed": failed,
                    "sha256": hash_file(path),
                }
                for row in read_failures(path):
                    stream.write(json.dumps({"modality": str(engine.modality), **row}, ensure_ascii=False) + "\n")
    counts = {name: {"ok": count.ok, "failed": count.failed} for name, count in progress.counts.items()}
    fields = {
        **described,
        "finished": True,
        "made_with": f"anymol {__version__}",
        "counts": counts,
        "columns": COLUMNS,
        "files": files,
    }
    SYNTHESIS.write(plan.output, fields)
