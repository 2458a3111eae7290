"""The files of the page: what was vendored is what was recorded, small, licensed, and asks nobody else."""

from __future__ import annotations

import hashlib
import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(str(resources.files("anymol.serve"))) / "page"
RECORD = "vendored.json"
SOURCES = Path(__file__).parents[3] / "web" / "src"


@pytest.fixture(scope="module")
def vendored() -> Any:
    return json.loads((PAGE / RECORD).read_text(encoding="utf-8"))


def test_every_file_is_what_was_built(vendored: Any) -> None:
    found = {one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in PAGE.iterdir() if one.name != RECORD}
    assert found == vendored["sha256"]


@pytest.mark.skipif(not SOURCES.is_dir(), reason="the sources of the page are not beside the tests")
def test_it_was_built_from_the_sources_as_they_are(vendored: Any) -> None:
    found = {one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in SOURCES.iterdir()}
    assert found == vendored["sources"], "run 'npm run build' in web/"


def test_the_page_is_small() -> None:
    sizes = {one.name: one.stat().st_size for one in PAGE.iterdir()}
    assert sum(sizes.values()) < 3_000_000
    assert {name for name, size in sizes.items() if size > 1_000_000} <= {"openchemlib.js"}


def test_every_library_is_pinned_and_has_its_licence(vendored: Any) -> None:
    licences = (PAGE / "licences.txt").read_text(encoding="utf-8")
    assert {one["name"] for one in vendored["libraries"]} >= {"openchemlib", "3dmol", "uplot", "preact"}
    for one in vendored["libraries"]:
        assert f"{one['name']} {one['version']} ({one['license']})" in licences
        assert one["integrity"].startswith("sha512-")


def test_the_page_has_no_script_inside_and_no_other_address() -> None:
    text = (PAGE / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|https?:", text)
    named = set(re.findall(r'(?:src|href)="([^"]+)"', text))
    assert {name for name in named if not (PAGE / name).exists()} == {"openapi.json"}
