"""The processor of a run is read back as it was kept, or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from anymol.errors import CheckpointError
from anymol.models.processor import AnyMolProcessor
from anymol.training.kept_processor import find_kept_key, keep_processor, read_kept_processor


@pytest.fixture
def folder(tiny_model_dir: Path, tmp_path: Path) -> Path:
    keep_processor(AnyMolProcessor.from_pretrained(tiny_model_dir), tmp_path / "processor", key="k")
    return tmp_path / "processor"


def test_it_is_kept_with_its_key_and_replaced_whole(folder: Path) -> None:
    first = read_kept_processor(folder)
    assert find_kept_key(folder) == "k"
    keep_processor(first, folder, key="l")
    assert find_kept_key(folder) == "l"
    assert [path.name for path in folder.parent.iterdir()] == ["processor"]


def test_any_change_is_noticed(folder: Path) -> None:
    for path in sorted(folder.iterdir()):
        data = path.read_bytes()
        at = len(data) // 2
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        with pytest.raises(CheckpointError):
            read_kept_processor(folder)
        path.write_bytes(data)
    assert find_kept_key(folder) == "k"


def test_that_of_a_run_before_there_were_checksums_is_read(folder: Path) -> None:
    (folder / "done.json").write_text(json.dumps({"key": "old"}))
    assert find_kept_key(folder) == "old"
    read_kept_processor(folder)


@pytest.mark.parametrize("content", ["", "[]", "3", '{"keys": 1}', '{"schema_version": 1}'])
def test_a_record_of_another_form_is_damage(folder: Path, content: str) -> None:
    (folder / "done.json").write_text(content)
    with pytest.raises(CheckpointError, match="damaged"):
        find_kept_key(folder)


def test_one_without_its_record_is_not_read(folder: Path) -> None:
    (folder / "done.json").unlink()
    with pytest.raises(CheckpointError, match=r"there is no done\.json"):
        read_kept_processor(folder)
