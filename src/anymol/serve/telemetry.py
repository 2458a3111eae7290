"""What a server counts, for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from anymol.serve.jobs import Jobs
from anymol.serve.pool import WorkerPool

_SECONDS: Final = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)


class Telemetry:
    """Counts of requests, and the state of workers and jobs when they are asked for.

    Args:
        pool: The workers.
        jobs: The jobs.
    """

    def __init__(self, pool: WorkerPool, jobs: Jobs) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "anymol_requests", "Requests by route and status", ("route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "anymol_request_seconds", "Time to the end of the answer", ("route",), buckets=_SECONDS,
            registry=self._registry,
        )  # fmt: skip
        self._refusals = Counter(
            "anymol_refusals", "Requests declined, by reason", ("reason",), registry=self._registry
        )
        self._tokens = Counter("anymol_tokens", "Tokens of chats", ("kind",), registry=self._registry)
        self._registry.register(_State(pool, jobs))

    def count_request(self, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def count_refusal(self, reason: str) -> None:
        """Count a request that was declined before it was worked on."""
        self._refusals.labels(reason).inc()

    def count_tokens(self, prompt: int, completion: int) -> None:
        """Count the tokens of a chat."""
        self._tokens.labels("prompt").inc(prompt)
        self._tokens.labels("completion").inc(completion)

    def write(self) -> bytes:
        """Return all counts in Prometheus' text form."""
        return generate_latest(self._registry)


class _State(Collector):
    """Workers and jobs, read when they are asked for."""

    def __init__(self, pool: WorkerPool, jobs: Jobs) -> None:
        self._pool, self._jobs = pool, jobs

    def collect(self) -> Iterator[Metric]:
        pool, counts = self._pool, self._pool.counts
        yield GaugeMetricFamily("anymol_waiting", "Calls that wait for a worker", pool.waiting)
        yield GaugeMetricFamily("anymol_running", "Calls that are worked on", pool.running)
        yield GaugeMetricFamily("anymol_ready", "Whether a worker can answer", float(pool.is_ready))
        yield GaugeMetricFamily("anymol_jobs", "Jobs that are kept", len(self._jobs))
        yield CounterMetricFamily("anymol_workers_started", "Worker processes started", counts.started)
        yield CounterMetricFamily("anymol_workers_killed", "Workers killed since a call did not stop", counts.killed)
        yield CounterMetricFamily("anymol_workers_lost", "Workers that died", counts.lost)
        yield CounterMetricFamily("anymol_calls_stopped", "Calls ended before they were done", counts.stopped)
        yield CounterMetricFamily("anymol_calls_refused", "Calls that found the queue full", counts.refused)
