"""Files and directories are replaced at once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from anymol.errors import AnyMolError, DataError
from anymol.files import hash_file, require_data_file, staged_directory, staged_file, write_atomically
from anymol.ocsr.label_weights import read_label_reader
from anymol.ocsr.weights import read_detector
from anymol.synthesis.ir_surrogate import read_metadata
from anymol.synthesis.ms2_intensity import read_model


def test_a_file_is_replaced_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "figures.json"
    write_atomically(target, "old")
    write_atomically(target, "new: µ\n")
    assert target.read_bytes() == "new: µ\n".encode()
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("is_replaced", [False, True])
def test_a_directory_takes_its_place_whole(tmp_path: Path, is_replaced: bool) -> None:
    target = tmp_path / "model"
    if is_replaced:
        target.mkdir()
        (target / "old").write_text("0")
    with staged_directory(target, flush=True) as draft:
        (draft / "new").write_text("1")
        assert target.exists() == is_replaced
    assert list(tmp_path.iterdir()) == [target]  # no draft, and no older one set aside
    assert [path.name for path in target.iterdir()] == ["new"]


def test_what_fails_leaves_the_old_as_it_was(tmp_path: Path) -> None:
    file, folder = tmp_path / "file", tmp_path / "folder"
    file.write_text("old")
    with pytest.raises(ZeroDivisionError), staged_file(file) as draft:
        draft.write_text("half")
        raise ZeroDivisionError
    with pytest.raises(ZeroDivisionError), staged_directory(folder) as draft:
        (draft / "half").write_text("")
        raise ZeroDivisionError
    assert [path.name for path in tmp_path.iterdir()] == ["file"] and file.read_text() == "old"


def test_the_checksum_is_that_of_sha256sum(tmp_path: Path) -> None:
    path = tmp_path / "abc"
    path.write_bytes(b"abc")  # FIPS 180-4, example B.1
    assert hash_file(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_missing_data_are_named(tmp_path: Path) -> None:
    (tmp_path / "molecules.parquet").touch()
    assert require_data_file(tmp_path, "molecules.parquet") == tmp_path / "molecules.parquet"
    with pytest.raises(DataError, match=r"reserved\.parquet is not there.*--data-dir"):
        require_data_file(tmp_path, "reserved.parquet")


def test_a_pipe_has_no_checksum(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="not a file"):
        hash_file(tmp_path / "pipe")


@pytest.mark.parametrize("name", ["detector", "label_reader", "intensities", "surrogate"])
def test_a_pipe_in_the_place_of_weights_hangs_nobody(tmp_path: Path, name: str) -> None:
    readers = {
        "detector": read_detector,
        "label_reader": read_label_reader,
        "intensities": read_model,
        "surrogate": read_metadata,
    }
    path = tmp_path / "weights.json"
    os.mkfifo(path)
    with pytest.raises(AnyMolError, match="pipe or a device"):
        readers[name](path)
