"""The page of bounds says what the source does."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from anymol import bounds

PAGE = (Path(__file__).parents[2] / "docs" / "concepts" / "bounds.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\|[^|]*\|\s*([\d,]+)[^|]*\|\s*`([\w.]+)`\s*\|$", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("shown", "place"), ROWS, ids=[place for _, place in ROWS])
def test_every_bound_is_that_of_the_source(shown: str, place: str) -> None:
    module, _, name = place.rpartition(".")
    assert int(shown.replace(",", "")) == getattr(import_module(f"anymol.{module}"), name)


def test_every_shared_bound_is_on_the_page() -> None:
    named = {place for _, place in ROWS} | set(re.findall(r"`(bounds\.\w+)", PAGE))
    assert {f"bounds.{name}" for name in vars(bounds) if name.isupper()} <= named
