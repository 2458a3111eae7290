"""Run a chemistry function under a time limit, in a worker process that can be killed.

RDKit's embedding and bond perception can run for hours on a hostile input, and no signal interrupts C++ code. The
function therefore runs in a second Python process, which is started on first use, reused afterwards, and killed when
the limit is reached; the next call starts a fresh one. Arguments and results travel as JSON, so they are strings,
numbers, lists and mappings; errors of the anymol family arrive as themselves.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from anymol import errors
from anymol.errors import AnyMolError, TimeLimitError, UserError

START_SECONDS = 60.0
"""Time the worker may take to start and import; not counted against a call's own limit."""

_GRACE_SECONDS = 2.0
"""How long after the limit a worker that nobody has killed ends by itself: whoever started it is gone."""

_Result = TypeVar("_Result")


def run_limited(function: Callable[..., _Result], *args: Any, seconds: float, **kwargs: Any) -> _Result:
    """Return ``function(*args, **kwargs)``, computed in the worker within `seconds`.

    Args:
        function: A module-level function whose arguments and result are JSON values (a tuple comes back as a list).
        args: Its positional arguments.
        seconds: Wall-clock limit.
        kwargs: Its keyword arguments.

    Raises:
        TimeLimitError: The limit was reached; the worker was killed.
        AnyMolError: The function raised one; others arrive as `UserError` holding their text.
        UserError: The worker died (RDKit crashed on the input).
    """
    called = {"module": function.__module__, "name": function.__qualname__, "args": args, "kwargs": kwargs}
    request = json.dumps({**called, "seconds": seconds})
    with _lock:
        worker = _get_worker()
        try:
            worker.prepare(function.__module__)
            reply = worker.ask(request, seconds)
        except TimeoutError:
            _stop_worker()
            raise TimeLimitError(
                f"{function.__qualname__} was stopped after {seconds:g} s",
                value=args[0] if args else None,
                hint="the input is too large or too odd for this step",
            ) from None
        except EOFError:
            _stop_worker()
            raise UserError(f"{function.__qualname__} crashed on this input", value=args[0] if args else None) from None
        except BaseException:
            # Interrupted (Ctrl-C, a signal's handler): the reply still to come would be taken for the next call's.
            _stop_worker()
            raise
    if "error" in reply:
        raise _rebuild_error(reply["error"])
    result: _Result = reply["result"]
    return result


class _Worker:
    """The worker process and the thread that reads its replies."""

    def __init__(self) -> None:
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        self._process = subprocess.Popen(
            # -P: with -c alone the current directory comes first, and a file 'queue.py' or 'anymol.py' there is run.
            [sys.executable, "-P", "-c", "from anymol.chem.limits import serve; serve()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            encoding="utf-8",
        )
        self._replies: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._imported: set[str] = set()
        threading.Thread(target=self._read, name="anymol-limits", daemon=True).start()

    def prepare(self, module: str) -> None:
        """Let the worker import `module` before the clock of the call starts."""
        if module not in self._imported:
            self.ask(json.dumps({"module": module, "seconds": START_SECONDS}), START_SECONDS)
            self._imported.add(module)

    def ask(self, request: str, seconds: float) -> dict[str, Any]:
        """Send one request and wait for its reply.

        Raises:
            TimeoutError: No reply came in time.
            EOFError: The process is gone.
        """
        try:
            self._send(request)
            line = self._replies.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError from None
        except OSError:
            raise EOFError from None
        if not line:
            raise EOFError
        reply: dict[str, Any] = json.loads(line)
        return reply

    def stop(self) -> None:
        """Kill the process and close its pipes."""
        self._process.kill()
        self._process.wait()
        if self._process.stdin:
            with contextlib.suppress(BrokenPipeError):  # an unsent request has nobody left to read it
                self._process.stdin.close()

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def _send(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            for line in stream:
                self._replies.put(line)
        self._replies.put("")


_lock = threading.RLock()
_worker: _Worker | None = None


def _get_worker() -> _Worker:
    """Return the running worker, or start one."""
    global _worker
    if _worker is not None and not _worker.is_alive:
        _stop_worker()
    if _worker is None:
        _worker = _Worker()
    return _worker


def _stop_worker() -> None:
    global _worker
    if _worker is not None:
        _worker.stop()
        _worker = None


def _forget_worker() -> None:
    """After a fork: the worker belongs to the parent, and the lock may have been held there."""
    global _worker, _lock
    _worker, _lock = None, threading.RLock()


atexit.register(_stop_worker)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_worker)


def _rebuild_error(error: dict[str, Any]) -> AnyMolError:
    """Return the error that the worker met, in its own class where it is one of ours."""
    kind = getattr(errors, error["class"], UserError)
    if not (isinstance(kind, type) and issubclass(kind, AnyMolError)):
        kind = UserError
    details = {name: error[name] for name in ("position", "cause") if name in error}
    return kind(error["message"], value=error["input"], hint=error["hint"], **details)


def serve() -> None:
    """Answer requests from standard input, one JSON object per line, until it closes: the worker's main loop."""
    # RDKit and others may print: replies get a descriptor of their own, and descriptor 1 becomes standard error.
    requests: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests,), name="anymol-requests", daemon=True).start()
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as replies:
        os.dup2(2, 1)
        while True:
            request = json.loads(requests.get())
            _set_alarm(request["seconds"] + _GRACE_SECONDS)
            reply = json.dumps(_answer(request))
            _set_alarm(0)
            replies.write(reply + "\n")
            replies.flush()


def _listen(requests: queue.SimpleQueue[str]) -> None:
    """Take requests in, and end this process with whoever sends them, also while it works on one."""
    for line in sys.stdin:
        requests.put(line)
    os._exit(0)


def _set_alarm(seconds: float) -> None:
    """Let the system end this process after some seconds, in C++ code too; 0 for no more."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    try:
        target: Any = importlib.import_module(request["module"])
        if "name" not in request:
            return {"result": None}
        for part in request["name"].split("."):
            target = getattr(target, part)
        return {"result": target(*request["args"], **request["kwargs"])}
    except AnyMolError as error:
        return {"error": {"class": type(error).__name__, **error.to_json()}}
    # The worker is a border: whatever RDKit raises is carried over as text, and the worker goes on.
    except Exception as error:  # noqa: BLE001
        return {
            "error": {"class": "UserError", "message": f"{type(error).__name__}: {error}", "input": None, "hint": None}
        }
