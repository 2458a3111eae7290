"""What a build will cost, from a timed sample of every component: examples, core-hours, size."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from anymol.data.build import BuildPlan, name_component, open_plan, work_rows
from anymol.data.config import DataConfig
from anymol.data.example import InstructionExample
from anymol.data.shards import write_shards

_CHUNK = 20
"""Rows between two looks at the clock."""


@dataclass(frozen=True)
class ComponentEstimate:
    """What one component costs.

    Attributes:
        name: Its task or kind.
        examples: Training examples that it will give.
        refused: Share of the sampled rows that gave none.
        per_second: Examples per second of one core.
        core_hours: Time of one core for all of them.
        megabytes: Size of its shards, without what it shares with other components.
    """

    name: str
    examples: int
    refused: float
    per_second: float
    core_hours: float
    megabytes: float


@dataclass(frozen=True)
class BuildEstimate:
    """What a build costs; the audit comes on top, with a few minutes per million molecules."""

    components: tuple[ComponentEstimate, ...]

    @property
    def examples(self) -> int:
        """Training examples of all components."""
        return sum(one.examples for one in self.components)

    @property
    def core_hours(self) -> float:
        """Time of one core for all components."""
        return sum(one.core_hours for one in self.components)

    @property
    def megabytes(self) -> float:
        """Size of all shards."""
        return sum(one.megabytes for one in self.components)


def estimate_build(config: DataConfig, data_dir: Path | str | None, *, seconds: float = 5.0) -> BuildEstimate:
    """Make a few examples of every component in this process, and say what all of them would cost.

    Args:
        config: What would be built.
        data_dir: The data directory; None where every component is built in.
        seconds: Time for each component; loading an engine's model is not counted.

    Raises:
        DataError: Data are missing or damaged.
    """
    plan = open_plan(config, data_dir)
    return BuildEstimate(tuple(_probe(plan, index, seconds) for index in range(len(config.components))))


def _probe(plan: BuildPlan, index: int, seconds: float) -> ComponentEstimate:
    component = plan.config.components[index]
    rows = plan.rows(index, "train")
    work_rows(plan, index, "train", first := list(islice(rows, 1)))  # starts engines
    rows = chain(first, rows)
    made: list[InstructionExample] = []
    tried = 0
    began = time.perf_counter()
    spent = 0.0
    while spent < seconds and (chunk := list(islice(rows, _CHUNK))):
        made += work_rows(plan, index, "train", chunk).examples
        tried += len(chunk)
        spent = time.perf_counter() - began
    left = sum(1 for _ in rows)
    per_row = len(made) / tried if tried else 0.0
    possible = round(per_row * (tried + left))
    limit = plan.limit(component, "train")
    tasks = max(1, len({example.task for example in made}))
    examples = possible if limit is None else min(possible, limit * tasks)
    rate = len(made) / spent if spent else 0.0
    return ComponentEstimate(
        name_component(component),
        examples,
        refused=1.0 - min(1.0, per_row) if tried else 0.0,
        per_second=rate,
        core_hours=examples / rate / 3600 if rate else 0.0,
        megabytes=_weigh(made) * examples / 1e6,
    )


def _weigh(examples: list[InstructionExample]) -> float:
    """Return the bytes that an example takes in a shard."""
    if not examples:
        return 0.0
    with tempfile.TemporaryDirectory() as folder:
        manifest = write_shards(examples, Path(folder) / "sample", name="sample")
        return sum(float(file["bytes"]) for file in manifest.files.values()) / len(examples)
