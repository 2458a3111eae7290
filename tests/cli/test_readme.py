"""The README's examples do what it says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from anymol.cli.main import VERBS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(console|python) run\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)
COMMANDS = [
    line.removeprefix("$ ") for kind, text in BLOCKS if kind == "console" for line in text.splitlines() if line.strip()
]
PYTHON = [text for kind, text in BLOCKS if kind == "python"]


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that holds the examples and nothing else."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_readme_has_examples() -> None:
    assert len(COMMANDS) >= 10
    assert len(PYTHON) == 2
    assert {shlex.split(command)[1] for command in COMMANDS} <= {verb.NAME for verb in VERBS}


def test_commands(run, elsewhere: Path, shipped_model: Path) -> None:
    for command in COMMANDS:
        program, *words = shlex.split(command)
        assert program == "anymol"
        done = run(*words)
        assert done.code == 0, f"{command}\n{done.err}"
        if "--json" in words:
            assert done.json["answers"]
    assert (elsewhere / "out" / "logp.jsonl").read_text().count("\n") >= 10
    assert list((elsewhere / "out" / "drawn").glob("*.svg"))


@pytest.mark.usefixtures("elsewhere", "shipped_model")
def test_python() -> None:
    for text in PYTHON:
        exec(compile(text, "README.md", "exec"), {})


def test_links_lead_somewhere() -> None:
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        text = re.sub(r"^```.*?^```", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
            if target.endswith("MODEL_CARD.md") and not (ROOT / target).exists():
                continue  # comes with the embedded model; tests/cli/test_shipped_model.py asks for it
            assert (ROOT / target).exists(), f"{name}: {target}"


def test_the_tree_is_the_tree() -> None:
    (tree,) = re.findall(r"^```\nsrc/anymol/\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)
    listed = set(re.findall(r"^(?:├──|└──) (\S+?)/?(?:\s|$)", tree, flags=re.MULTILINE))
    package = ROOT / "src" / "anymol"
    folders = {path.name for path in package.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders <= listed | {"embedded"}
    for name in listed - {"embedded"}:
        assert (package / name).exists(), name
