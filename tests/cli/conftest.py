"""How the tests run the command line: in this process where that is enough, else as a command of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

# The models of these tests are tiny: on a busy machine, threads cost them more than they give.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from anymol.cli.main import main
from anymol.inference.resumable import SIDECAR


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON object on standard output."""
        (line,) = self.out.splitlines()
        return json.loads(line)

    @property
    def rows(self) -> list[Any]:
        """The JSON lines on standard output."""
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Done]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command line in this process."""
    monkeypatch.setenv("COLUMNS", "160")

    def call(*words: str | Path) -> Done:
        capsys.readouterr()
        code = main([str(word) for word in words])
        shown = capsys.readouterr()
        return Done(code, shown.out, shown.err)

    return call


@pytest.fixture
def command() -> Run:
    """Run a command line as a process of its own."""

    def call(*words: str | Path, environment: dict[str, str] | None = None, module: str = "anymol") -> Done:
        done = subprocess.run(
            [sys.executable, "-m", module, *map(str, words)],
            capture_output=True,
            encoding="utf-8",
            env={**os.environ, **(environment or {})},
            timeout=240,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return call


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stand in an empty folder: no test may find or leave files in the repository."""
    folder = tmp_path / "cwd"
    folder.mkdir()
    monkeypatch.chdir(folder)
    yield


@pytest.fixture(scope="session")
def shipped_model() -> Path:
    """The model inside the package; a test that needs it is skipped where it is not there."""
    directory = Path(str(resources.files("anymol"))) / "embedded" / "nano"
    if not (directory / "model.safetensors").is_file():
        pytest.skip("the embedded model is not in this tree")
    return directory


def sidecar(output: Path) -> Path:
    """The record beside an output."""
    return output.with_name(output.name + SIDECAR)
