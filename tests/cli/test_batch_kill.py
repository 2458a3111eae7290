"""A batch that is killed and resumed loses no row and doubles none."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from anymol.errors import InvalidFileError, InvalidSmilesError
from anymol.inference.answers import FailedPrediction, Prediction
from anymol.inference.batch import BatchPlan, predict_file
from anymol.inference.options import PredictOptions
from anymol.readers.watched import InputChangedError
from anymol.tasks.task import TaskInput

from .conftest import sidecar

ROWS = 400
MODEL = PredictOptions(source="model")

_SLOW = """
import sys, time
from pathlib import Path
from anymol.errors import InvalidSmilesError
from anymol.inference.answers import Answer, FailedPrediction, Method, Prediction
from anymol.inference.batch import BatchPlan, predict_file
from anymol.inference.options import PredictOptions
from anymol.tasks.task import AnswerKind, TaskInput

MODEL = PredictOptions(source="model")

class Slow:
    def predict_many(self, task, inputs, options=None):
        for written in inputs:
            time.sleep(0.002)
            if written.endswith("("):
                yield FailedPrediction(task, written, InvalidSmilesError("broken", value=written))
                continue
            answer = Answer(float(len(written)), written, AnswerKind.NUMBER, Method.MODEL)
            yield Prediction(task, written, (answer,), "slow", TaskInput(molecule=written))

plan = BatchPlan("logp", Path(sys.argv[1]), Path(sys.argv[2]), chunk=7, options=MODEL)
print(predict_file(plan, Slow, resume=True).describe())
"""


class Echo:
    """Answers nothing, quickly; where it stumbles, it meets a fault of ours at one molecule."""

    def __init__(self, stumbles: bool = False) -> None:
        self.asked: list[str] = []
        self.stumbles = stumbles

    def predict_many(
        self, task: str, inputs: Iterable[str], options: PredictOptions | None = None
    ) -> Iterator[Prediction | FailedPrediction]:
        for written in inputs:
            if self.stumbles and written == "CCCCC":
                raise ZeroDivisionError("ours")
            self.asked.append(written)
            if written.endswith("("):
                yield FailedPrediction(task, written, InvalidSmilesError("broken", value=written))
                continue
            yield Prediction(task, written, (), "echo", TaskInput(molecule=written))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Rows of which every tenth is broken."""
    path = tmp_path / "in.csv"
    rows = ["C" * (1 + number % 60) + ("(" if number % 10 == 9 else "") for number in range(ROWS)]
    path.write_text("id,smiles\n" + "".join(f"{number},{smiles}\n" for number, smiles in enumerate(rows)))
    return path


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_kill_and_resume(source: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    words = [sys.executable, "-c", _SLOW, str(source), str(output)]
    for least in (40, 160):
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        until = time.monotonic() + 120
        while time.monotonic() < until and not (output.exists() and output.read_bytes().count(b"\n") >= least):
            assert process.poll() is None, process.communicate()[1]
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        # What a crash of the machine would leave besides: half a line.
        with output.open("ab") as stream:
            stream.write(b'{"row": 9999, "smiles": "C')
    assert json.loads(sidecar(output).read_text())["finished"] is False
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert f"{ROWS} rows: 360 answered, 40 with errors (invalid_smiles 40)" in done.stdout
    assert "were done before" in done.stdout
    resumed = output.read_bytes()
    rows = [json.loads(line) for line in resumed.splitlines()]
    assert [row["row"] for row in rows] == list(range(ROWS))
    assert [row["id"] for row in rows] == [str(number) for number in range(ROWS)]
    assert all(("error" in row) == (row["row"] % 10 == 9) for row in rows)
    assert json.loads(sidecar(output).read_text())["finished"] is True
    # The same in one go gives the same bytes.
    slow: dict[str, Any] = {}
    exec(_SLOW.partition("plan = ")[0].replace("time.sleep(0.002)", ""), slow)
    whole = BatchPlan("logp", source, tmp_path / "whole.jsonl", chunk=64, options=MODEL)
    predict_file(whole, slow["Slow"])
    assert whole.output.read_bytes() == resumed


def note_unfinished(output: Path, *, finished: bool = False) -> None:
    """Let the sidecar of an output say what that of a killed run says, or of a finished one."""
    (sidecar,) = output.parent.glob(f"{output.name}.*json")
    sidecar.write_text(json.dumps({**json.loads(sidecar.read_text()), "finished": finished}))


def test_finished_rows_are_not_asked_again(source: Path, tmp_path: Path) -> None:
    plan = BatchPlan("logp", source, tmp_path / "out.jsonl", options=MODEL)
    predict_file(plan, Echo)
    lines = plan.output.read_bytes().splitlines(keepends=True)
    plan.output.write_bytes(b"".join(lines[:300]) + lines[300][:-2])
    note_unfinished(plan.output)
    echo = Echo()
    summary = predict_file(plan, lambda: echo, resume=True)
    assert (summary.rows, summary.resumed) == (ROWS, 300)
    assert len(echo.asked) == 100
    assert plan.output.read_bytes() == b"".join(lines)


def test_nothing_is_loaded_where_nothing_is_left(source: Path, tmp_path: Path) -> None:
    plan = BatchPlan("logp", source, tmp_path / "out.jsonl", options=MODEL)
    predict_file(plan, Echo)

    def load() -> Echo:
        raise AssertionError("loaded for no row")

    assert predict_file(plan, load, resume=True).resumed == ROWS


def test_a_fault_of_ours_costs_one_row(source: Path, tmp_path: Path) -> None:
    plan = BatchPlan("logp", source, tmp_path / "out.jsonl", options=MODEL)
    summary = predict_file(plan, lambda: Echo(stumbles=True))
    assert summary.errors == {"invalid_smiles": 40, "internal": 7}


class Meddler(Echo):
    """Changes the input when a certain molecule is asked about."""

    def __init__(self, path: Path, change: Callable[[Path], None]) -> None:
        super().__init__()
        self.path, self.change = path, change

    def predict_many(
        self, task: str, inputs: Iterable[str], options: PredictOptions | None = None
    ) -> Iterator[Prediction | FailedPrediction]:
        for found in super().predict_many(task, inputs, options):
            if len(self.asked) == 30:
                self.change(self.path)
            yield found


def append(path: Path) -> None:
    with path.open("a") as stream:
        stream.write("400,CCO\n")


def rewrite_unseen(path: Path) -> None:
    """Change a byte of the last row; size and time of writing stay."""
    before, data = path.stat(), bytearray(path.read_bytes())
    data[-3:-2] = b"N"
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_an_input_that_changes_meanwhile_is_noticed_before_its_rows_are_written(source: Path, tmp_path: Path) -> None:
    right = source.read_bytes()
    plan = BatchPlan("logp", source, tmp_path / "out.jsonl", options=MODEL, chunk=20)
    with pytest.raises(InputChangedError, match="changed while it was read"):
        predict_file(plan, lambda: Meddler(source, append))
    assert json.loads(sidecar(plan.output).read_text())["finished"] is False
    with pytest.raises(InvalidFileError, match="is not the file"):
        predict_file(plan, Echo, resume=True)
    source.write_bytes(right)
    assert predict_file(plan, Echo, resume=True).resumed == 40
    whole = BatchPlan("logp", source, tmp_path / "whole.jsonl", options=MODEL)
    predict_file(whole, Echo)
    assert plan.output.read_bytes() == whole.output.read_bytes()


def test_an_input_that_changes_behind_its_time_of_writing_spoils_the_output(source: Path, tmp_path: Path) -> None:
    right = source.read_bytes()
    plan = BatchPlan("logp", source, tmp_path / "out.jsonl", options=MODEL, chunk=20)
    with pytest.raises(InputChangedError, match="changed while it was read"):
        predict_file(plan, lambda: Meddler(source, rewrite_unseen))
    source.write_bytes(right)  # too late: some rows of the other file may have been answered
    with pytest.raises(InvalidFileError, match="is not the file"):
        predict_file(plan, Echo, resume=True)


def test_an_input_that_is_only_touched_is_the_same(source: Path, tmp_path: Path) -> None:
    plan = BatchPlan("logp", source, tmp_path / "out.jsonl", options=MODEL, chunk=20)
    assert predict_file(plan, lambda: Meddler(source, Path.touch)).rows == ROWS


def test_an_altered_output_is_refused(source: Path, tmp_path: Path) -> None:
    plan = BatchPlan("logp", source, tmp_path / "out.jsonl", options=MODEL)
    predict_file(plan, Echo)
    lines = plan.output.read_bytes().splitlines(keepends=True)
    for altered in (lines[1:], [lines[0], *lines], [lines[0], b"nonsense\n"]):
        plan.output.write_bytes(b"".join(altered))
        with pytest.raises(InvalidFileError, match="not what the finished run wrote"):
            predict_file(plan, Echo, resume=True)
        note_unfinished(plan.output)
        with pytest.raises(InvalidFileError, match="is not a row"):
            predict_file(plan, Echo, resume=True)
        assert plan.output.read_bytes() == b"".join(altered)
        note_unfinished(plan.output, finished=True)


@pytest.mark.skipif(sys.platform == "win32", reason="needs flock")
def test_two_runs_do_not_share_an_output(source: Path, tmp_path: Path) -> None:
    import fcntl

    plan = BatchPlan("logp", source, tmp_path / "out.jsonl", options=MODEL)
    predict_file(plan, Echo)
    with plan.output.open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(InvalidFileError, match="another run is writing"):
            predict_file(plan, Echo, resume=True)


def test_memory_stays_bounded(tmp_path: Path) -> None:
    """Rows are read as they are needed: an endless file would do."""
    from itertools import islice

    from anymol.readers.tables import Columns, read_rows

    path = tmp_path / "in.csv"
    with path.open("w") as stream:
        stream.write("smiles\n")
        stream.writelines("CCO\n" for _ in range(200_000))
    rows = read_rows(path, Columns())
    started = time.perf_counter()
    assert len(list(islice(rows, 3))) == 3
    assert time.perf_counter() - started < 0.5


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_thousand_rows_through_the_command_line(tmp_path: Path, tiny_smiles_model_dir: Path, run) -> None:
    source, output = tmp_path / "in.csv", tmp_path / "out.jsonl"
    rows = ["C" * (1 + number % 40) + ("O)" if number % 50 == 7 else "O") for number in range(1000)]
    source.write_text("id,smiles\n" + "".join(f"{number},{smiles}\n" for number, smiles in enumerate(rows)))
    words = ["predict", "logp", "--input", source, "--output", output, "--model", tiny_smiles_model_dir, "--chunk", "8"]
    process = subprocess.Popen(
        [sys.executable, "-m", "anymol", *map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    until = time.monotonic() + 240
    while time.monotonic() < until and not (output.exists() and output.read_bytes().count(b"\n") >= 100):
        assert process.poll() is None
        time.sleep(0.002)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    done = run(*words, "--resume", "--json")
    assert done.code == 0
    assert (done.json["rows"], done.json["failed"]) == (1000, 20)
    assert done.json["resumed"] >= 100
    records = [json.loads(line) for line in output.read_bytes().splitlines()]
    assert [record["row"] for record in records] == list(range(1000))
    assert sum("error" in record for record in records) == 20
