"""What the tests of the server share: runners that do as they are told, and servers of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anymol.errors import InvalidSmilesError
from anymol.serve.calls import Call, Tell
from anymol.serve.config import ServerConfig

START_SECONDS = 240.0


class ObedientRunner:
    """Does what the text of a request says, so that a pool is tested without a model.

    ``sleep N``, ``spin N`` (never comes back to Python in between), ``fail``, ``crash``, ``keep`` (a file), ``die``,
    ``count`` (calls so far), ``pid``, ``tell N``; anything else is repeated.
    """

    model = "obedient"

    def __init__(self, config: ServerConfig) -> None:
        self.calls = 0

    def prepare(self) -> None:
        return

    def run(self, call: Call, tell: Tell) -> Any:
        self.calls += 1
        word, _, number = str(getattr(call.request, "text", "")).partition(" ")
        match word:
            case "sleep":
                ends = time.monotonic() + float(number)
                while time.monotonic() < ends:
                    time.sleep(0.01)
            case "spin":
                import hashlib

                hashlib.pbkdf2_hmac("sha256", b"x", b"y", int(float(number) * 1_000_000))
            case "fail":
                raise InvalidSmilesError("this is wrong", value="C1CC", hint="close the ring", position=1)
            case "crash":
                raise RuntimeError("secret molecule CCO")
            case "keep":
                return tempfile.mkstemp()[1]
            case "die":
                os.kill(os.getpid(), signal.SIGKILL)
            case "tell":
                for one in range(int(number)):
                    tell({"done": one + 1})
            case "count":
                return self.calls
            case "pid":
                return os.getpid()
        return f"{word} {number}".strip()


@dataclass(frozen=True)
class Served:
    """A server in a process of its own.

    Attributes:
        url: Its address.
        process: The process.
        log: What it writes.
    """

    url: str
    process: subprocess.Popen[str]
    log: Path

    def get(self, path: str) -> Any:
        """Return the JSON of a route."""
        with urllib.request.urlopen(self.url + path, timeout=30) as found:
            return json.load(found)

    def wait_until_ready(self) -> None:
        """Wait until a worker can answer."""
        wait_for(lambda: _is_ready(self.url), f"{self.url} to be ready; {self.log.read_text()[-2000:]}")

    def list_children(self) -> list[int]:
        """Return the processes that it started, and those that they started."""
        return list_descendants(self.process.pid)


def list_descendants(pid: int) -> list[int]:
    """Return the processes below one, from ``/proc``."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents.setdefault(int(fields[1]), []).append(int(folder.name))
    found, left = [], [pid]
    while left:
        below = parents.get(left.pop(), [])
        found += below
        left += below
    return found


def wait_for(met: Callable[[], bool], what: str, seconds: float = START_SECONDS) -> None:
    """Wait until something is so.

    Raises:
        TimeoutError: It did not become so.
    """
    ends = time.monotonic() + seconds
    while not met():
        if time.monotonic() > ends:
            raise TimeoutError(f"waited {seconds:g} s for {what}")
        time.sleep(0.1)


@contextmanager
def serving(folder: Path, *words: str) -> Iterator[Served]:
    """Run ``anymol serve`` on a free port, in an empty folder, and end it with the scope."""
    log = folder / "serve.log"
    folder.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "anymol", "serve", "--port", "0", "--json", *words],
            stdout=subprocess.PIPE,
            stderr=stream,
            encoding="utf-8",
            cwd=folder,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, log.read_text()
        yield Served(json.loads(line)["url"], process, log)
    finally:
        process.terminate()
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/ready", timeout=30) as found:
            return bool(found.status == 200)
    except OSError:
        return False
