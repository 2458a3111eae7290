"""Jobs: cut into pieces, watched, ended, kept for their owner alone, and bounded in number."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from anymol.errors import InvalidSmilesError
from anymol.serve.calls import BusyError, Call, Priority, StoppingError, Tell
from anymol.serve.config import Limits
from anymol.serve.failures import NotFoundError
from anymol.serve.jobs import Jobs, JobState
from anymol.serve.requests import PlanJob, PredictJob, SynthesizeJob


class Answerer:
    """Answers calls at once, or as it is told."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.priorities: set[Priority] = set()
        self.gate = asyncio.Event()
        self.gate.set()
        self.faults: list[Exception] = []

    async def run(
        self, call: Call, *, seconds: float, priority: Priority = Priority.NOW, tell: Tell | None = None
    ) -> Any:
        self.calls.append(call)
        self.priorities.add(priority)
        if tell is not None:
            tell({"molecules": 7})
        await self.gate.wait()
        if self.faults:
            raise self.faults.pop()
        rows = getattr(call.request, "inputs", None) or getattr(call.request, "molecules", None) or ["one"]
        return {"task": call.task, "results": [f"{one}!" for one in rows]}


def predict(count: int) -> PredictJob:
    return PredictJob(kind="predict", task="logp", inputs=[f"C{'C' * number}" for number in range(count)])


def with_jobs(work: Callable[[Jobs, Answerer], Awaitable[None]], **limits: Any) -> None:
    async def run() -> None:
        answerer = Answerer()
        jobs = Jobs(answerer, Limits(**limits), together=1)
        try:
            await work(jobs, answerer)
        finally:
            await jobs.stop()

    asyncio.run(run())


async def settle() -> None:
    for _ in range(200):
        await asyncio.sleep(0.001)


def test_rows_are_answered_a_few_at_a_time_in_order() -> None:
    async def work(jobs: Jobs, answerer: Answerer) -> None:
        job = jobs.start(predict(40), "a")
        assert job.state is JobState.WAITING
        await settle()
        shown = json.loads(job.dump())
        assert shown["result"]["task"] == "logp"
        assert shown["state"] == "done" and shown["progress"] == {"done": 40, "total": 40}
        assert shown["result"]["results"] == [f"C{'C' * number}!" for number in range(40)]
        assert [len(call.request.inputs) for call in answerer.calls] == [16, 16, 8]
        assert answerer.priorities == {Priority.LATER}
        made = jobs.start(SynthesizeJob(kind="synthesize", molecules=["C"] * 9, modalities=["graph"]), "a")
        await settle()
        assert len(json.loads(made.dump())["result"]["results"]) == 9

    with_jobs(work)


def test_a_job_is_its_owner_s() -> None:
    async def work(jobs: Jobs, answerer: Answerer) -> None:
        job = jobs.start(predict(1), "a")
        assert jobs.find(job.id, "a") is job and jobs.list_jobs("b") == []
        for other in (lambda: jobs.find(job.id, "b"), lambda: jobs.cancel(job.id, "b"), lambda: jobs.find("x", "a")):
            with pytest.raises(NotFoundError):
                other()

    with_jobs(work)


def test_a_job_can_be_ended_and_forgotten() -> None:
    async def work(jobs: Jobs, answerer: Answerer) -> None:
        answerer.gate.clear()
        job = jobs.start(PlanJob(kind="plan", molecule="C"), "a")
        await settle()
        assert (job.state, job.progress) == (JobState.RUNNING, {"molecules": 7})
        waits = jobs.start(predict(1), "a")
        await settle()
        assert waits.state is JobState.WAITING, "one at a time"
        assert jobs.cancel(job.id, "a").state is JobState.CANCELLED
        await settle()
        assert waits.state is JobState.RUNNING
        with pytest.raises(NotFoundError):
            jobs.find(job.id, "a")

    with_jobs(work)


def test_why_a_job_failed() -> None:
    async def work(jobs: Jobs, answerer: Answerer) -> None:
        answerer.faults = [RuntimeError("secret molecule CCO")]
        fault = jobs.start(predict(1), "a")
        await settle()
        assert fault.state is JobState.FAILED and "CCO" not in str(fault.to_json())
        answerer.faults = [InvalidSmilesError("this is wrong", value="C1CC")]
        wrong = jobs.start(PlanJob(kind="plan", molecule="C1CC"), "a")
        await settle()
        assert wrong.to_json()["error"]["kind"] == "invalid_smiles"
        answerer.gate.clear()
        slow = jobs.start(predict(1), "a")
        await asyncio.sleep(0.5)
        assert slow.to_json()["error"]["kind"] == "time_limit"

    with_jobs(work, job_seconds=0.2)


def test_jobs_are_bounded_and_old_ones_forgotten() -> None:
    async def work(jobs: Jobs, answerer: Answerer) -> None:
        for _ in range(2):
            jobs.start(predict(1), "a")
        with pytest.raises(BusyError):
            jobs.start(predict(1), "a")
        jobs.start(predict(1), "b")
        await settle()
        await asyncio.sleep(0.3)
        assert jobs.list_jobs("a") == []
        jobs.start(predict(1), "a")
        await jobs.stop()
        with pytest.raises(StoppingError):
            jobs.start(predict(1), "a")

    with_jobs(work, jobs=8, job_age=0.25)


def test_jobs_that_were_ended_keep_nobody_from_beginning_others() -> None:
    async def work(jobs: Jobs, answerer: Answerer) -> None:
        answerer.gate.clear()
        for _ in range(20):
            job = jobs.start(predict(1), "a")
            await settle()
            jobs.cancel(job.id, "a")
        assert len(jobs) == 0

    with_jobs(work, jobs=8)


def test_a_result_is_bounded() -> None:
    async def work(jobs: Jobs, answerer: Answerer) -> None:
        large, small = jobs.start(predict(100), "a"), jobs.start(predict(1), "a")
        await settle()
        assert large.state is JobState.FAILED and large.to_json()["error"]["kind"] == "too_large"
        assert json.loads(large.dump())["result"] is None and large.result is None
        assert json.loads(small.dump())["result"]["results"] == ["C!"]
        assert json.loads(small.dump())["result"]["results"] == ["C!"], "it can be fetched twice"

    with_jobs(work, job_bytes=1_000)


def test_a_full_queue_is_waited_for() -> None:
    async def work(jobs: Jobs, answerer: Answerer) -> None:
        answerer.faults = [BusyError("full", after=0.0)]
        job = jobs.start(predict(1), "a")
        await asyncio.sleep(1.3)
        assert job.state is JobState.DONE and len(answerer.calls) == 2

    with_jobs(work)
