"""The pipeline as people run it: killed without mercy, and on a cluster that loses a node."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from anymol.synthesis.pipeline.parts import read_records

N_ROWS = 120


@pytest.fixture
def molecules(tmp_path: Path) -> Path:
    lines = [f"{'C' * (1 + number % 9)}{'O' * (number % 2)}N m{number}" for number in range(N_ROWS)]
    lines[17] = "C(C broken"
    path = tmp_path / "molecules.smi"
    path.write_text("\n".join(lines) + "\n")
    return path


def command(molecules: Path, output: Path, *more: str) -> list[str]:
    return [
        sys.executable, "-m", "anymol", "synthesize", str(molecules), "--modalities", "graph,image", "--output",
        str(output), "--part-rows", "10", "--plots", "0", "--workers", "2", *more,
    ]  # fmt: skip


def run_to_end(words: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, timeout=240, check=False)


def require_complete(output: Path) -> None:
    for modality in ("graph", "image"):
        rows = list(read_records(output, modality))
        assert [row.row for row in rows] == list(range(N_ROWS))
        assert [row.row for row in rows if row.error is not None] == [17]
    assert json.loads((output / "manifest.json").read_text())["finished"]


def read_parts(output: Path) -> dict[str, bytes]:
    return {str(path.relative_to(output)): path.read_bytes() for path in sorted(output.glob("*/part-*.parquet"))}


def test_kill_minus_nine_and_resume_lose_and_double_nothing(molecules: Path, tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert run_to_end(command(molecules, whole)).returncode == 0
    process = subprocess.Popen(command(molecules, killed), start_new_session=True, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not list(killed.glob("image/part-*.parquet")) and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert len(read_parts(killed)) < len(read_parts(whole)), "it was over before it could be killed"
    done = run_to_end(command(molecules, killed, "--resume", "--json"))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["counts"]["image"] == {"ok": N_ROWS - 1, "failed": 1}
    require_complete(killed)
    assert read_parts(killed) == read_parts(whole)
    assert not list(killed.glob("**/.*tmp")) or read_parts(killed)  # torn drafts are never taken for parts


# ------------------------------------------------------------------------------------------------------------ on Ray


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_cluster_that_loses_a_node_ends_with_the_same_bytes(cluster: Any, molecules: Path, tmp_path: Path) -> None:
    node = cluster.add_node(num_cpus=1)
    here, there = tmp_path / "here", tmp_path / "there"
    assert run_to_end(command(molecules, here)).returncode == 0
    words = command(molecules, there, "--engine", "ray", "--address", cluster.address)
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 180
    while not list(there.glob("image/part-*.parquet")) and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.05)
    cluster.remove_node(node, allow_graceful=False)
    _, said = process.communicate(timeout=240)
    assert process.returncode == 0, said
    require_complete(there)
    assert read_parts(there) == read_parts(here)
