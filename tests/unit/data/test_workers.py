"""Pools of workers: a script without a guard gets a clear error."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from anymol.data.workers import WorkerError, open_pool

SCRIPT = """
from anymol.data.workers import open_pool

with open_pool(2) as pool:
    print(pool.submit(abs, -1).result())
"""

BUSY = """
import os
from anymol.data.workers import open_pool
from anymol.synthesis.pipeline.local import _open


def spin(place):
    open(f"{place}/{os.getpid()}", "w").close()
    while True:
        pass


if __name__ == "__main__":
    with OPEN as pool:
        list(pool.map(spin, [os.environ["PLACE"]] * 2))
"""


def test_pool_works() -> None:
    with open_pool(1) as pool:
        assert pool.submit(abs, -1).result() == 1


def test_worker_that_imports_main_opens_no_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    class Importing:
        _inheriting = True

    monkeypatch.setattr("anymol.data.workers.current_process", Importing)
    with pytest.raises(WorkerError, match="__main__"), open_pool(1):
        pass


def test_unguarded_script_ends_with_the_reason(tmp_path: Path) -> None:
    script = tmp_path / "unguarded.py"
    script.write_text(SCRIPT)
    ended = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode != 0
    assert "if __name__ == '__main__':" in ended.stderr.splitlines()[-1]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="the states of processes are read from /proc")
@pytest.mark.parametrize("opened", ["open_pool(2)", "_open(2, (), 0)"], ids=["data", "synthesis"])
def test_workers_end_with_the_process_that_started_them(opened: str, tmp_path: Path) -> None:
    script = tmp_path / "busy.py"
    script.write_text(BUSY.replace("OPEN", opened))
    (tmp_path / "started").mkdir()
    environment = os.environ | {"PLACE": str(tmp_path / "started")}
    # Its output would be held open by its workers.
    parent = subprocess.Popen([sys.executable, str(script)], env=environment, stderr=subprocess.DEVNULL)
    workers: list[int] = []
    try:
        assert wait_until(lambda: len(list((tmp_path / "started").iterdir())) == 2)
        workers = [int(path.name) for path in (tmp_path / "started").iterdir()]
        assert all(map(is_running, workers))
        parent.kill()
        parent.wait()
        assert wait_until(lambda: not any(map(is_running, workers)))
    finally:
        parent.kill()
        parent.wait()
        for worker in filter(is_running, workers):
            os.kill(worker, signal.SIGKILL)


def wait_until(holds: Callable[[], bool], seconds: float = 15.0) -> bool:
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
