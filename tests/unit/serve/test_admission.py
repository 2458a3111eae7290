"""Rates: a bucket fills with time, callers do not share one, and many callers do not fill the memory."""

from __future__ import annotations

import pytest

from anymol.serve import admission
from anymol.serve.admission import RateLimiter
from anymol.serve.calls import BusyError


def test_a_burst_and_then_the_rate() -> None:
    limiter = RateLimiter(per_minute=60, burst=3)
    for _ in range(3):
        limiter.admit("a", now=100.0)
    with pytest.raises(BusyError) as busy:
        limiter.admit("a", now=100.0)
    assert busy.value.after == pytest.approx(1.0)
    limiter.admit("a", now=101.0)
    with pytest.raises(BusyError):
        limiter.admit("a", now=101.5)
    limiter.admit("b", now=101.5)


def test_an_idle_caller_saves_no_more_than_the_burst() -> None:
    limiter = RateLimiter(per_minute=60, burst=2)
    limiter.admit("a", now=0.0)
    limiter.admit("a", now=10_000.0)
    limiter.admit("a", now=10_000.0)
    with pytest.raises(BusyError):
        limiter.admit("a", now=10_000.0)


def test_no_more_at_once_than_in_a_minute() -> None:
    limiter = RateLimiter(per_minute=3, burst=100)
    for _ in range(3):
        limiter.admit("a", now=0.0)
    with pytest.raises(BusyError):
        limiter.admit("a", now=0.0)


def test_a_key_may_have_a_rate_of_its_own() -> None:
    limiter = RateLimiter(per_minute=6_000, burst=100)
    limiter.admit("slow", 1, now=0.0)
    with pytest.raises(BusyError) as busy:
        limiter.admit("slow", 1, now=0.0)
    assert busy.value.after == pytest.approx(60.0)


def test_strangers_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "_MOST", 10)
    limiter = RateLimiter(per_minute=60, burst=1)
    for number in range(100):
        limiter.admit(str(number), now=float(number) / 100)
    assert len(limiter._buckets) <= 10
