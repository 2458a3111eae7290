"""Pools of workers: order, crashes, a parent that is killed, and a script without a guard."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from anymol.workers import WorkerError, WorkerPool

UNGUARDED = """
from anymol.workers import WorkerPool

with WorkerPool(abs, 2, crashed=abs) as pool:
    print(list(pool.run([-1])))
"""

KILLED = """
import os, signal, time
from anymol.workers import WorkerPool

if __name__ == "__main__":
    with WorkerPool(time.sleep, 2, crashed=abs) as pool:
        stream = pool.run([0, 60, 60, 60])
        next(stream)
        print(*pool._pool._pool._processes, flush=True)
        next(stream)
"""


def square_or_die(numbers: tuple[int, ...]) -> list[int]:
    if 13 in numbers:
        os.kill(os.getpid(), signal.SIGKILL)
    return [number * number for number in numbers]


def split(numbers: tuple[int, ...]) -> list[tuple[int, ...]]:
    return [(number,) for number in numbers]


def test_one_worker_is_this_process() -> None:
    with WorkerPool(lambda _: os.getpid(), 1, crashed=abs) as pool:
        assert list(pool.run([7])) == [(7, [os.getpid()])]


def test_what_kills_its_process_is_tried_again_and_costs_itself_alone() -> None:
    pieces = [(number, number + 1) for number in range(0, 40, 2)]
    with WorkerPool(square_or_die, 2, split=split, crashed=lambda _: [-1]) as pool:
        for _ in range(2):  # the pool works on after a crash
            found = list(pool.run(iter(pieces)))
            assert [piece for piece, _ in found] == pieces
            squares = [square for _, results in found for result in results for square in result]
            assert squares == [-1 if number == 13 else number * number for number in range(40)]


def test_whoever_has_enough_stops_and_errors_of_the_work_are_raised() -> None:
    with WorkerPool(int, 2, crashed=int) as pool:
        stream = pool.run(str(number) for number in range(1000))
        assert next(stream) == ("0", [0])
        stream.close()
        with pytest.raises(ValueError, match="neon"):
            list(pool.run(["1", "neon"]))


def test_workers_use_one_thread_and_ours_does_not_change() -> None:
    before = os.environ.get("OMP_NUM_THREADS")
    with WorkerPool(os.getenv, 2, crashed=abs) as pool:
        assert list(pool.run(["OMP_NUM_THREADS"])) == [("OMP_NUM_THREADS", ["1"])]
        assert os.environ.get("OMP_NUM_THREADS") == before


def test_worker_that_imports_main_opens_no_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    class Importing:
        _inheriting = True

    monkeypatch.setattr("anymol.workers.current_process", Importing)
    with pytest.raises(WorkerError, match="__main__"), WorkerPool(abs, 2, crashed=abs):
        pass


def test_unguarded_script_ends_with_the_reason(tmp_path: Path) -> None:
    script = tmp_path / "unguarded.py"
    script.write_text(UNGUARDED)
    ended = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode != 0
    assert "if __name__ == '__main__':" in ended.stderr.splitlines()[-1]


def test_workers_end_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        workers = [int(number) for number in parent.stdout.readline().split()]
        parent.kill()
    deadline = time.monotonic() + 30
    while (alive := [worker for worker in workers if is_running(worker)]) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert len(workers) == 2 and not alive


def is_running(number: int) -> bool:
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"  # one that waits for its parent to count it is done
