"""What a machine may refuse: room, rights, files, memory, streams, time; and what may change under a running command.

A fault is a row of `FAULTS`: how a command is run, and with which codes it may end. Whatever happens, what stands at
the place of the result is whole, or can be gone on with, and leads to the right result once the fault is gone.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import random
import resource
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import torch
from tests.torture import samples
from tests.torture.artefacts import digest, read_shards
from tests.torture.attack import Try
from tests.torture.commands import Command, Ended, find_drafts, judge_ending

from anymol.data.shard_files import SHARDS
from anymol.data.shards import ShardReader
from anymol.errors import AnyMolError
from anymol.inference.batch import predict_file
from anymol.synthesis.pipeline.local import LocalExecutor
from anymol.synthesis.pipeline.parts import read_records
from anymol.synthesis.pipeline.run import SynthesisPlan, synthesize
from anymol.synthesis.pipeline.work import InputRow
from anymol.synthesis.table import choose_engines
from anymol.training.train import run as train

ROWS = 60
SMALL = 3
"""Rows of a part of a synthesis."""


# ------------------------------------------------------------------------------------------------------------- commands


@dataclass(frozen=True)
class Work:
    """A command that is put under a fault.

    Attributes:
        words: Its command line, given the folder that it works in and what the attack prepared.
        finish: Goes on with what it left in the folder, in this process and without the fault, and returns all that
            the result is; None where it leaves nothing.
        prints: Whether it says its result on standard output.
    """

    words: Callable[[Path, Path], list[str]]
    finish: Callable[[Path], Any] | None = None
    prints: bool = False


def finish_batch(folder: Path) -> Any:
    options = {"resume": True}
    if not (folder / "out" / "out.jsonl.run.json").exists():
        assert not (folder / "out" / "out.jsonl").exists() or not (folder / "out" / "out.jsonl").read_bytes()
    for options in ({"resume": True}, {"overwrite": True}):
        try:
            predict_file(plan_batch(folder), samples.load_assistant, **options)
        except AnyMolError:
            if "overwrite" in options:
                raise
            continue  # it was spoilt by an input that changed
        return (folder / "out" / "out.jsonl").read_bytes()
    return None


def plan_batch(folder: Path) -> Any:
    from dataclasses import replace

    return replace(samples.plan_batch(folder), output=folder / "out" / "out.jsonl")


def finish_synthesis(folder: Path) -> Any:
    names = [samples.MOLECULES[number % len(samples.MOLECULES)] for number in range(ROWS)]
    rows = [InputRow(number, f"m{number}", name) for number, name in enumerate(names)]
    place = folder / "out" / "records"
    described = SynthesisPlan(folder / "in.csv", choose_engines("graph"), place, part_rows=SMALL)
    try:
        synthesize(described, rows, LocalExecutor(1), resume=True)
    except AnyMolError as error:
        if "another input_sha256" not in str(error):
            raise
        shutil.rmtree(place)  # spoilt by an input that changed
        synthesize(described, rows, LocalExecutor(1))
    return [vars(row) for row in read_records(place, "graph")]


def finish_build(folder: Path) -> Any:
    place = folder / "out" / "shards"
    if not SHARDS.is_at(place):
        assert not place.exists(), "half a folder of shards"
        samples.make_shards(place)
    return read_shards(place)[0], len(ShardReader(place))


def finish_training(folder: Path) -> Any:
    with contextlib.redirect_stderr(None):
        done = train(samples.plan(), folder / "out" / "run", shards=_shared / "shards", resume=True)
    assert done.model is not None
    return (done.model / "model.safetensors").read_bytes()


WORKS: dict[str, Work] = {
    "say": Work(lambda folder, shared: ["predict", "tpsa", "CCO", "--json"], prints=True),
    "list": Work(lambda folder, shared: ["tasks"], prints=True),
    "ask": Work(lambda folder, shared: ["ask", "What is the LogP of CCO?"], prints=True),
    "compute": Work(lambda folder, shared: ["compute", "formula,tpsa", "--input", "in.csv"], prints=True),
    "batch": Work(
        lambda folder, shared: ["predict", "tpsa", "--input", "in.csv", "--output", "out/out.jsonl", "--source", "tool",
                                "--chunk", "4", "--resume"],
        finish_batch,
    ),
    "synthesize": Work(
        lambda folder, shared: ["synthesize", "in.csv", "--modalities", "graph", "--output", "out/records", "--plots",
                                "0", "--workers", "2", "--part-rows", str(SMALL), "--resume"],
        finish_synthesis,
    ),
    "build": Work(
        lambda folder, shared: ["data", "build", str(shared / "recipe.yaml"), "--output", "out/shards", "--workers",
                                "1"],
        finish_build,
        prints=True,
    ),
    "train": Work(
        lambda folder, shared: ["train", str(shared / "recipe.yaml"), "--shards", str(shared / "shards"), "--output",
                                "out/run", "--resume"],
        finish_training,
    ),
}  # fmt: skip
WRITERS = ("batch", "synthesize", "build", "train")
PRINTERS = ("say", "list", "ask", "compute")


# --------------------------------------------------------------------------------------------------------------- faults


@dataclass
class Case:
    """One command under one fault.

    Attributes:
        work: The command.
        words: Its command line.
        folder: Where it runs.
        rng: Random numbers of the try.
        more: How it is started, for `Command`.
    """

    work: Work
    words: list[str]
    folder: Path
    rng: random.Random
    more: dict[str, Any] = field(default_factory=dict)

    def run(self) -> Ended:
        """Run it to its end."""
        with Command(self.words, self.folder, **self.more) as command:
            ended = command.wait()
            if fault := command.find_orphans():
                raise FaultError(fault)
        return ended

    def require(self, *codes: int) -> None:
        """Run it, and require one of some exit codes."""
        if fault := judge_ending(self.run(), codes):
            raise FaultError(fault)


class FaultError(Exception):
    """A fault that a try has found."""


def limit(kind: int, *sizes: int, codes: tuple[int, ...] = (0, 2)) -> Callable[[Case], None]:
    """Return the fault of a limit that the system sets to a process."""

    def apply(case: Case) -> None:
        size = case.rng.choice(sizes)
        case.more["preexec"] = lambda: resource.setrlimit(kind, (size, size))
        case.require(*codes)

    return apply


def little_memory(case: Case) -> None:
    """Where a library in C++ finds no memory, it ends the process (SIGABRT), and nothing of ours is asked."""
    limit(resource.RLIMIT_AS, 300 << 20, 600 << 20, 1200 << 20, 2400 << 20, codes=(0, 2, -signal.SIGABRT))(case)


def full_stdout(case: Case) -> None:
    with Path("/dev/full").open("wb") as full:
        case.more["stdout"] = full
        case.require(2 if case.work.prints else 0)


def full_stderr(case: Case) -> None:
    with Path("/dev/full").open("wb") as full:
        case.more["stderr"] = full
        code = case.run().code
        if code not in (0, 2):
            raise FaultError(f"ended with {code}")


def closed(*numbers: int) -> Callable[[Case], None]:
    def apply(case: Case) -> None:
        case.more["preexec"] = lambda: [os.close(number) for number in numbers]
        ended = case.run()
        if ended.code not in ((2,) if case.work.prints and 1 in numbers else (0,)):
            raise FaultError(f"ended with {ended.code}")
        if 2 not in numbers and (fault := judge_ending(ended, {0, 2})):
            raise FaultError(fault)

    return apply


def broken_pipe(case: Case) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        case.more["stdout"] = writing
        case.require(0, 2)
    finally:
        os.close(writing)


def read_only(case: Case) -> None:
    """The folder of the result may not be written; root is bound by that too once it has no power over it."""
    (case.folder / "out").mkdir()
    (case.folder / "out").chmod(0o555)
    case.more["preexec"] = _bind_by_rights
    try:
        case.require(2)
    finally:
        (case.folder / "out").chmod(0o755)


def unreadable_input(case: Case) -> None:
    (case.folder / "in.csv").chmod(0)
    case.more["preexec"] = _bind_by_rights
    try:
        case.require(2)
    finally:
        (case.folder / "in.csv").chmod(0o644)


_LIBC = ctypes.CDLL(None)
_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 24, 1, 2


def _bind_by_rights() -> None:
    """Let the program that is about to run be bound by the rights of files, although it is root's."""
    for power in (_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH):
        _LIBC.prctl(_PR_CAPBSET_DROP, power, 0, 0, 0)


def full_disk(case: Case) -> None:
    """The result is on a disk with little room: a file system of its own where we may mount one, else a limit."""
    size = case.rng.choice((4, 16, 64, 128)) << 10
    place = case.folder / "out"
    place.mkdir()
    if not _mounts():
        limit(resource.RLIMIT_FSIZE, size)(case)
        return
    assert _LIBC.mount(b"torture", os.fsencode(place), b"tmpfs", 0, f"size={size}".encode()) == 0
    try:
        fault = judge_ending(case.run(), (0, 2))
        kept = case.folder / "kept"
        shutil.copytree(place, kept, symlinks=True)
    finally:
        _LIBC.umount2(os.fsencode(place), 2)
    place.rmdir()
    kept.rename(place)
    if fault:
        raise FaultError(fault)


@cache
def _mounts() -> bool:
    """Take this process into a view of the file systems of its own, and return whether it may mount there."""
    new_view, private = 0x20000, 0x44000
    return _LIBC.unshare(new_view) == 0 and _LIBC.mount(None, b"/", None, private, None) == 0


def strange_place(case: Case) -> None:
    """Something else stands where the result shall be."""
    place = case.folder / "out"
    match case.rng.randrange(5):
        case 0:
            place.write_text("a file")
        case 1:
            place.symlink_to(place)
        case 2:
            place.symlink_to("/proc")
        case 3:
            place.symlink_to(case.folder / "gone" / "away")
        case _:
            case.words = [word.replace("out/", f"{'x' * 300}/") for word in case.words]
    try:
        case.require(0, 2)
    finally:
        with contextlib.suppress(FileNotFoundError):
            place.unlink() if not place.is_dir() or place.is_symlink() else None


def missing_input(case: Case) -> None:
    """The input is no file that can be read."""
    path = case.folder / "in.csv"
    kept = path.read_bytes()
    path.unlink()
    match case.rng.randrange(6):
        case 0:
            pass
        case 1:
            path.mkdir()
        case 2:
            os.mkfifo(path)
        case 3:
            path.symlink_to("/dev/zero")
        case 4:
            path.symlink_to(path)
        case _:
            path.write_bytes(b"")
    try:
        case.require(0, 2)
    finally:
        path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)
        path.write_bytes(kept)


# ------------------------------------------------------------------------------------------------- while it is running


@contextlib.contextmanager
def under_way(case: Case) -> Iterator[Command]:
    """Start a command, and come back once it has begun to write, or somewhat later."""
    with Command(case.words, case.folder, **case.more) as command:
        place = case.folder / "out"
        until = time.monotonic() + 120
        while command.process.poll() is None and time.monotonic() < until:
            if place.is_dir() and any(place.rglob("*")):
                break
            time.sleep(0.002)
        time.sleep(case.rng.uniform(0, 0.5))
        yield command


def judge_under_way(command: Command, *codes: int) -> None:
    ended = command.wait()
    if fault := judge_ending(ended, codes) or command.find_orphans():
        raise FaultError(fault)


def removed_folder(case: Case) -> None:
    with under_way(case) as command:
        shutil.rmtree(case.folder / "out", ignore_errors=True)
        judge_under_way(command, 0, 2)
    shutil.rmtree(case.folder / "out", ignore_errors=True)


def replaced_folder(case: Case) -> None:
    with under_way(case) as command:
        with contextlib.suppress(OSError):
            (case.folder / "out").rename(case.folder / "aside")
            (case.folder / "out").write_text("a file")
        judge_under_way(command, 0, 2)
    shutil.rmtree(case.folder / "aside", ignore_errors=True)
    place = case.folder / "out"
    shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)


def changed_input(case: Case) -> None:
    path = case.folder / "in.csv"
    kept, seen = path.read_bytes(), path.stat()
    with under_way(case) as command:
        match case.rng.randrange(5):
            case 0:
                path.write_bytes(kept + b"CCCCCC,new\n")
            case 1:
                path.write_bytes(kept[: len(kept) // 2])
            case 2:
                path.unlink()
            case 3:
                path.write_bytes(kept.replace(b"CCO", b"CCN"))
                os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))
            case _:
                path.write_bytes(b"")
        ended = command.wait()
    path.write_bytes(kept)
    if fault := judge_ending(ended, (0, 2)):
        raise FaultError(fault)


def two_runs(case: Case) -> None:
    with Command(case.words, case.folder) as one, Command(case.words, case.folder) as other:
        ends = [one.wait(), other.wait()]
    for ended in ends:
        if fault := judge_ending(ended, (0, 2)):
            raise FaultError(fault)
    if all(ended.code == 2 for ended in ends):
        raise FaultError("neither of two runs was done")


def signalled(*numbers: signal.Signals) -> Callable[[Case], None]:
    def apply(case: Case) -> None:
        number = case.rng.choice(numbers)
        with under_way(case) as command:
            if command.process.poll() is None:
                command.process.send_signal(number)
            judge_under_way(command, 0, -number)

    return apply


def suspended(case: Case) -> None:
    with under_way(case) as command:
        for number in (signal.SIGTSTP, signal.SIGCONT, signal.SIGSTOP, signal.SIGCONT):
            if command.process.poll() is None:
                command.process.send_signal(number)
                time.sleep(0.1)
        judge_under_way(command, 0)


def killed_workers(case: Case) -> None:
    """A process that works for the command is killed, as by a system that runs out of memory."""
    with under_way(case) as command:
        others = [number for number in command.find_processes() if number != command.process.pid]
        for number in filter(_is_worker, others):
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        judge_under_way(command, 0, 2, 1)


def _is_worker(number: int) -> bool:
    """Whether a process is not Python's own keeper of semaphores: its successor tells of names it never heard of."""
    try:
        return b"resource_tracker" not in Path(f"/proc/{number}/cmdline").read_bytes()
    except OSError:
        return False


# --------------------------------------------------------------------------------------------------------- surroundings


def surrounded(**variables: str | None) -> Callable[[Case], None]:
    """Return the fault of variables of the environment that are odd: all goes as ever."""

    def apply(case: Case) -> None:
        case.more["environment"] = variables
        case.require(0)

    return apply


def gone_folder(case: Case) -> None:
    """The folder in which the command runs is gone before it begins."""
    gone = case.folder / "gone"
    gone.mkdir()
    case.words = [str(case.folder / word) if word.startswith(("in.", "out/")) else word for word in case.words]
    # `-m` looks for modules in the current folder first: Python itself would end where there is none.
    case.more["environment"] = {"PYTHONSAFEPATH": "1"}

    def leave() -> None:
        os.chdir(gone)
        gone.rmdir()

    case.more["preexec"] = leave
    case.require(0)


def strange_modules(case: Case) -> None:
    """Files in the current folder bear the names of modules: none is run."""
    for name in ("anymol", "queue", "rdkit", "json", "torch", "pickle"):
        (case.folder / f"{name}.py").write_text("import os, pathlib\npathlib.Path(__file__).with_name('ran').touch()\n")
    case.more["environment"] = {"PYTHONSAFEPATH": "1"}
    case.require(0)
    if (case.folder / "ran").exists():
        raise FaultError("a file of the current folder was run")


UNLIMITED = resource.RLIM_INFINITY
FAULTS: tuple[tuple[str, Callable[[Case], None], tuple[str, ...]], ...] = (
    ("full stdout", full_stdout, (*PRINTERS, "batch")),
    ("full stderr", full_stderr, ("say", "batch", "synthesize")),
    ("closed stdin", closed(0), ("say", "batch")),
    ("closed stdout", closed(1), ("say", "compute", "batch", "build")),
    ("closed stderr", closed(2), ("say", "batch", "synthesize")),
    ("closed streams", closed(0, 1, 2), ("say", "batch")),
    ("broken pipe", broken_pipe, PRINTERS),
    ("small files", limit(resource.RLIMIT_FSIZE, 0, 100, 2000, 20_000), (*WRITERS, "say")),
    ("few open files", limit(resource.RLIMIT_NOFILE, 6, 12, 20, 32), (*WRITERS, "say")),
    ("little memory", little_memory, (*WRITERS, "ask")),
    ("small stack", limit(resource.RLIMIT_STACK, 256 << 10, 512 << 10, 1 << 20), ("say", "batch", "train")),
    ("little time", limit(resource.RLIMIT_CPU, 1, 2, codes=(0, -signal.SIGXCPU, -signal.SIGKILL)), WRITERS),
    ("read-only folder", read_only, WRITERS),
    ("unreadable input", unreadable_input, ("batch", "synthesize", "compute")),
    ("full disk", full_disk, (*WRITERS, "batch", "synthesize")),
    ("strange place", strange_place, WRITERS),
    ("missing input", missing_input, ("batch", "synthesize", "compute")),
    ("removed folder", removed_folder, WRITERS),
    ("replaced folder", replaced_folder, WRITERS),
    ("changed input", changed_input, ("batch", "synthesize")),
    ("two runs", two_runs, WRITERS),
    ("signal", signalled(signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGALRM), WRITERS),
    ("suspended", suspended, ("batch", "synthesize")),
    ("killed workers", killed_workers, ("synthesize", "batch")),
    ("no home", surrounded(HOME="/nowhere", XDG_CACHE_HOME=None), ("say", "train")),
    ("no home at all", surrounded(HOME=None, USER=None, LOGNAME=None), ("ask",)),
    ("unknown locale", surrounded(LC_ALL="xx_YY.NOTHING", LANG="zz"), ("say", "batch")),
    ("locale of C", surrounded(LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0"), ("list", "synthesize")),
    ("ASCII streams", surrounded(PYTHONIOENCODING="ascii"), ("list", "ask")),
    ("no place for temporary files", surrounded(TMPDIR="/nowhere", TEMP=None, TMP=None), ("say", "build", "train")),
    ("odd terminal", surrounded(TERM="nonsense", COLUMNS="0", LINES="-3", NO_COLOR=""), ("list", "ask")),
    ("odd threads", surrounded(OMP_NUM_THREADS="many", MKL_NUM_THREADS="-1"), ("ask",)),
    ("no path", surrounded(PATH=""), ("ask", "synthesize")),
    ("folder gone", gone_folder, ("say", "batch")),
    ("modules in the folder", strange_modules, ("ask", "synthesize")),
)
"""Name, fault, and the commands that it is tried on."""
PAIRS = [(name, fault, work) for name, fault, works in FAULTS for work in works]
ABRUPT = frozenset({"signal", "little time"})
"""Those that end a command before it can put anything in order."""

_STRIDE = 37
"""Fewer tries than there are pairs still meet every kind: consecutive tries are far apart in the list."""

_shared = Path()


def prepare(folder: Path) -> None:
    global _shared
    _shared = folder
    torch.set_num_threads(1)
    samples.write_recipe(folder / "recipe.yaml")
    samples.make_shards(folder / "shards")


@cache
def find_right(name: str) -> str:
    """Return the checksum of what a command gives that meets no fault."""
    folder = _shared / "whole" / name
    folder.mkdir(parents=True)
    samples.write_molecules(folder / "in.csv", ROWS)
    finish = WORKS[name].finish
    assert finish is not None
    return digest(finish(folder))


def attempt(one: Try) -> str | None:
    """Put a command under a fault; then let it go on without."""
    name, fault, work_name = PAIRS[one.number * _STRIDE % len(PAIRS)]
    work = WORKS[work_name]
    samples.write_molecules(one.folder / "in.csv", ROWS)
    told = f"{name}, {work_name}: "
    try:
        fault(Case(work, work.words(one.folder, _shared), one.folder, one.rng))
    except FaultError as found:
        return told + str(found)
    if name not in ABRUPT and (left := find_drafts(one.folder)):
        return told + left
    if work.finish is None:
        return None
    right = find_right(work_name)
    try:
        found = digest(work.finish(one.folder))
    except Exception as error:  # noqa: BLE001 - which is what is looked for
        return f"{told}what is left cannot be gone on with: {type(error).__name__}: {error}"
    if found != right:
        return f"{told}what is left leads to another result"
    return None
