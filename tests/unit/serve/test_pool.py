"""Worker processes: order, limits, calls that are given up, and processes that die."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.processes import WAIT
from tests.serving import ObedientRunner

from anymol.errors import InvalidSmilesError
from anymol.serve.calls import (
    BusyError,
    Call,
    InternalError,
    Operation,
    Priority,
    SlowError,
    StoppingError,
    WorkerLostError,
)
from anymol.serve.config import Limits, ServerConfig
from anymol.serve.pool import WorkerPool
from anymol.serve.requests import NameRequest

LONG = WAIT.total_seconds()


def say(text: str) -> Call:
    return Call(Operation.ASK, NameRequest.model_construct(text=text))


@asynccontextmanager
async def open_pool(workers: int = 1, waiting: int = 8) -> AsyncIterator[WorkerPool]:
    config = ServerConfig(workers=workers, limits=Limits(waiting=waiting))
    async with WorkerPool(config, ObedientRunner) as pool:
        await until(lambda: pool.is_ready)
        yield pool


async def until(met: Callable[[], bool]) -> None:
    async with asyncio.timeout(LONG):
        while not met():
            await asyncio.sleep(0.01)


def with_pool(work: Callable[[WorkerPool], Awaitable[Any]], **settings: int) -> Any:
    async def run() -> Any:
        async with open_pool(**settings) as pool:
            return await work(pool)

    return asyncio.run(run())


def test_results_errors_and_faults_come_back() -> None:
    async def work(pool: WorkerPool) -> None:
        assert await pool.run(say("hello"), seconds=LONG) == "hello"
        with pytest.raises(InvalidSmilesError) as wrong:
            await pool.run(say("fail"), seconds=LONG)
        assert wrong.value.position == 1 and wrong.value.hint == "close the ring"
        with pytest.raises(InternalError) as fault:
            await pool.run(say("crash"), seconds=LONG)
        assert "CCO" not in str(fault.value)
        assert await pool.run(say("count"), seconds=LONG) == 4, "the process lives through errors and faults"
        told: list[Any] = []
        await pool.run(say("tell 3"), seconds=LONG, tell=told.append)
        assert told == [{"done": 1}, {"done": 2}, {"done": 3}]
        assert pool.model == "obedient"

    with_pool(work)


def test_a_call_that_takes_too_long_is_stopped_and_the_process_lives() -> None:
    async def work(pool: WorkerPool) -> None:
        before = await pool.run(say("pid"), seconds=LONG)
        with pytest.raises(SlowError):
            await pool.run(say("sleep 100"), seconds=0.2)
        assert await pool.run(say("pid"), seconds=LONG) == before
        assert (pool.counts.stopped, pool.counts.killed) == (1, 0)

    with_pool(work)


def test_a_call_that_does_not_listen_costs_its_process() -> None:
    async def work(pool: WorkerPool) -> None:
        before = await pool.run(say("pid"), seconds=LONG)
        with pytest.raises(SlowError):
            await pool.run(say("spin 1000"), seconds=0.2)
        assert await pool.run(say("pid"), seconds=LONG) != before
        assert pool.counts.killed == 1
        with pytest.raises(ProcessLookupError):
            os.kill(before, 0)

    with_pool(work)


def test_whoever_leaves_stops_the_work() -> None:
    async def work(pool: WorkerPool) -> None:
        before = await pool.run(say("pid"), seconds=LONG)
        leaving = asyncio.create_task(pool.run(say("sleep 1000"), seconds=10 * LONG))
        await until(lambda: pool.running == 1)
        await asyncio.sleep(0.1)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        assert await pool.run(say("pid"), seconds=LONG) == before
        assert (pool.counts.stopped, pool.counts.killed) == (1, 0)

    with_pool(work)


def test_a_process_that_dies_costs_its_call_and_is_replaced() -> None:
    async def work(pool: WorkerPool) -> None:
        kept = Path(await pool.run(say("keep"), seconds=LONG))
        assert kept.is_file()
        with pytest.raises(WorkerLostError):
            await pool.run(say("die"), seconds=LONG)
        await until(lambda: not kept.parent.exists())  # nobody finds what it worked on
        assert await pool.run(say("hello"), seconds=LONG) == "hello"
        os.kill(pool.pids[0], signal.SIGKILL)  # while nobody asks
        await until(lambda: pool.counts.started == 3 and pool.is_ready)
        assert await pool.run(say("hello again"), seconds=LONG) == "hello again"

    with_pool(work)


def test_the_queue_is_bounded_and_jobs_come_last() -> None:
    async def work(pool: WorkerPool) -> None:
        order: list[str] = []

        async def ask(name: str, priority: Priority) -> None:
            await pool.run(say(name), seconds=LONG, priority=priority)
            order.append(name)

        first = asyncio.create_task(pool.run(say("sleep 0.5"), seconds=LONG))
        await until(lambda: pool.running == 1)
        job = asyncio.create_task(ask("job", Priority.LATER))
        await until(lambda: pool.waiting == 1)
        person = asyncio.create_task(ask("person", Priority.NOW))
        await until(lambda: pool.waiting == 2)
        with pytest.raises(BusyError) as busy:
            await pool.run(say("one too many"), seconds=LONG)
        assert busy.value.after >= 1
        await asyncio.gather(first, job, person)
        assert order == ["person", "job"]
        assert pool.counts.refused == 1

    with_pool(work, waiting=2)


def test_time_is_counted_from_the_door() -> None:
    async def work(pool: WorkerPool) -> None:
        first = asyncio.create_task(pool.run(say("sleep 100"), seconds=LONG))
        await until(lambda: pool.running == 1)
        with pytest.raises(BusyError):
            await pool.run(say("hello"), seconds=0.1)
        assert pool.waiting == 0
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)

    with_pool(work)


def test_a_pool_that_stops_finishes_what_is_begun_and_refuses_what_waits() -> None:
    async def work(pool: WorkerPool) -> None:
        begun = asyncio.create_task(pool.run(say("sleep 0.5"), seconds=LONG))
        await until(lambda: pool.running == 1)
        waits = asyncio.create_task(pool.run(say("hello"), seconds=LONG))
        await until(lambda: pool.waiting == 1)
        pool.refuse()
        with pytest.raises(StoppingError):
            await waits
        with pytest.raises(StoppingError):
            await pool.run(say("hello"), seconds=LONG)
        assert await begun == "sleep 0.5"

    with_pool(work)


def test_no_process_outlives_its_pool() -> None:
    async def work(pool: WorkerPool) -> list[int]:
        return pool.pids

    for pid in with_pool(work, workers=2):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
