"""The data files of the package are those whose checksums are recorded, and a damaged one is told of."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from anymol import shipped
from anymol.errors import UserError
from anymol.files import hash_file


def test_every_data_file_is_recorded_as_it_is() -> None:
    recorded = json.loads(shipped.CHECKSUMS.read_text())["sha256"]
    there = {name: hash_file(shipped.PACKAGE / name) for name in shipped.list_shipped()}
    assert recorded == there, "run python scripts/record_shipped_files.py"
    assert "chem/common_names.tsv.gz" in there


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of one data file."""
    monkeypatch.setattr(shipped, "PACKAGE", tmp_path)
    monkeypatch.setattr(shipped, "CHECKSUMS", tmp_path / "shipped_files.json")
    shipped.find_shipped.cache_clear()
    (tmp_path / "data.npz").write_bytes(b"abc")
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-4, example B.1
    (tmp_path / "shipped_files.json").write_text(json.dumps({"sha256": {"data.npz": digest}}))
    yield tmp_path
    shipped.find_shipped.cache_clear()


def test_a_file_that_is_right_is_found_and_read(package: Path) -> None:
    assert shipped.find_shipped("data.npz") == package / "data.npz"
    assert shipped.read_shipped("data.npz") == b"abc"


@pytest.mark.parametrize("content", [b"abd", b"", None])
def test_one_that_is_changed_or_missing_is_told_of(package: Path, content: bytes | None) -> None:
    (package / "data.npz").unlink()
    if content is not None:
        (package / "data.npz").write_bytes(content)
    with pytest.raises(UserError, match=r"the installation is damaged: data\.npz.*reinstall"):
        shipped.find_shipped("data.npz")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"sha256": 3}'])
def test_a_damaged_list_is_told_of(package: Path, content: str) -> None:
    (package / "shipped_files.json").write_text(content)
    with pytest.raises(UserError, match="the installation is damaged"):
        shipped.find_shipped("data.npz")


@pytest.mark.parametrize("name", ["data.npz", "shipped_files.json"])
def test_a_pipe_in_the_place_of_one_hangs_nobody(package: Path, name: str) -> None:
    (package / name).unlink()
    os.mkfifo(package / name)
    with pytest.raises(UserError, match="the installation is damaged"):
        shipped.find_shipped("data.npz")
