"""Pools of workers: order, crashes, a parent that is killed, and a script without a guard."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from anymol.workers import WorkerError, WorkerPool

UNGUARDED = """
from anymol.workers import WorkerPool

with WorkerPool(abs, 2, crashed=abs) as pool:
    print(list(pool.run([-1])))
"""

KILLED = """
import os, pathlib
from anymol.workers import WorkerPool

def spin(place):
    pathlib.Path(place, str(os.getpid())).touch()
    while True:
        pass

if __name__ == "__main__":
    with WorkerPool(spin, 2, crashed=abs) as pool:
        list(pool.run([os.environ["PLACE"]] * 3))
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
    assert WorkerError.exit_code == 2  # the limits of the system, or the script: not a fault of ours


def test_unguarded_script_ends_with_the_reason(tmp_path: Path) -> None:
    script = tmp_path / "unguarded.py"
    script.write_text(UNGUARDED)
    ended = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode != 0
    assert "if __name__ == '__main__':" in ended.stderr.splitlines()[-1]


def test_workers_run_no_file_of_the_current_folder(tmp_path: Path) -> None:
    for name in ("anymol", "multiprocessing", "pickle", "queue", "threading"):
        (tmp_path / f"{name}.py").write_text(f"open('ran-{name}', 'w').close()\n")
    script = tmp_path / "elsewhere" / "script.py"
    script.parent.mkdir()
    script.write_text(
        "from anymol.workers import WorkerPool\n"
        "if __name__ == '__main__':\n"
        "    with WorkerPool(abs, 2, crashed=abs) as pool:\n"
        "        print(list(pool.run([-1, -2])))\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.stdout == "[(-1, [1]), (-2, [2])]\n", done.stderr
    assert list(tmp_path.glob("ran-*")) == []


def test_an_interrupted_pool_is_not_waited_for() -> None:
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt), WorkerPool(time.sleep, 2, crashed=abs) as pool:
        stream = pool.run([0, 600, 600])
        next(stream)
        raise KeyboardInterrupt
    assert time.monotonic() - started < 30


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="the states of processes are read from /proc")
def test_workers_end_with_the_process_that_started_them(tmp_path: Path) -> None:
    script, place = tmp_path / "busy.py", tmp_path / "started"
    script.write_text(KILLED)
    place.mkdir()
    # Its output would be held open by its workers.
    parent = subprocess.Popen(
        [sys.executable, str(script)], env=os.environ | {"PLACE": str(place)}, stderr=subprocess.DEVNULL
    )
    workers: list[int] = []
    try:
        assert wait_until(lambda: len(list(place.iterdir())) == 2)
        workers = [int(path.name) for path in place.iterdir()]
        assert all(map(is_running, workers))
        parent.kill()
        parent.wait()
        assert wait_until(lambda: not any(map(is_running, workers)))
    finally:
        parent.kill()
        parent.wait()
        for worker in filter(is_running, workers):
            os.kill(worker, signal.SIGKILL)


def wait_until(holds: Callable[[], bool], seconds: float = 30.0) -> bool:
    """Return whether something comes to hold in time."""
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.05)
    return holds()


def is_running(process: int) -> bool:
    """Return whether a process is there and is not one that ended and that nobody has asked about yet."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"
