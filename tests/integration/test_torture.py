"""The short form of every attack (``make torture`` makes the whole), and that those who judge a try can see a fault."""

from __future__ import annotations

import random
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tests.torture import files, system
from tests.torture.artefacts import digest, wound
from tests.torture.attack import Attack, Try, run_attack
from tests.torture.commands import Ended, find_drafts, judge_ending
from tests.torture.strings import judge_error
from tests.torture.table import ATTACKS

from anymol.errors import AnyMolError, UserError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc and the limits of Linux")


@pytest.mark.slow
@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_no_try_finds_a_fault(attack: Attack) -> None:
    outcome = run_attack(attack, 0, range(attack.short))
    assert outcome.faults == {}
    assert outcome.tries == attack.short


@pytest.mark.parametrize(
    ("ended", "codes", "said"),
    [
        (Ended(0, "", ""), {2}, "ended with 0"),
        (Ended(2, "", ""), {2}, "without a message"),
        (Ended(2, "", "anymol: no; this is a fault in anymol"), {2}, "fault is ours"),
        (Ended(1, "", "Traceback (most recent call last):\nValueError: no"), {1}, "traceback"),
        (Ended(-signal.SIGSEGV, "", ""), {0, 2}, "ended with -11"),
    ],
)
def test_a_wrong_ending_is_seen(ended: Ended, codes: set[int], said: str) -> None:
    assert said in str(judge_ending(ended, codes))
    assert judge_ending(Ended(2, "", "anymol: no; give another"), {2}) is None


def test_a_wrong_error_is_seen() -> None:
    assert judge_error(UserError("no", hint="give another")) is None
    assert "fault of ours" in str(judge_error(AnyMolError("no")))


def test_a_draft_that_is_left_is_seen(tmp_path: Path) -> None:
    assert find_drafts(tmp_path) is None
    (tmp_path / ".out.jsonl.12.part").touch()
    assert "draft is left" in str(find_drafts(tmp_path))


def test_any_change_of_content_is_seen() -> None:
    held = {"a": [1, 2.0, "x", np.arange(3)], "b": None}
    assert digest(held) == digest({"b": None, "a": [1, 2.0, "x", np.arange(3)]})
    for other in (
        {"a": [1, 2.0, "x", np.arange(3.0)], "b": None},
        {"a": [1, 2.0, "x", np.arange(4)]},
        {**held, "b": 0},
    ):
        assert digest(other) != digest(held)


def test_every_wound_hurts(tmp_path: Path) -> None:
    kinds = set()
    for number in range(200):
        folder = tmp_path / str(number)
        folder.mkdir()
        for name in ("a.json", "b.bin"):
            (folder / name).write_text('{"a": 1, "b": [true, "x"]}' * (1 + (name == "b.bin")))
        path, how = wound(folder, random.Random(number))
        assert path.parent == folder
        kinds.add(how.split(" ")[0])
    assert {"wounded", "a", "cut", "zeros", "emptied", "removed", "replaced", "exchanged", "made", "added"} <= kinds


def fail(error: Exception) -> Callable[[Path], Any]:
    def read(path: Path) -> Any:
        raise error

    return read


@pytest.mark.parametrize(
    ("read", "said"),
    [
        (fail(ValueError("no")), "ValueError"),
        (fail(MemoryError()), "MemoryError"),
        (fail(RecursionError("deep")), "RecursionError"),
        (fail(AnyMolError("no")), "fault of ours"),
        (lambda path: [SimpleNamespace(error=AnyMolError("no"))], "fault of ours"),
    ],
)
def test_a_planted_fault_of_a_reader_is_found(
    read: Callable[[Path], Any], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "GOOD", [("a.smi", b"CCO\n", read)])
    monkeypatch.setattr(files, "ANYONE", (read,))
    for number in range(8):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert said in str(files.attempt(Try(number, random.Random(number), folder, tmp_path)))


def test_a_reader_that_refuses_rightly_is_not_at_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = fail(UserError("no", hint="give another"))
    monkeypatch.setattr(files, "GOOD", [("a.smi", b"CCO\n", read)])
    monkeypatch.setattr(files, "ANYONE", (read,))
    assert files.attempt(Try(0, random.Random(0), tmp_path, tmp_path)) is None


def leave_draft(case: system.Case) -> None:
    (case.folder / ".out.jsonl.12.part").touch()


def find_fault(case: system.Case) -> None:
    raise system.FaultError("ended with 1")


@pytest.mark.parametrize(
    ("fault", "finish", "said"),
    [
        (find_fault, lambda folder: 1, "ended with 1"),
        (leave_draft, lambda folder: 1, "draft is left"),
        (lambda case: None, fail(ValueError("half a file")), "cannot be gone on with: ValueError: half a file"),
        (lambda case: None, lambda folder: 2, "leads to another result"),
        (lambda case: None, lambda folder: 1, "None"),
    ],
)
def test_a_planted_fault_under_the_system_is_found(
    fault: Callable[[system.Case], None],
    finish: Callable[[Path], Any],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(system, "WORKS", {"toy": system.Work(lambda folder, shared: ["tasks"], finish)})
    monkeypatch.setattr(system, "PAIRS", [("toy fault", fault, "toy")])
    monkeypatch.setattr(system, "find_right", lambda name: digest(1))
    assert said in str(system.attempt(Try(0, random.Random(0), tmp_path, tmp_path)))
