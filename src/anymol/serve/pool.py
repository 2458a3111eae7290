"""The worker processes: who is free, who waits, and what becomes of a call that takes too long or kills its worker."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import logging
import os
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any, Final

from anymol.errors import AnyMolError
from anymol.serve.calls import BusyError, Call, Priority, SlowError, StoppingError, Tell, WorkerLostError
from anymol.serve.config import ServerConfig
from anymol.serve.worker import Finished, MakeRunner, Progressed, Ready, make_operations, work
from anymol.workers import worker_environment

_GRACE: Final = 2.0
"""Seconds in which a call that was told to stop must have done so; then its process is killed."""
_START_SECONDS: Final = 300.0
"""Time that a worker may take to start: on a busy machine the weights of a large model are read for minutes."""
_BACKOFF: Final = (0.0, 0.5, 2.0, 10.0, 30.0)
"""Seconds before a worker that could not start is started again."""
_USUAL: Final = 1.0
"""Seconds that a call is thought to take before any was measured."""
_log = logging.getLogger("anymol.serve")


@dataclass
class PoolCounts:
    """What a pool has seen, for metrics.

    Attributes:
        started: Worker processes that were started.
        killed: Those that were killed because a call did not stop.
        lost: Those that died by themselves.
        stopped: Calls that were ended before they were done.
        refused: Calls that found the queue full.
        seconds: Mean time of the last calls.
    """

    started: int = 0
    killed: int = 0
    lost: int = 0
    stopped: int = 0
    refused: int = 0
    seconds: float = _USUAL


class WorkerProcess:
    """One worker process, as the event loop sees it.

    Args:
        config: How the server is wanted.
        make: Makes who does the work in it.
        threads: Threads that its libraries may use.
        loop: The loop whose thread takes its messages.
    """

    def __init__(self, config: ServerConfig, make: MakeRunner, threads: int, loop: asyncio.AbstractEventLoop) -> None:
        context = get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._loop = loop
        self.ready: asyncio.Future[str] = loop.create_future()
        self._number = itertools.count(1)
        self._current = 0
        self._answer: asyncio.Future[Finished] | None = None
        self._sent: asyncio.Future[None] | None = None
        self._tell: Tell | None = None
        self._is_lost = False
        self.on_lost: Callable[[WorkerProcess], None] = lambda worker: None
        # Files of a call that kills its process are cleared away all the same.
        self._scratch = tempfile.TemporaryDirectory(prefix="anymol-worker-", ignore_cleanup_errors=True)
        arguments = (theirs, config, make, self._scratch.name)
        with worker_environment(threads):
            self._process = context.Process(target=work, args=arguments, name="anymol-worker", daemon=True)
            self._process.start()
        theirs.close()
        threading.Thread(target=self._listen, name="anymol-answers", daemon=True).start()

    @property
    def is_alive(self) -> bool:
        """Whether the process runs and listens: its end of the pipe closes before the system has buried it."""
        return not self._is_lost and self._process.is_alive()

    @property
    def is_ready(self) -> bool:
        """Whether it runs and has started well."""
        return self.is_alive and self.ready.done() and self.ready.exception() is None

    @property
    def pid(self) -> int | None:
        """Number of the process."""
        return self._process.pid

    async def ask(self, call: Call, tell: Tell | None) -> Finished:
        """Return how a call ended; a cancelled wait leaves the call running until :meth:`stop`.

        Raises:
            WorkerLostError: The process died.
        """
        self._current = next(self._number)
        self._answer, self._tell = self._loop.create_future(), tell
        # In a thread: a full pipe must not keep the loop.
        self._sent = self._loop.run_in_executor(None, self._connection.send, (self._current, call))
        try:
            await asyncio.shield(self._sent)
        except OSError:
            raise WorkerLostError("the worker process is gone") from None
        return await asyncio.shield(self._answer)

    async def stop(self) -> bool:
        """End the call under way; return whether the process survived that."""
        if self._answer is None or self._sent is None or not self.is_alive:
            return self.is_alive
        self._tell = None
        await asyncio.wait({self._sent})
        if not self._answer.done():
            with contextlib.suppress(OSError):
                self._connection.send(self._current)
        try:
            await asyncio.wait_for(asyncio.shield(self._answer), _GRACE)
        except TimeoutError:
            self.kill()
            return False
        except AnyMolError:
            return False
        return True

    def kill(self) -> None:
        """End the process at once."""
        with contextlib.suppress(ValueError):  # it was closed
            self._process.kill()

    def close(self) -> None:
        """End the process as soon as it listens, which is at once unless it computes."""
        with contextlib.suppress(OSError):
            self._connection.close()
        self.kill()
        self._process.join(timeout=5)
        self._scratch.cleanup()

    def _listen(self) -> None:
        """Hand what comes to the loop, in a thread of its own."""
        while True:
            try:
                message: Any = self._connection.recv()
            except (EOFError, OSError):
                message = None
            with contextlib.suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(self._take, message)
            if message is None:
                return

    def _take(self, message: Any) -> None:
        match message:
            case Ready(model=model):
                self.ready.set_result(model)
            case Finished(number=0, error=AnyMolError() as error):
                self.ready.set_exception(error)
            case Progressed(number=number, progress=progress):
                if number == self._current and self._tell is not None:
                    self._tell(progress)
            case Finished(number=number):
                if self._answer is not None and number == self._current and not self._answer.done():
                    self._answer.set_result(message)
            case _:
                self._is_lost = True
                lost = WorkerLostError("the worker process died")
                for future in (self.ready, self._answer):
                    if future is not None and not future.done():
                        future.set_exception(lost)
                        future.exception()  # it is nobody's fault if nobody waits any more
                self.on_lost(self)


@dataclass(order=True)
class _Waiter:
    """A call that waits for a worker."""

    priority: Priority
    place: int
    turn: asyncio.Future[WorkerProcess] = field(compare=False)


class WorkerPool:
    """Worker processes that answer calls, used as an asynchronous context.

    Args:
        config: How the server is wanted.
        make: Makes who does the work in each process.

    Attributes:
        counts: What it has seen.
        running: Calls that are worked on.
        model: Name of the model; None until a worker has started.
        fault: Why no worker starts; None where one did.
    """

    def __init__(self, config: ServerConfig, make: MakeRunner = make_operations) -> None:
        self._config, self._make = config, make
        self._threads = max(1, (os.cpu_count() or 1) // config.workers)
        self._idle: list[WorkerProcess] = []
        self._all: set[WorkerProcess] = set()
        self._waiters: list[_Waiter] = []
        self._places = itertools.count()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False
        self.counts = PoolCounts()
        self.running = 0
        self.model: str | None = None
        self.fault: AnyMolError | None = None

    async def __aenter__(self) -> WorkerPool:
        for _ in range(self._config.workers):
            self._begin(self._start())
        return self

    async def __aexit__(self, *_: object) -> None:
        self.refuse()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        workers = list(self._all)
        self._all.clear()
        await asyncio.gather(*(asyncio.to_thread(worker.close) for worker in workers))

    @property
    def is_ready(self) -> bool:
        """Whether a worker can answer, now or when it has answered what it works on."""
        return not self._stopping and any(worker.is_ready for worker in self._all)

    @property
    def waiting(self) -> int:
        """Calls that wait for a worker."""
        return sum(not one.turn.done() for one in self._waiters)

    @property
    def pids(self) -> list[int]:
        """Numbers of the worker processes."""
        return [worker.pid for worker in self._all if worker.pid is not None]

    def refuse(self) -> None:
        """Begin nothing more: what waits is refused, what is worked on goes on."""
        self._stopping = True
        for one in self._waiters:
            if not one.turn.done():
                one.turn.set_exception(_make_stopping())
        self._waiters.clear()

    async def run(
        self, call: Call, *, seconds: float, priority: Priority = Priority.NOW, tell: Tell | None = None
    ) -> Any:
        """Return the result of a call; see :class:`~anymol.serve.calls.Answering`."""
        worker: WorkerProcess | None = None
        try:
            async with asyncio.timeout(seconds):
                worker = await self._acquire(priority)
                done = await self._ask(worker, call, tell)
        except TimeoutError:
            if worker is None:
                raise BusyError("no worker was free in time", after=self._guess_wait()) from None
            raise SlowError(
                f"this was stopped after {seconds:g} s", hint="ask for less, or start a job for long work"
            ) from None
        if done.error is not None:
            raise done.error
        return done.result

    async def _ask(self, worker: WorkerProcess, call: Call, tell: Tell | None) -> Finished:
        """Return how a call ended, and give the worker to the next one, or have it back from a call given up."""
        began = time.monotonic()
        done: Finished | None = None
        self.running += 1
        try:
            done = await worker.ask(call, tell)
        finally:
            self.running -= 1
            if done is None:
                self.counts.stopped += 1
                self._begin(self._reclaim(worker))
            else:
                self.counts.seconds += 0.1 * (time.monotonic() - began - self.counts.seconds)
                self._release(worker)
        return done

    # ------------------------------------------------------------------------------------------------ who is free

    async def _acquire(self, priority: Priority) -> WorkerProcess:
        if self._stopping:
            raise _make_stopping()
        if self._idle:
            return self._idle.pop()
        if self.waiting >= self._config.limits.waiting:
            self.counts.refused += 1
            raise BusyError("as many requests wait as may", after=self._guess_wait())
        waiter = _Waiter(priority, next(self._places), asyncio.get_running_loop().create_future())
        heapq.heappush(self._waiters, waiter)
        try:
            return await waiter.turn
        except asyncio.CancelledError:
            if waiter.turn.done() and not waiter.turn.cancelled() and waiter.turn.exception() is None:
                self._release(waiter.turn.result())  # its turn came as it left
            raise

    def _release(self, worker: WorkerProcess) -> None:
        """Give a worker to whoever waits first, or keep it for the next."""
        if worker not in self._all:
            return
        while self._waiters:
            turn = heapq.heappop(self._waiters).turn
            if not turn.done():
                turn.set_result(worker)
                return
        self._idle.append(worker)

    def _replace_idle(self, worker: WorkerProcess) -> None:
        """Start another worker for one that died while nobody asked it anything."""
        if worker in self._idle:
            self._idle.remove(worker)
            self._begin(self._reclaim(worker))

    async def _reclaim(self, worker: WorkerProcess) -> None:
        """Have a worker back whose call was given up; where it does not listen, or is gone, another takes its place."""
        if await worker.stop():
            self._release(worker)
            return
        if worker.is_alive:
            self.counts.killed += 1
            worker.kill()
        else:
            self.counts.lost += 1
        self._all.discard(worker)
        await asyncio.to_thread(worker.close)
        if not self._stopping:
            await self._start()

    async def _start(self) -> None:
        """Start a worker; where it cannot start, try again after a while."""
        for attempt in itertools.count():
            await asyncio.sleep(_BACKOFF[min(attempt, len(_BACKOFF) - 1)])
            if self._stopping:
                return
            worker = WorkerProcess(self._config, self._make, self._threads, asyncio.get_running_loop())
            worker.on_lost = self._replace_idle
            self._all.add(worker)
            self.counts.started += 1
            try:
                self.model = await asyncio.wait_for(worker.ready, _START_SECONDS)
            except (AnyMolError, TimeoutError) as error:
                self.fault = error if isinstance(error, AnyMolError) else WorkerLostError("a worker did not start")
                _log.error("a worker did not start: %s", self.fault)
                self._all.discard(worker)
                await asyncio.to_thread(worker.close)
                continue
            self.fault = None
            self._release(worker)
            return

    def _begin(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _guess_wait(self) -> float:
        return max(1.0, (self.waiting + 1) * self.counts.seconds / self._config.workers)


def _make_stopping() -> StoppingError:
    return StoppingError("the server is about to stop", hint="ask again in a minute")
