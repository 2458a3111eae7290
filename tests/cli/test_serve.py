"""``anymol serve`` and ``anymol mcp``: options, keys, and what is refused before anything listens."""

from __future__ import annotations

from pathlib import Path

import pytest

from anymol.cli.main import parse
from anymol.cli.serve import read_config
from anymol.serve.api_keys import KeyRing

from .conftest import Run


def test_a_key_is_made_and_printed_once(run: Run, tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    done = run("serve", "--keys", keys, "--make-key", "eln", "--key-rate", "30")
    assert done.code == 0 and done.out.startswith("am-") and len(done.out.split()) == 1
    found = KeyRing(keys).find(done.out.strip())
    assert found is not None and (found.name, found.per_minute) == ("eln", 30)
    assert run("serve", "--keys", keys, "--make-key", "page", "--json").json["key"].startswith("am-")
    again = run("serve", "--keys", keys, "--make-key", "eln")
    assert again.code == 2 and "there is a key called 'eln'" in again.err and again.out == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("serve", "--make-key", "eln"), "--make-key needs the file"),
        (("serve", "--key-rate", "3"), "--key-rate goes with --make-key"),
        (("serve", "--host", "0.0.0.0"), "no keys are asked for"),
        (("serve", "--port", "70000"), "at most 65,535"),
        (("serve", "--workers", "0"), "at least 1"),
        (("mcp", "--keys", "keys.json"), "--keys goes with --transport http"),
        (("mcp", "--open"), "--open goes with --transport http"),
        (("mcp", "--transport", "http", "--host", "0.0.0.0"), "--open to serve whoever reaches it"),
        (("mcp", "--transport", "sse"), "there is no --transport 'sse'"),
    ],
)
def test_what_is_wrong_is_said_before_anything_listens(run: Run, words: tuple[str, ...], said: str) -> None:
    done = run(*words)
    assert done.code == 2 and said in done.err


def test_options_become_limits() -> None:
    words = ["serve", "--time", "7", "--queue", "3", "--rate", "60", "--body", "2", "--workers", "4", "--lazy"]
    config = read_config(parse(words))
    limits = config.limits
    assert (limits.seconds, limits.waiting, limits.per_minute, limits.body) == (7.0, 3, 60, 2 << 20)
    assert (config.workers, config.preload, config.host, config.is_local) == (4, False, "127.0.0.1", True)
    assert not config.notebooks and not config.log_inputs and not config.untrained
    assert read_config(parse(["mcp", "--notebooks"])).notebooks
    assert read_config(parse(["mcp", "--transport", "http", "--host", "0.0.0.0", "--open"])).is_open
