"""What the system refuses is the user's matter: one line, what to do, code 2."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from anymol.cli.system_errors import explain

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full and a POSIX shell")

ANYMOL = f"{sys.executable} -m anymol"


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh", "-c", line], capture_output=True, text=True, cwd=folder, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in.csv").write_text("smiles\nCCO\nCC\n")
    return tmp_path


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("predict tpsa CCO > /dev/full", "the disk is full"),
        ("predict tpsa CCO --json > /dev/full", "the disk is full"),
        ("predict tpsa --input in.csv > /dev/full", "the disk is full"),
        ("--version > /dev/full", "the disk is full"),
        ("tasks >&-", "the stream is closed"),
        ("predict tpsa --input in.csv --output in.csv/out.jsonl", "already"),
        ("predict tpsa --input in.csv --output /proc/none/out.jsonl", "gone, or was never there"),
        ("predict tpsa --input in.csv --output /dev/full --overwrite", "the output is not a file"),
        ("synthesize in.csv --modalities graph --output in.csv", "not a folder"),
    ],
)
def test_an_output_that_cannot_be_written(line: str, said: str, folder: Path) -> None:
    done = shell(f"{ANYMOL} {line}", folder)
    assert done.returncode == 2, done.stderr
    (shown,) = done.stderr.splitlines()
    assert said in shown and ";" in shown  # what to do stands behind


def test_a_stream_that_is_closed_is_not_taken_by_a_file(folder: Path) -> None:
    done = shell(f"{ANYMOL} predict tpsa --input in.csv --output out.jsonl >&-", folder)
    assert done.returncode == 0, done.stderr
    assert len((folder / "out.jsonl").read_text().splitlines()) == 2
    assert shell(f"{ANYMOL} tasks >&- 2>&-", folder).returncode == 2


def test_a_reader_that_has_seen_enough_is_no_fault(folder: Path) -> None:
    for line in ("tasks", "ask 'What is the LogP of CCO?'", "compute formula --input in.csv"):
        done = shell(f"({ANYMOL} {line}; echo $? >code) | true", folder)
        assert (folder / "code").read_text().strip() == "0", done.stderr
        assert done.stderr == ""


def test_where_nobody_reads_what_is_said_the_work_is_not_called_done(folder: Path) -> None:
    line = "predict tpsa --input in.csv --output out.jsonl"
    shell(f"(sleep 1; {ANYMOL} {line} 2>&1 >/dev/null; echo $? >code) | true", folder)
    assert (folder / "code").read_text().strip() == "2"
    assert len((folder / "out.jsonl").read_text().splitlines()) == 2


def test_a_file_larger_than_allowed(folder: Path) -> None:
    done = shell(f"ulimit -f 0; {ANYMOL} predict tpsa --input in.csv --output out.jsonl", folder)
    assert done.returncode == 2
    assert "larger than allowed" in done.stderr and "ulimit -f" in done.stderr


def test_sigterm_ends_with_its_own_code_and_leaves_no_draft(folder: Path) -> None:
    (folder / "in.smi").write_text("CCO\n" * 50_000)
    words = [sys.executable, "-m", "anymol", "synthesize", "in.smi", "--modalities", "graph", "--output", "out"]
    with subprocess.Popen([*words, "--workers", "1"], cwd=folder, stderr=subprocess.PIPE) as process:
        until = time.monotonic() + 60
        while not list(folder.glob("out/graph/part-*.parquet")):
            assert process.poll() is None and time.monotonic() < until
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 143
    assert [path.name for path in folder.rglob("*.part")] == []


def test_the_cause_is_found_behind_the_error_that_it_led_to() -> None:
    try:
        try:
            raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT), "/home/me/x")
        except OSError as error:
            raise RuntimeError("could not save") from error
    except RuntimeError as error:
        found = explain(error)
    assert found is not None and found.exit_code == 2
    assert "quota" in found.message and found.input == "/home/me/x"
    assert explain(ZeroDivisionError()) is None
    assert explain(OSError("1000 requested and 40 written")).message == "the disk is full"  # numpy's words
