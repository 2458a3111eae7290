"""A worker process: one call at a time on its main thread, which a signal can end.

RDKit and torch are called from one thread alone, and a call that shall end is interrupted between two steps of Python
as Ctrl-C would. Code that does not come back to Python is ended by whoever started the process, with the process.
"""

from __future__ import annotations

import logging
import os
import queue
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import FrameType
from typing import Any, Final, Protocol

from anymol.errors import AnyMolError
from anymol.heap import share_one_heap
from anymol.serve.calls import Call, InternalError, Tell
from anymol.serve.config import ServerConfig

STOP_SIGNAL: Final = getattr(signal, "SIGUSR1", None)
"""Ends a call between two steps of Python; where a system has none, a call that shall end costs its process."""
_log = logging.getLogger("anymol.serve")


@dataclass(frozen=True)
class Ready:
    """A worker that waits for its first call.

    Attributes:
        model: Name of its model.
    """

    model: str


@dataclass(frozen=True)
class Progressed:
    """How far a call is.

    Attributes:
        number: Of the call.
        progress: What is told.
    """

    number: int
    progress: dict[str, Any]


@dataclass(frozen=True)
class Finished:
    """How a call ended.

    Attributes:
        number: Of the call.
        result: What it found; None where there is an error.
        error: Why it found nothing.
        stopped: Whether it was told to stop.
    """

    number: int
    result: Any = None
    error: AnyMolError | None = None
    stopped: bool = False


class _Stopped(BaseException):
    """The call was told to stop."""


class _Current:
    """The call under way, as the handler of the signal sees it."""

    def __init__(self) -> None:
        self.number: int | None = None
        self.to_stop: int | None = None

    def handle(self, number: int, frame: FrameType | None) -> None:
        """Interrupt the call if it is the one to be stopped; one that has just ended is left alone."""
        if self.number is not None and self.number == self.to_stop:
            self.number = None
            raise _Stopped

    @contextmanager
    def unstopped(self) -> Iterator[None]:
        """Let the call be stopped at the end of the scope only: half a message would be the end of all others."""
        number, self.number = self.number, None
        yield
        self.number = number
        if number == self.to_stop:
            raise _Stopped


class Runner(Protocol):
    """Who does the work in a worker process; :class:`anymol.serve.operations.Operations` does."""

    @property
    def model(self) -> str:
        """Name of its model."""

    def prepare(self) -> None:
        """Read what the first call would wait for."""

    def run(self, call: Call, tell: Tell) -> Any:
        """Return the result of a call."""


MakeRunner = Callable[[ServerConfig], Runner]
"""Makes who does the work, inside the process; it is picklable."""


def make_operations(config: ServerConfig) -> Runner:
    """Return an assistant's operations; what they need is imported here, not by the process that listens."""
    from anymol.serve.operations import Operations

    return Operations(config)


def work(connection: Connection, config: ServerConfig, make: MakeRunner, scratch: str) -> None:
    """Answer calls until the other end of a connection is closed; the body of a worker process.

    Args:
        connection: Gives ``(number, call)`` to begin and ``number`` to stop; takes `Ready`, `Progressed`, `Finished`.
        config: How the server is wanted.
        make: Makes who does the work.
        scratch: Folder for files that live as long as a call; whoever started the process clears it away.
    """
    _keep_apart()
    share_one_heap()
    tempfile.tempdir = os.environ["TMPDIR"] = scratch
    current = _Current()
    for ignored in (signal.SIGINT, signal.SIGTERM):  # sent to a whole group; the process that started this one decides
        signal.signal(ignored, signal.SIG_IGN)
    if STOP_SIGNAL is not None:
        signal.signal(STOP_SIGNAL, current.handle)
    calls: queue.SimpleQueue[tuple[int, Call]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(connection, calls, current), name="anymol-calls", daemon=True).start()
    try:
        runner = make(config)
        if config.preload:
            runner.prepare()
    except AnyMolError as error:
        connection.send(Finished(0, error=error))
        return
    connection.send(Ready(runner.model))
    while True:
        number, call = calls.get()
        connection.send(_answer(runner, number, call, current, connection))


def _answer(runner: Runner, number: int, call: Call, current: _Current, connection: Connection) -> Finished:
    """Return how a call ended, whatever it did."""

    def tell(progress: dict[str, Any]) -> None:
        with current.unstopped():
            connection.send(Progressed(number, progress))

    try:
        try:
            current.number = number
            if current.to_stop == number:
                raise _Stopped
            result = runner.run(call, tell)
        finally:
            current.number = None
    except _Stopped:
        return Finished(number, stopped=True)
    except AnyMolError as error:
        return Finished(number, error=error)
    except MemoryError:
        return Finished(number, error=InternalError("the call needed more memory than there is"))
    except Exception as error:  # the border of the worker: a fault costs its call  # noqa: BLE001
        # Where it was, without its message, which may repeat what was asked.
        trace = "".join(traceback.format_tb(error.__traceback__))
        _log.error("a fault in %s: %s\n%s", call.operation, type(error).__name__, trace)
        return Finished(number, error=InternalError(f"a fault in anymol: {type(error).__name__}"))
    return Finished(number, result=result)


def _listen(connection: Connection, calls: queue.SimpleQueue[tuple[int, Call]], current: _Current) -> None:
    """Take what comes; end this process when nobody can send anything any more."""
    main = threading.main_thread().ident
    assert main is not None
    while True:
        try:
            given = connection.recv()
        except (EOFError, OSError):
            os._exit(0)
        if isinstance(given, int):
            current.to_stop = given
            if STOP_SIGNAL is not None:
                signal.pthread_kill(main, STOP_SIGNAL)
        else:
            calls.put(given)


def _keep_apart() -> None:
    """Read nothing from, and write nothing to, the streams of the process that started this one: they may be MCP's."""
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
