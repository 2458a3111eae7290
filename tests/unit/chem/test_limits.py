"""The worker: it answers, it is killed, it comes back, it carries errors."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

import pytest

from anymol.chem.limits import run_limited
from anymol.chem.parsing import canonicalize_smiles
from anymol.errors import InvalidSmilesError, TimeLimitError, UserError


def test_result_comes_back() -> None:
    assert run_limited(canonicalize_smiles, "OCC", seconds=10) == "CCO"
    assert run_limited(canonicalize_smiles, "C[C@H](N)C(=O)O", isomeric=False, seconds=10) == "CC(N)C(=O)O"


def test_worker_is_another_process_and_is_reused() -> None:
    first = run_limited(os.getpid, seconds=10)
    assert first != os.getpid()
    assert run_limited(os.getpid, seconds=10) == first


def test_slow_function_is_killed_and_the_next_call_works() -> None:
    before = run_limited(os.getpid, seconds=10)
    start = time.perf_counter()
    with pytest.raises(TimeLimitError, match=r"stopped after 0.3 s"):
        run_limited(time.sleep, 60, seconds=0.3)
    assert time.perf_counter() - start < 5
    assert run_limited(os.getpid, seconds=10) != before


def test_our_errors_arrive_as_themselves() -> None:
    with pytest.raises(InvalidSmilesError) as error:
        run_limited(canonicalize_smiles, "C1CC", seconds=10)
    assert (error.value.position, error.value.cause) == (1, "unclosed_ring")


def test_other_errors_arrive_as_text() -> None:
    with pytest.raises(UserError, match="ValueError: invalid literal"):
        run_limited(int, "seven", seconds=10)


def test_a_crash_is_an_error_and_the_next_call_works() -> None:
    with pytest.raises(UserError, match="crashed"):
        run_limited(os.abort, seconds=10)
    assert run_limited(canonicalize_smiles, "OCC", seconds=10) == "CCO"


def test_printing_does_not_disturb_the_replies() -> None:
    assert run_limited(print, "noise", seconds=10) is None
    assert run_limited(canonicalize_smiles, "OCC", seconds=10) == "CCO"


def test_an_interrupted_call_leaves_no_reply_behind() -> None:
    def interrupt(signum: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        run_limited(math.sqrt, 4.0, seconds=30)  # started and imported before the clock runs
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with pytest.raises(KeyboardInterrupt):
            run_limited(time.sleep, 1.0, seconds=30)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    time.sleep(1.0)  # the reply of the interrupted call would have arrived by now
    assert run_limited(math.sqrt, 9.0, seconds=30) == 3.0


def test_no_file_of_the_current_directory_is_run(tmp_path: Path) -> None:
    for name in ("anymol", "json", "queue", "signal", "subprocess", "rdkit"):
        (tmp_path / f"{name}.py").write_text(f"open('ran-{name}', 'w').close()\n")
    script = tmp_path / "elsewhere" / "script.py"
    script.parent.mkdir()
    script.write_text(
        "from anymol.chem.limits import run_limited\n"
        "from anymol.chem.parsing import canonicalize_smiles\n"
        "print(run_limited(canonicalize_smiles, 'OCC', seconds=60))"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.stdout == "CCO\n", done.stderr
    assert list(tmp_path.glob("ran-*")) == []


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="the states of processes are read from /proc")
def test_the_worker_ends_with_the_process_that_started_it_also_while_it_works() -> None:
    script = (
        "import os, time; from anymol.chem.limits import run_limited\n"
        "print(run_limited(os.getpid, seconds=60), flush=True); run_limited(time.sleep, 600, seconds=500)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        place = Path("/proc") / parent.stdout.readline().strip() / "stat"
        assert place.is_file()
        time.sleep(0.5)  # by now it sleeps
        parent.kill()
    for _ in range(100):
        # Z: it ended, and nobody has asked about it yet.
        if not place.is_file() or place.read_text().rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.1)
    os.kill(int(place.parent.name), signal.SIGKILL)
    pytest.fail("the worker goes on")
