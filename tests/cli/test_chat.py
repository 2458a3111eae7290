"""``anymol chat`` with lines from a pipe, and at a terminal."""

from __future__ import annotations

import io
import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

TALK = """\
What is the formula of caffeine?
And its LogP?
Is it heavier than aspirin?

/mol C[C@H](N)C(=O)O
R/S?
who won the match?
/nonsense
/history
/quit
never asked
"""


@pytest.fixture
def say(run, monkeypatch: pytest.MonkeyPatch, tiny_smiles_model_dir: Path) -> Callable[..., object]:
    def call(text: str, *words: str):
        monkeypatch.setattr(sys, "stdin", io.StringIO(text))
        return run("chat", *words, "--model", tiny_smiles_model_dir)

    return call


def test_questions_follow_one_another(say) -> None:
    done = say(TALK)
    assert done.code == 0
    for piece in ("C8H10N4O2", "-1.03", "Yes. caffeine has the highest", "C2 S"):
        assert piece in done.out
    assert "never asked" not in done.out + done.err
    assert "outside what I was trained for" in done.err and "no command '/nonsense'" in done.err
    assert "1. What is the formula of caffeine?" in done.err and "5. who won the match?  (no answer)" in done.err


def test_json_is_a_line_per_question(say) -> None:
    rows = say(TALK, "--json").rows
    assert [row.get("task", "error") for row in rows] == ["formula", "logp", "ranking", "stereocentres", "error"]
    assert rows[0]["answers"][0]["value"] == "C8H10N4O2"


def test_a_molecule_to_begin_with(say) -> None:
    assert "C9H8O4" in say("What is its formula?\n", "--mol", "aspirin").out
    assert "none is given" in say("/new\nWhat is its formula?\n", "--mol", "aspirin").err


def test_nothing_to_say(say) -> None:
    done = say("")
    assert (done.code, done.out) == (0, "")
    assert "/quit" in say("/help\n").err


def test_files_go_with_ask(say) -> None:
    done = say("", "--image", "drawing.png")
    assert done.code == 2 and "use anymol ask" in done.err


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["Ctrl-D", "Ctrl-C"])
def test_a_terminal_is_left_cleanly(ending: str, tiny_smiles_model_dir: Path) -> None:
    """At a prompt, Ctrl-D and Ctrl-C end the talk with exit code 0 and no trace."""
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "anymol", "chat", "--model", str(tiny_smiles_model_dir)]
    process = subprocess.Popen(command, stdin=follower, stdout=follower, stderr=follower)
    os.close(follower)
    try:
        assert b"> " in _read_until(leader, b"> ")
        os.write(leader, b"/help\n")
        assert b"/history" in _read_until(leader, b"it gave.")
        time.sleep(1.0)  # until the prompt waits again
        if ending == "Ctrl-D":
            os.write(leader, b"\x04")
        else:
            process.send_signal(signal.SIGINT)  # what a terminal sends to its foreground
        assert process.wait(timeout=60) == 0
        assert b"Traceback" not in _read_until(leader, b"nothing more", seconds=2)
    finally:
        process.kill()
        process.wait()
        os.close(leader)


def _read_until(leader: int, wanted: bytes, seconds: float = 90.0) -> bytes:
    """Return what a terminal showed until it showed something, or ended."""
    shown = b""
    end = time.monotonic() + seconds
    while wanted not in shown and time.monotonic() < end:
        ready, _, _ = select.select([leader], [], [], 0.5)
        if ready:
            try:
                piece = os.read(leader, 4096)
            except OSError:  # the other side is gone
                break
            if not piece:
                break
            shown += piece
    return shown


def test_the_lines_are_those_of_the_json_contract(say) -> None:
    (line,) = say("formula of CCO\n", "--json").out.splitlines()
    assert {"question", "task", "input", "answers", "model", "seconds"} <= set(json.loads(line))


def test_a_molecule_that_nothing_reads_is_refused_before_the_first_question(say) -> None:
    done = say("", "--mol", "notamolecule")
    assert done.code == 2 and "notamolecule" in done.err
    assert say("", "--mol", "CCO>>CC=O").code == 0


def test_turning_to_a_molecule_that_nothing_reads_leaves_the_talk_where_it_was(say) -> None:
    done = say("/mol notamolecule\nformula?\n", "--mol", "aspirin")
    assert "notamolecule" in done.err and "C9H8O4" in done.out
