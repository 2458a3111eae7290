"""Long work: begun by one request, looked at and fetched by others. Jobs live in memory and end with the server."""

from __future__ import annotations

import asyncio
import secrets
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from anymol.errors import AnyMolError
from anymol.serve.calls import Answering, BusyError, Call, InternalError, Operation, Priority, SlowError, StoppingError
from anymol.serve.config import Limits
from anymol.serve.failures import NotFoundError, TooLargeError, dump_body
from anymol.serve.requests import (
    JobRequest,
    PlanJob,
    PlanRequest,
    PredictJob,
    PredictRequest,
    SynthesizeJob,
    SynthesizeRequest,
)

_CHUNK: Final = {Operation.PREDICT: 16, Operation.SYNTHESIZE: 4}
"""Rows that are answered in one call: between two of them the workers answer who waits."""
_SHARE: Final = 4
"""One caller may keep a quarter of all jobs."""


class JobState(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass
class Job:
    """One job.

    Attributes:
        id: What it is asked for by; nobody guesses it.
        owner: Whose it is.
        kind: What is done.
        state: Where it stands.
        progress: How far it is.
        created: When it was begun, seconds of the epoch.
        ended: When it ended; None until then.
        error: Why it failed.
        result: What it found so far; whole when it is done.
    """

    id: str
    owner: str
    kind: str
    state: JobState = JobState.WAITING
    progress: dict[str, Any] = field(default_factory=dict)
    created: float = field(default_factory=time.time)
    ended: float | None = None
    error: AnyMolError | None = None
    result: _PackedJson | None = None

    def to_json(self) -> dict[str, Any]:
        """Return what is told of it beside its result."""
        shown: dict[str, Any] = {
            "id": self.id,
            "object": "job",
            "kind": self.kind,
            "state": self.state.value,
            "progress": self.progress,
            "created": round(self.created, 3),
            "ended": None if self.ended is None else round(self.ended, 3),
        }
        if self.error is not None:
            shown["error"] = self.error.to_json()
        return shown

    def dump(self) -> bytes:
        """Return all that is told of it as JSON, its result with it when it is done."""
        is_done = self.state is JobState.DONE and self.result is not None
        result = self.result.unpack() if is_done and self.result is not None else b"null"
        return b"".join([dump_body(self.to_json())[:-1], b',"result":', result, b"}"])


class _PackedJson:
    """A result as it is kept: JSON, deflated piece by piece, so that long work takes little memory at any time.

    Args:
        most: Most bytes of the JSON.
    """

    def __init__(self, most: int) -> None:
        self._packer = zlib.compressobj(6)
        self._pieces: list[bytes] = []
        self._left = most

    def add(self, text: bytes) -> None:
        """Add a piece of the JSON.

        Raises:
            TooLargeError: It becomes too large.
        """
        self._left -= len(text)
        if self._left < 0:
            raise TooLargeError(
                "the result of the job is too large", hint="ask for fewer rows, or fewer answers of each"
            )
        self._pieces.append(self._packer.compress(text))

    def unpack(self) -> bytes:
        """Return the JSON."""
        return zlib.decompress(b"".join([*self._pieces, self._packer.copy().flush()]))


class Jobs:
    """The jobs of a server.

    Args:
        answering: Who does the work.
        limits: How many jobs there may be, how long they take and how long they are kept.
        together: Jobs that are worked on at once.
    """

    def __init__(self, answering: Answering, limits: Limits, together: int) -> None:
        self._answering, self._limits = answering, limits
        self._places = asyncio.Semaphore(together)
        self._jobs: dict[str, Job] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._stopping = False

    def __len__(self) -> int:
        return len(self._jobs)

    def start(self, request: JobRequest, owner: str) -> Job:
        """Begin a job.

        Raises:
            BusyError: There are as many jobs as may be.
            StoppingError: The server is about to end.
        """
        if self._stopping:
            raise StoppingError("the server is about to stop", hint="ask again in a minute")
        self._forget()
        own = sum(job.owner == owner for job in self._jobs.values())
        if len(self._jobs) >= self._limits.jobs or own >= max(1, self._limits.jobs // _SHARE):
            raise BusyError("as many jobs are kept as may be", after=60, hint="delete one that has ended, or wait")
        job = Job(secrets.token_urlsafe(16), owner, request.kind)
        self._jobs[job.id] = job
        task = asyncio.create_task(self._run(job, request))
        self._tasks[job.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(job.id, None))
        return job

    def list_jobs(self, owner: str) -> list[Job]:
        """Return the jobs of one owner, the oldest first."""
        self._forget()
        return [job for job in self._jobs.values() if job.owner == owner]

    def find(self, id: str, owner: str) -> Job:
        """Return a job.

        Raises:
            NotFoundError: There is none of this id, or it is another's.
        """
        self._forget()
        job = self._jobs.get(id)
        if job is None or job.owner != owner:
            raise NotFoundError("there is no such job", value=id, hint="jobs that have ended are kept for a while only")
        return job

    def cancel(self, id: str, owner: str) -> Job:
        """End a job where it is under way, and forget it.

        Raises:
            NotFoundError: As :meth:`find`.
        """
        job = self.find(id, owner)
        if (task := self._tasks.get(id)) is not None:
            task.cancel()
            job.state, job.ended = JobState.CANCELLED, time.time()
        del self._jobs[id]
        return job

    async def stop(self) -> None:
        """End all jobs; none begins any more."""
        self._stopping = True
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, job: Job, request: JobRequest) -> None:
        try:
            async with self._places:
                job.state = JobState.RUNNING
                async with asyncio.timeout(self._limits.job_seconds):
                    await self._work(job, request)
                job.state = JobState.DONE
        except asyncio.CancelledError:
            job.state = JobState.CANCELLED
            raise
        except TimeoutError:
            job.state, job.error = JobState.FAILED, _make_slow(self._limits.job_seconds)
        except AnyMolError as error:
            job.state, job.error = JobState.FAILED, error
        except Exception as error:  # the border of a job: nobody awaits its task  # noqa: BLE001
            job.state, job.error = JobState.FAILED, InternalError(f"a fault in anymol: {type(error).__name__}")
        finally:
            job.ended = time.time()
            if job.state is not JobState.DONE:
                job.result = None

    async def _work(self, job: Job, request: JobRequest) -> None:
        """Find the result of a job.

        Raises:
            AnyMolError: There is none.
        """
        job.result = _PackedJson(self._limits.job_bytes)
        match request:
            case PredictJob():
                plain = PredictRequest.model_construct(**_strip(request, "kind", "task"))
                if plain.inputs is None:
                    await self._work_whole(job, job.result, Call(Operation.PREDICT, plain, request.task))
                else:
                    await self._work_rows(job, job.result, Operation.PREDICT, plain, "inputs", request.task)
            case SynthesizeJob():
                made = SynthesizeRequest.model_construct(**_strip(request, "kind"))
                await self._work_rows(job, job.result, Operation.SYNTHESIZE, made, "molecules")
            case PlanJob():
                planned = PlanRequest.model_construct(**_strip(request, "kind"))
                await self._work_whole(job, job.result, Call(Operation.PLAN, planned))

    async def _work_whole(self, job: Job, result: _PackedJson, call: Call) -> None:
        found = await self._call(call, job.progress.update)
        await asyncio.to_thread(result.add, dump_body(found))

    async def _work_rows(
        self,
        job: Job,
        result: _PackedJson,
        operation: Operation,
        request: PredictRequest | SynthesizeRequest,
        field_name: str,
        task: str = "",
    ) -> None:
        """Find the results of all rows, worked on a few at a time, and packed as they come."""
        rows = list(getattr(request, field_name))
        job.progress.update(done=0, total=len(rows))
        found: dict[str, Any] = {}
        done = 0
        while done < len(rows):
            part = request.model_copy(update={field_name: rows[done : done + _CHUNK[operation]]})
            found = await self._call(Call(operation, part, task))
            answered = found.pop("results")
            opening = b"," if done else b'{"results":['
            await asyncio.to_thread(result.add, opening + dump_body(answered)[1:-1])
            done += len(answered)
            job.progress.update(done=done)
        result.add(b"]" + (b"," + dump_body(found)[1:] if found else b"}"))

    async def _call(self, call: Call, tell: Callable[[dict[str, Any]], None] | None = None) -> dict[str, Any]:
        seconds = self._limits.job_seconds
        while True:
            try:
                found: dict[str, Any] = await self._answering.run(
                    call, seconds=seconds, priority=Priority.LATER, tell=tell
                )
            except BusyError as error:  # the queue is full of others: a job has time
                await asyncio.sleep(max(1.0, error.after))
                continue
            return found

    def _forget(self) -> None:
        """Forget jobs that ended long ago."""
        oldest = time.time() - self._limits.job_age
        for id in [one.id for one in self._jobs.values() if one.ended is not None and one.ended < oldest]:
            del self._jobs[id]


def _strip(request: Any, *names: str) -> dict[str, Any]:
    """Return the fields of a request without some."""
    return {name: getattr(request, name) for name in type(request).model_fields if name not in names}


def _make_slow(seconds: float) -> AnyMolError:
    return SlowError(f"the job was stopped after {seconds:g} s", hint="ask for less at once")
