"""One writer per place, for as long as it lives."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from anymol.locks import LockedError, lock_folder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs flock")

HOLDER = """
import sys, time
from pathlib import Path
from anymol.locks import lock_folder
with lock_folder(Path(sys.argv[1]), hint=""):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_folder_that_another_process_holds_is_refused_until_it_ends(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with subprocess.Popen([sys.executable, "-c", HOLDER, folder], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(LockedError, match=r"another run is writing this folder.*try later"), \
                lock_folder(folder, hint="try later"):  # fmt: skip
            pass
        holder.kill()  # as nothing else than the system can take the lock back
    with lock_folder(folder, hint=""):
        pass
    assert list(folder.iterdir()) == []
