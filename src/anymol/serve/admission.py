"""Who is let in how often: a bucket of tokens for each key, or for each address where there are no keys."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from anymol.serve.calls import BusyError

_MOST: Final = 10_000
"""Callers that are remembered; those that were not seen for a minute are forgotten first."""
_MINUTE: Final = 60.0


@dataclass
class _Bucket:
    tokens: float
    seen: float


class RateLimiter:
    """Lets each caller ask so often in a minute, and so often at once.

    Args:
        per_minute: Requests in a minute.
        burst: Requests at once; never more than in a minute.
    """

    def __init__(self, per_minute: int, burst: int) -> None:
        self._per_minute, self._burst = per_minute, burst
        self._buckets: dict[str, _Bucket] = {}

    def admit(self, caller: str, per_minute: int | None = None, *, now: float | None = None) -> None:
        """Count one request.

        Args:
            caller: Who asks.
            per_minute: Requests in a minute of this caller, where they are not those of all.
            now: The time, seconds of a clock that only rises.

        Raises:
            BusyError: The caller asks too often.
        """
        at = time.monotonic() if now is None else now
        most = self._per_minute if per_minute is None else per_minute
        rate, burst = most / _MINUTE, float(min(self._burst, most))
        bucket = self._buckets.get(caller)
        if bucket is None:
            self._forget(at)
            bucket = self._buckets[caller] = _Bucket(burst, at)
        bucket.tokens = min(burst, bucket.tokens + rate * (at - bucket.seen))
        bucket.seen = at
        if bucket.tokens < 1.0:
            raise BusyError("too many requests in a minute", after=(1.0 - bucket.tokens) / rate)
        bucket.tokens -= 1.0

    def _forget(self, at: float) -> None:
        if len(self._buckets) < _MOST:
            return
        self._buckets = {one: bucket for one, bucket in self._buckets.items() if at - bucket.seen < _MINUTE}
        while len(self._buckets) >= _MOST:
            self._buckets.pop(next(iter(self._buckets)))
