"""Batches on a Ray cluster: the rows of one process, whatever is lost on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from anymol.inference.answers import FailedPrediction
from anymol.inference.cluster import ROWS, RayPredictor

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]
N_ROWS = 3 * ROWS + 5


def test_a_cluster_that_loses_a_node_answers_every_row(cluster: Any, tmp_path: Path) -> None:
    node = cluster.add_node(num_cpus=1)
    source = tmp_path / "rows.csv"
    rows = [f"{'C' * (1 + number % 30)}O,{number}" for number in range(3_000)]
    rows[7] = "C1CC,bad"
    source.write_text("\n".join(["smiles,name", *rows]) + "\n")
    here, there = tmp_path / "here.jsonl", tmp_path / "there.jsonl"
    words = [sys.executable, "-m", "anymol", "predict", "logp", "--input", str(source), "--output"]
    assert subprocess.run([*words, str(here)], check=False, capture_output=True, timeout=400).returncode == 0
    on_ray = [*words, str(there), "--engine", "ray", "--address", cluster.address, "--chunk", "256"]
    process = subprocess.Popen(on_ray, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 240
    while not (there.exists() and there.stat().st_size) and time.monotonic() < until and process.poll() is None:
        time.sleep(0.05)
    assert process.poll() is None, "it was over before a node could be lost"
    cluster.remove_node(node, allow_graceful=False)
    _, said = process.communicate(timeout=400)
    assert process.returncode == 0, said
    answered = [json.loads(line) for line in there.read_text().splitlines()]
    assert [one["row"] for one in answered] == [json.loads(line)["row"] for line in here.read_text().splitlines()]
    assert there.read_text() == here.read_text()
    assert answered[7]["error"]["kind"] == "invalid_smiles"


class Killer:
    """Answers with what was asked; a row that is to kill its process does so each time."""

    def predict_many(self, task: str, inputs: Iterable[Any], options: Any = None) -> Iterator[Any]:
        for one in inputs:
            if one == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            yield one


def test_a_row_that_kills_its_process_costs_itself_alone(cluster: Any) -> None:
    asked = [str(number) for number in range(N_ROWS)]
    asked[ROWS + 3] = "kill"
    found = list(RayPredictor(Killer, cluster.address, workers=1).predict_many("logp", asked))
    assert len(found) == N_ROWS
    for one, given in zip(found, asked, strict=True):
        if given == "kill":
            assert isinstance(one, FailedPrediction) and one.error.kind == "crash"
        else:
            assert one == given
