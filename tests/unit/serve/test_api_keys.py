"""API keys: what stands in the file, who is let in, and that the file is followed."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from anymol.errors import ConfigError, InvalidFileError
from anymol.serve import api_keys
from anymol.serve.api_keys import KeyRing, make_key, read_keys


def test_the_file_holds_hashes_only_and_is_its_owner_s(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    key = make_key(path, "eln", 60)
    assert key.startswith("am-") and len(key) >= 43
    assert key not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (read,) = read_keys(path)
    assert (read.name, read.per_minute, len(read.sha256)) == ("eln", 60, 64)


def test_a_key_opens_and_others_do_not(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    first, second = make_key(path, "first"), make_key(path, "second")
    ring = KeyRing(path)
    assert first != second
    found = ring.find(second)
    assert found is not None and found.name == "second"
    for wrong in ("", first[:-1], first + "x", read_keys(path)[0].sha256, "\ud800", "é"):
        assert ring.find(wrong) is None


def test_every_key_is_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """How long a search takes does not tell which key was near."""
    path = tmp_path / "keys.json"
    first = make_key(path, "first")
    make_key(path, "second")
    ring = KeyRing(path)
    compared: list[str] = []

    def compare(left: str, right: str) -> bool:
        compared.append(left)
        return left == right

    monkeypatch.setattr(api_keys.hmac, "compare_digest", compare)
    assert ring.find(first) is not None and len(compared) == 2


def test_a_key_that_is_taken_out_no_longer_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_keys, "_REREAD", 0.0)
    path = tmp_path / "keys.json"
    first, second = make_key(path, "first"), make_key(path, "second")
    ring = KeyRing(path)
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "keys": content["keys"][1:]}))
    assert ring.find(first) is None
    assert ring.find(second) is not None
    path.write_text("{")  # half written
    assert ring.find(second) is not None


@pytest.mark.parametrize("name", ["", "a b", "x" * 65, "../x", "a\n"])
def test_names_that_logs_could_not_hold_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError):
        make_key(tmp_path / "keys.json", name)


def test_a_name_is_given_once(tmp_path: Path) -> None:
    make_key(tmp_path / "keys.json", "eln")
    with pytest.raises(ConfigError, match="there is a key"):
        make_key(tmp_path / "keys.json", "eln")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"schema": 2, "keys": []}', '{"schema": 1, "keys": [{}]}'])
def test_another_file_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(content)
    with pytest.raises(InvalidFileError, match="not a file of keys"):
        KeyRing(path)


def test_no_keys_at_all_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text('{"schema": 1, "keys": []}')
    with pytest.raises(InvalidFileError, match="no keys"):
        KeyRing(path)
    with pytest.raises(InvalidFileError, match="cannot be read"):
        KeyRing(tmp_path / "missing.json")
