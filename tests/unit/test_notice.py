"""NOTICE names what ships that others have published, and under which licence."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import anymol
from anymol.chem.names import list_named

ROOT = Path(__file__).parents[2]
NOTICE = (ROOT / "NOTICE").read_text(encoding="utf-8")
DATA = {".gz", ".safetensors", ".npz", ".smi", ".csv", ".tsv", ".json", ".jsonl", ".bin", ".pkl", ".onnx", ".zst"}
OWN = {"src/anymol/shipped_files.json"}
"""Files of these kinds that are made from the others and hold nothing of anybody."""


def test_every_shipped_file_of_data_is_named() -> None:
    package = Path(anymol.__file__).parent
    shipped = {path.relative_to(ROOT).as_posix() for path in package.rglob("*") if path.suffix in DATA} - OWN
    unnamed = [path for path in shipped if path not in NOTICE and not path.startswith("src/anymol/embedded/nano/")]
    assert len(shipped) > 15
    assert unnamed == []


def test_every_source_of_names_is_attributed() -> None:
    for source in {hit.source for hit in list_named()} - {"anymol"}:
        assert f"({source})" in NOTICE or re.search(rf"\b{source}\b", NOTICE), source


def test_the_licences_that_ask_for_it_are_stated() -> None:
    for licence in ("CC BY 4.0", "CC BY-SA 4.0", "dl-de/by-2-0"):
        assert licence in NOTICE


def test_notice_ships() -> None:
    with (ROOT / "pyproject.toml").open("rb") as stream:
        assert "NOTICE" in tomllib.load(stream)["project"]["license-files"]
