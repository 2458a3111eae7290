"""The tutorial says what it said when it was executed, and names the right molecules."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::RuntimeWarning"),
]

nbformat = pytest.importorskip("nbformat", reason="the tutorial is run by nbclient: pip install nbclient ipykernel")
nbclient = pytest.importorskip("nbclient", reason="the tutorial is run by nbclient: pip install nbclient ipykernel")
pytest.importorskip("ipykernel", reason="the tutorial is run by nbclient: pip install nbclient ipykernel")

PLACE = Path(__file__).parents[2] / "examples" / "tutorial.ipynb"
VERSION = re.compile(r"\d+(?:\.\d+){2}")
SHOWN = ("C8H10N4O2", "CC(=O)OC(C)=O.Nc1ccc(O)cc1>>CC(=O)Nc1ccc(O)cc1", "CC(C)Cc1ccc(", "COc1ccc2cc(")
"""Of the cells that show a result: caffeine, the acetylation that makes paracetamol, ibuprofen, naproxen."""


def list_code(book: Any) -> list[Any]:
    return [cell for cell in book.cells if cell.cell_type == "code"]


def read_printed(cell: Any) -> str:
    printed = "".join(one.text for one in cell.outputs if one.output_type == "stream" and one.name == "stdout")
    return VERSION.sub("VERSION", printed)


def read_shown(cell: Any) -> str:
    return "".join(one.data["text/plain"] for one in cell.outputs if one.output_type == "execute_result")


def test_the_tutorial() -> None:
    committed = nbformat.read(PLACE, as_version=4)
    executed = copy.deepcopy(committed)
    for cell in list_code(executed):
        cell.outputs, cell.execution_count = [], None
    nbclient.NotebookClient(executed, timeout=500, resources={"metadata": {"path": str(PLACE.parent)}}).execute()
    for before, now in zip(list_code(committed), list_code(executed), strict=True):
        assert read_printed(now) == read_printed(before)
        assert bool(read_shown(now)) == bool(read_shown(before))
    for book in (committed, executed):
        shown = [text for cell in list_code(book) if (text := read_shown(cell))]
        assert len(shown) == len(SHOWN) and all(one in text for one, text in zip(SHOWN, shown, strict=True))


def test_what_is_committed_names_no_place_of_this_machine() -> None:
    text = PLACE.read_text(encoding="utf-8")
    assert "site-packages" not in text and str(PLACE.parents[1]) not in text and "stderr" not in text
