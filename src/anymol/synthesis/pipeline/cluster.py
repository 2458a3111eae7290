"""Chunks worked off on a Ray cluster.

Tasks rather than Ray Data: results must come in the order of the input, so that parts are written as they finish and a
run can be resumed, and Ray repeats the tasks of a node that is lost. The nodes need anymol installed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from anymol.ray_cluster import connect_cluster, count_cores
from anymol.synthesis.engine import Engine
from anymol.synthesis.pipeline.work import Chunk, Outcome, fail_row, work_chunk
from anymol.workers import AHEAD

_RETRIES = 5
"""Times that a task is repeated whose node or process was lost."""


class RayExecutor:
    """Tasks of one core each on a Ray cluster.

    Args:
        address: The cluster, as ``ray.init`` takes it (``auto`` for the one that this machine belongs to); None starts
            one on this machine.
        workers: Most chunks worked on at once; None takes the cores of the cluster.

    Raises:
        MissingDependencyError: Ray is not installed.
        ConfigError: There is no cluster at the address.
    """

    def __init__(self, address: str | None = None, workers: int | None = None) -> None:
        self._ray: Any = connect_cluster(address)
        self.workers = workers or count_cores(self._ray)

    def run(
        self, engines: Sequence[Engine], seed: int, chunks: Iterable[Chunk]
    ) -> Iterator[tuple[Chunk, list[Outcome]]]:
        """Yield each chunk with its outcomes, in order."""
        ray = self._ray
        work = ray.remote(num_cpus=1, max_retries=_RETRIES)(work_chunk)
        shared = ray.put(tuple(engines))
        waiting: deque[tuple[Chunk, Any]] = deque()
        stream = iter(chunks)
        while True:
            while len(waiting) < AHEAD * self.workers and (chunk := next(stream, None)) is not None:
                waiting.append((chunk, work.remote(shared, seed, chunk)))
            if not waiting:
                return
            chunk, reference = waiting.popleft()
            try:
                outcomes: list[Outcome] = ray.get(reference)
            except ray.exceptions.RayError:
                outcomes = [one for single in chunk.split() for one in self._isolate(work, shared, seed, single)]
            yield chunk, outcomes

    def _isolate(self, work: Any, engines: Any, seed: int, single: Chunk) -> list[Outcome]:
        try:
            outcomes: list[Outcome] = self._ray.get(work.options(max_retries=1).remote(engines, seed, single))
            return outcomes
        except self._ray.exceptions.RayError as error:
            first = (str(error).strip().splitlines() or [type(error).__name__])[0]
            return [fail_row(single.rows[0], "crash", f"the engine crashed on this molecule: {first}")]
