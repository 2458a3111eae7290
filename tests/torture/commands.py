"""The command ``anymol`` as a process of its own, all that it started found again, and how a command may end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol, Self

from anymol.cli.main import main

_MARK = "ANYMOL_TORTURE"
"""Variable of the environment by which every process that a command started is known, whoever its parent is."""

GONE_SECONDS = 60.0
"""Time after which no process of a command that has ended may be left, on a busy machine too."""


@dataclass(frozen=True)
class Ended:
    """How a command ended.

    Attributes:
        code: Its exit code; negative where a signal ended it.
        out: What it wrote on standard output, where that was kept.
        err: The same of standard error.
    """

    code: int
    out: str
    err: str


class _Process(Protocol):
    """What a command runs in: a program of its own, or a copy of this process."""

    pid: int

    def poll(self) -> int | None: ...

    def wait(self) -> int: ...

    def send_signal(self, number: int) -> None: ...


class Command:
    """A command under way, used as a context: whatever of it is left at the end is killed.

    Args:
        words: What follows ``anymol``.
        folder: Where it runs; what a copy says is kept beside.
        environment: Variables that differ from ours; None takes one away.
        preexec: Called in the new process before it becomes the command.
        copied: Whether it runs in a copy of this process, which has imported everything: a tenth of the time goes by
            before it is at work.
        streams: Other standard streams than none and two pipes, which are read.
    """

    def __init__(
        self,
        words: Iterable[str | Path],
        folder: Path,
        *,
        environment: Mapping[str, str | None] | None = None,
        preexec: Callable[[], None] | None = None,
        copied: bool = False,
        **streams: int | IO[Any] | None,
    ) -> None:
        self._said: list[_Listener] = []
        self._mark = uuid.uuid4().hex
        changed = {**os.environ, _MARK: self._mark, "ANYMOL_DATA": None, **(environment or {})}
        self._kept = [folder.parent / f"{folder.name}.{self._mark}.{name}" for name in ("out", "err")]
        self.process: _Process
        if copied:
            os.environ[_MARK] = self._mark  # known by it are the processes that the copy starts
            os.environ.pop("ANYMOL_DATA", None)
            self.process = _Copy([*map(str, words)], folder, self._kept)
            return
        given: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.process = program = subprocess.Popen(
            [sys.executable, "-m", "anymol", *map(str, words)],
            cwd=folder,
            env={name: value for name, value in changed.items() if value is not None},
            preexec_fn=preexec,
            start_new_session=True,
            **(given | streams),
        )
        self._said = [_Listener(stream) for stream in (program.stdout, program.stderr)]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        for number in self.find_processes():
            _kill(number)
        for path in self._kept:
            path.unlink(missing_ok=True)

    def wait(self) -> Ended:
        """Wait until the command has ended and return how."""
        code = self.process.wait()
        kept = [path.read_text(errors="replace") if path.exists() else "" for path in self._kept]
        return Ended(code, *([one.stop() for one in self._said] or kept))

    def find_processes(self) -> list[int]:
        """Return the processes that run for this command, itself among them while it does."""
        wanted = f"{_MARK}={self._mark}".encode()
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                if int(path.parent.name) != os.getpid() and wanted in path.read_bytes().split(b"\0"):
                    found.append(int(path.parent.name))
            except OSError:
                continue
        return found

    def find_orphans(self) -> str | None:
        """Return what is wrong with the processes of a command that has ended: some are left."""
        until = time.monotonic() + GONE_SECONDS
        while left := self.find_processes():
            if time.monotonic() > until:
                return f"{len(left)} of its processes are left"
            time.sleep(0.05)
        return None


class _Listener:
    """Takes in what a command says: through a pipe, which no limit on files concerns."""

    def __init__(self, stream: IO[bytes] | None) -> None:
        self._stream, self._heard = stream, bytearray()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        if self._stream is not None:
            with self._stream as stream:
                while part := os.read(stream.fileno(), 1 << 16):
                    self._heard += part

    def stop(self) -> str:
        """Return what was said; a process that is left may hold the stream open."""
        self._thread.join(timeout=2)
        return self._heard.decode(errors="replace")


class _Copy:
    """A copy of this process in which a command runs."""

    def __init__(self, words: Sequence[str], folder: Path, kept: Sequence[Path]) -> None:
        self._code: int | None = None
        self.pid = os.fork()
        if self.pid:
            return
        code = 70
        try:
            os.setsid()
            for number, path in enumerate((Path(os.devnull), *kept)):
                handle = os.open(path, os.O_RDWR | os.O_CREAT)
                os.dup2(handle, number)
            sys.stdin, sys.stdout, sys.stderr = (os.fdopen(number, mode) for number, mode in enumerate("rww"))
            os.chdir(folder)
            code = main(words)
            sys.stderr.flush()
        except BaseException:  # noqa: BLE001 - nothing may go on in the copy
            traceback.print_exc()
            sys.stderr.flush()
        finally:
            os._exit(code)

    def poll(self) -> int | None:
        if self._code is None:
            number, status = os.waitpid(self.pid, os.WNOHANG)
            self._code = os.waitstatus_to_exitcode(status) if number else None
        return self._code

    def wait(self) -> int:
        if self._code is None:
            self._code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self._code

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)


def _kill(number: int) -> None:
    try:
        os.kill(number, signal.SIGKILL)
    except ProcessLookupError:
        return


def run(words: Sequence[str | Path], folder: Path, **more: Any) -> Ended:
    """Run a command to its end."""
    with Command(words, folder, **more) as command:
        return command.wait()


def judge_ending(ended: Ended, codes: Iterable[int]) -> str | None:
    """Return what is wrong with the way a command ended; None where nothing is.

    Args:
        ended: How it ended.
        codes: Exit codes that are right.
    """
    lines = ended.err.strip().splitlines()
    last = lines[-1] if lines else ""
    if "Traceback (most recent call last)" in ended.err:
        return f"shows a traceback that ends with {last[:200]!r}"
    if "a fault in anymol" in ended.err or "internal error" in ended.err:
        return f"says that the fault is ours: {last[:300]!r}"
    if ended.code not in codes:
        return f"ended with {ended.code}, saying {last[:200]!r}"
    if ended.code == 2 and not any(line.startswith("anymol: ") for line in lines):
        return f"ended with 2 without a message for the user, saying {last[:200]!r}"
    return None


def find_drafts(folder: Path) -> str | None:
    """Return what is wrong below a folder that a command has left in order: drafts lie about."""
    drafts = sorted(path.name for path in folder.rglob(".*") if path.suffix in (".part", ".old"))
    return f"a draft is left: {drafts[0]}" if drafts else None
