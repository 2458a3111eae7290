"""An attack: a number of tries, each repeatable by seed and number, run where a crash costs one try alone."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import queue
import random
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from anymol.workers import die_with_parent

START_SECONDS = 60.0
"""Processor time that an attack may take until its first try begins: models are made, runs are trained."""

PATIENCE = 20
"""How many times longer than its processor time a try may take: other programs run too, and some tries wait."""


@dataclass(frozen=True)
class Try:
    """One try.

    Attributes:
        number: Its number, which may decide what is tried.
        rng: Random numbers that follow from the seed and the number.
        folder: A folder of its own.
        shared: What the attack prepared.
    """

    number: int
    rng: random.Random
    folder: Path
    shared: Path


class Work(Protocol):
    """What the module of an attack holds."""

    def prepare(self, folder: Path) -> None:
        """Make what all tries of a process share, in a folder that stays."""

    def attempt(self, one: Try) -> str | None:
        """Make a try and return what went wrong; None where nothing did."""


@dataclass(frozen=True)
class Attack:
    """One kind of attack.

    Attributes:
        name: Name on the command line.
        what: One line for the report.
        tries: How many make the whole attack.
        short: How many make its short form.
        seconds: Processor time that one try may take, with all processes that it starts.
        megabytes: How much more memory the process may ever need for a try; None where it is not watched.
    """

    name: str
    what: str
    tries: int
    short: int
    seconds: float
    megabytes: int | None = None

    def load(self) -> Work:
        """Return what makes its tries: the module of its name."""
        made: Any = importlib.import_module(f"tests.torture.{self.name}")
        return made


@dataclass
class Outcome:
    """How an attack went.

    Attributes:
        attack: The attack.
        tries: Tries that were made.
        faults: Number of a try -> what went wrong.
        slowest: Processor time of the slowest try, s.
        seconds: Time of all together.
    """

    attack: Attack
    tries: int = 0
    faults: dict[int, str] = field(default_factory=dict)
    slowest: float = 0.0
    seconds: float = 0.0

    def __str__(self) -> str:
        return (
            f"{self.attack.name:<10} {self.tries:>6,} tries {len(self.faults):>4} faults "
            f"{self.seconds:>7.1f} s, slowest {self.slowest:>5.1f} s of a core   {self.attack.what}"
        )


def run_attack(
    attack: Attack,
    seed: int,
    numbers: range,
    on_fault: Callable[[int, str], None] = lambda number, fault: None,
    *,
    jobs: int = 1,
) -> Outcome:
    """Make tries in processes of their own; after a crash or a try that takes too long, the next ones in another.

    Args:
        attack: The attack.
        seed: Tries follow from it and from their number.
        numbers: The numbers of the tries.
        on_fault: Called with number and fault of each try that found one.
        jobs: How many processes share the tries.
    """
    outcome = Outcome(attack)
    started = time.monotonic()
    with ThreadPoolExecutor(jobs) as pool:
        for done in [pool.submit(_make, outcome, seed, list(numbers[place::jobs]), on_fault) for place in range(jobs)]:
            done.result()
    outcome.seconds = time.monotonic() - started
    return outcome


def _make(outcome: Outcome, seed: int, left: list[int], on_fault: Callable[[int, str], None]) -> None:
    """Make tries, one after another."""
    attack = outcome.attack
    while left:
        with tempfile.TemporaryDirectory(prefix=f"torture-{attack.name}-", ignore_cleanup_errors=True) as folder:
            for number, fault, seconds in _follow(attack, seed, left, Path(folder)):
                left.remove(number)
                outcome.tries += 1
                outcome.slowest = max(outcome.slowest, seconds)
                if fault is not None:
                    outcome.faults[number] = fault
                    on_fault(number, fault)


def _follow(attack: Attack, seed: int, numbers: list[int], folder: Path) -> Iterator[tuple[int, str | None, float]]:
    """Yield number, fault and seconds of tries until their process ends, by itself or because it is ended.

    A process that ends, or says nothing any more, before all tries are made, costs the one that it was at.
    """
    words = [sys.executable, "-m", "tests.torture.child", attack.name, str(seed), str(folder), *map(str, numbers)]
    log = folder / "stderr"
    waiting = list(numbers)
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            words,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
            cwd=Path(__file__).parents[2],
            preexec_fn=die_with_parent,
        ) as process,
    ):
        lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=_read, args=(process, lines), daemon=True).start()
        limit = START_SECONDS
        try:
            while waiting:
                line, idle = _wait(lines, process.pid, limit), PATIENCE * limit
                if not line and limit == START_SECONDS:
                    raise RuntimeError(
                        f"{attack.name} could not be prepared: {log.read_text(errors='replace')[-2000:]}"
                    )
                if line is None:
                    yield waiting[0], f"took more than {limit:g} s of a core, or was not done after {idle:g} s", limit
                    return
                if not line:
                    said = log.read_text(errors="replace").strip().splitlines()[-1:] or ["nothing"]
                    yield waiting[0], f"the process ended with {process.wait()}, saying {said[0][:200]}", 0.0
                    return
                told = json.loads(line)
                if "begins" in told:
                    limit = attack.seconds
                else:
                    yield waiting.pop(0), told["fault"], told["seconds"]
        finally:
            _end_group(process)


def _read(process: subprocess.Popen[str], lines: queue.SimpleQueue[str]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line)
    lines.put("")


def _wait(lines: queue.SimpleQueue[str], group: int, limit: float) -> str | None:
    """Return the next line of a process; None where its group took more processor time than it may, or far too long."""
    used, began = None, time.monotonic()
    while time.monotonic() - began < PATIENCE * limit and (used is None or _measure(group) - used < limit):
        with contextlib.suppress(queue.Empty):
            return lines.get(timeout=1)
        used = _measure(group) if used is None else used  # only now: to measure takes as long as a short try
    return None


def _measure(group: int) -> float:
    """Return the processor time of a group of processes and of those that they have waited for, s; 0 where unknown."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15])) if int(fields[2]) == group else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def _end_group(process: subprocess.Popen[str]) -> None:
    """End a process with all that it started in its group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def work(attack: Attack, seed: int, numbers: list[int], folder: Path) -> None:
    """Make tries in this process and tell of each on standard output: what a process of :func:`run_attack` does."""
    shared = folder / "shared"
    shared.mkdir(exist_ok=True)
    told = sys.stdout
    sys.stdout = sys.stderr  # whatever a library prints
    made = attack.load()
    made.prepare(shared)
    for number in numbers:
        print(json.dumps({"begins": number}), file=told, flush=True)
        before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, sum(os.times()[:4])
        rng = random.Random(f"{seed}/{attack.name}/{number}")
        with tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as own:
            fault = made.attempt(Try(number, rng, Path(own), shared))
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10
        if fault is None and attack.megabytes is not None and grown > attack.megabytes:
            fault = f"took {grown:,} MB of memory"
        seconds = sum(os.times()[:4]) - started
        print(json.dumps({"number": number, "fault": fault, "seconds": seconds}), file=told, flush=True)
