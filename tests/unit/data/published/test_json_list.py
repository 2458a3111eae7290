from __future__ import annotations

import json
from pathlib import Path

import pytest

from anymol.data.published import json_list
from anymol.data.published.json_list import read_json_list
from anymol.errors import DataError


@pytest.mark.parametrize("block", [1, 2, 7, 1 << 20])
@pytest.mark.parametrize("entries", [[], [{}], [{"a": '],[ \\" }'}, [1, [2]], 123, "é", None]])
def test_entries_come_back_whatever_the_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int, entries: list[object]
) -> None:
    monkeypatch.setattr(json_list, "_BLOCK", block)
    path = tmp_path / "list.json"
    for indent in (None, 2):
        path.write_text(json.dumps(entries, indent=indent, ensure_ascii=False) + "\n", encoding="utf-8")
        assert list(read_json_list(path)) == entries


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not a list"),
        ('{"a": 1}', "not a list"),
        ("[", "entry 1 is not JSON"),
        ('[{"a": 1}, {"a": }]', "entry 2 is not JSON"),
        ('[{"a": 1}', "entry 1 is followed by nothing"),
        ('[{"a": 1} {"a": 2}]', "entry 1 is followed by {"),
        ('[{"a": 1},]', "entry 2 is not JSON"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "list.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=said):
        list(read_json_list(path))


def test_only_what_is_needed_is_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_list, "_BLOCK", 16)
    monkeypatch.setattr(json_list, "MAX_ENTRY", 64)
    path = tmp_path / "list.json"
    path.write_text(json.dumps([{"a": "x" * 20}] * 3 + [{"a": "x" * 100}]), encoding="utf-8")
    entries = read_json_list(path)
    assert [next(entries) for _ in range(3)] == [{"a": "x" * 20}] * 3
    with pytest.raises(DataError, match="entry 4"):
        next(entries)
