"""Pools of workers: a script without a guard gets a clear error."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from anymol.data.workers import WorkerError, open_pool

SCRIPT = """
from anymol.data.workers import open_pool

with open_pool(2) as pool:
    print(pool.submit(abs, -1).result())
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
