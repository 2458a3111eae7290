"""What is said to whoever asks is true however they ask: by a command, from Python, over HTTP, or as a tool."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "anymol"
ASKED = ("chem", "modalities", "readers", "calculations", "tasks", "retrieval", "design", "planning", "inference")
"""Rooms whose errors reach whoever asks."""
COMMAND_LINE = {
    "readers/tables.py": "tables of many rows are files of the command line",
    "readers/reactions.py": "columns of reactions are those of such tables",
    "inference/batch.py": "files in and out are the command line's",
    "inference/resumable.py": "so is going on with one",
    "retrieval/reactions/store.py": "whoever keeps a store mends it",
}
OPTION = re.compile(r"(?<![-\w|])--[a-z]|anymol (?:ask|predict|tasks|compute|serve|mcp|plan|store|chat)\b")


def list_texts(path: Path) -> list[str]:
    """Return the texts of a file that are no docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told
    ]


@pytest.mark.parametrize("room", ASKED)
def test_no_error_names_an_option_of_the_command_line(room: str) -> None:
    files = [one for one in sorted((SOURCE / room).rglob("*.py")) if str(one.relative_to(SOURCE)) not in COMMAND_LINE]
    assert files
    named = [f"{one.relative_to(SOURCE)}: {text}" for one in files for text in list_texts(one) if OPTION.search(text)]
    assert not named, named


def test_the_exceptions_are_still_needed() -> None:
    for name in COMMAND_LINE:
        assert any(OPTION.search(text) for text in list_texts(SOURCE / name)), name
