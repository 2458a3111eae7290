"""The record of a run comes back as it was written, and a damaged one is said to be damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from anymol.errors import DataError
from anymol.run_record import list_differences, read_run_record, write_run_record


def test_a_record_comes_back(tmp_path: Path) -> None:
    record = {"input": "Ä.csv", "finished": False, "arguments": {"limit": 3}}
    write_run_record(tmp_path / "run.json", record)
    assert read_run_record(tmp_path / "run.json", remedy="begin anew") == record
    assert read_run_record(tmp_path / "none.json", remedy="begin anew") is None


@pytest.mark.parametrize("written", [b"{", b"[1]", b"\xff\xfe", b""])
def test_a_damaged_record_is_refused_with_its_remedy(tmp_path: Path, written: bytes) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(written)
    with pytest.raises(DataError, match=r"earlier run is damaged.*begin anew"):
        read_run_record(path, remedy="begin anew")


def test_only_the_fields_asked_for_are_compared() -> None:
    before, now = {"limit": 3, "seed": 0, "finished": True}, {"limit": 4, "seed": 0, "finished": False}
    assert list_differences(before, now, ("limit", "seed")) == ["limit was 3 and is 4"]
