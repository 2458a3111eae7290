"""The short form of every attack (``make torture`` makes the whole), and that those who judge a try can see a fault."""

from __future__ import annotations

import random
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.torture.artefacts import digest, wound
from tests.torture.attack import Attack, run_attack
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
