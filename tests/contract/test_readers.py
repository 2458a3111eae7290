"""Every reader answers the same questions, 300 damaged files among them; ``make torture`` damages more.

A new reader joins by one row of `CASES`.
"""

from __future__ import annotations

import random
import resource
import signal
import time
from pathlib import Path
from types import FrameType

import pytest
from tests.torture.reader_cases import CASES, Case, damage

from anymol.errors import AnyMolError, InvalidFileError

FILES = 300
SECONDS = 2
MEMORY = 600 << 20
"""Bytes by which the peak of this process may grow over all damaged files of one reader."""


@pytest.fixture(params=CASES.values(), ids=CASES.keys())
def case(request: pytest.FixtureRequest) -> Case:
    return request.param


def test_a_good_file_has_good_rows(case: Case, tmp_path: Path) -> None:
    path = tmp_path / case.name
    path.write_bytes(case.make())
    rows = list(case.read(path))
    assert rows
    assert [row.index for row in rows] == list(range(len(rows)))
    assert [row.error for row in rows] == [None] * len(rows)


@pytest.mark.parametrize("content", [b"", b"PAR1....", b"\x80\x04\x95\x10", b"<html><body>404</body></html>"])
def test_another_file_says_what_it_is(case: Case, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / case.name
    path.write_bytes(content)
    with pytest.raises(InvalidFileError, match=r" is an? "):
        case.read(path)


def test_a_missing_file_is_refused_at_the_call(case: Case, tmp_path: Path) -> None:
    with pytest.raises(InvalidFileError, match="no such file"):
        case.read(tmp_path / case.name)


def ring(signum: int, frame: FrameType | None) -> None:
    raise AssertionError(f"a damaged file took more than {SECONDS} s")


def test_damaged_files_give_rows_or_our_own_errors(case: Case, tmp_path: Path) -> None:
    rng = random.Random(case.name)
    data, path = case.make(), tmp_path / case.name
    path.write_bytes(data)
    list(case.read(path))  # what is imported and started once is not counted below
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rows = errors = refused = 0
    slowest = 0.0
    signal.signal(signal.SIGALRM, ring)
    for _ in range(FILES):
        path.write_bytes(damage(data, rng))
        signal.alarm(SECONDS + 1)
        begin = time.perf_counter()
        try:
            for row in case.read(path):
                rows += row.error is None
                errors += row.error is not None
        except AnyMolError:
            refused += 1
        finally:
            signal.alarm(0)
        slowest = max(slowest, time.perf_counter() - begin)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) << 10
    print(f"{case.name}: {rows} rows, {errors} bad rows, {refused} files refused; {slowest:.2f} s, {grown >> 20} MiB")
    assert grown < MEMORY
