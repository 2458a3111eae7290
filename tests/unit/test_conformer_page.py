"""The interactive page of a geometry."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from anymol.conformer_page import find_bonds, render_html, write_html
from anymol.errors import UserError
from anymol.modalities.conformer import Conformer

WATER = Conformer(
    np.array([8, 1, 1], np.uint8),
    np.array([[0.0, 0.0, 0.1173], [0.0, 0.7572, -0.4692], [-1e-9, -0.7572, -0.4692]]),
    smiles="O",
    energy=-47.5,
    method="ETKDGv3+MMFF94",
)
VOID = {"meta", "link", "br", "hr", "img", "input"}


class Page(HTMLParser):
    """Elements must close in the order in which they were opened."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: dict[str, str] = {}
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts[self.open[-1]] = self.texts.get(self.open[-1], "") + data


def read_molecule(text: str) -> dict[str, list]:
    found = re.search(r'<script type="application/json" id="molecule">(.*?)</script>', text, re.S)
    assert found is not None
    return json.loads(found[1])


def test_the_page_holds_every_atom_and_says_what_it_shows(tmp_path: Path) -> None:
    path = write_html(WATER, tmp_path / "new" / "water.html", title="Water & steam")
    assert [file.name for file in path.parent.iterdir()] == ["water.html"]
    text = path.read_text(encoding="utf-8")
    page, molecule = Page(text), read_molecule(text)
    np.testing.assert_allclose(molecule["coordinates"], WATER.coordinates, atol=5e-5)
    assert [molecule["elements"][kind]["symbol"] for kind in molecule["atoms"]] == ["O", "H", "H"]
    assert molecule["bonds"] == [[0, 1], [0, 2]]
    assert page.texts["h1"] == page.texts["title"] == "Water & steam"
    assert all(fact in page.texts["p"] for fact in ("H2O", "-47.50 kcal/mol", "3 atoms", "ETKDGv3+MMFF94"))
    assert "-0.0," not in text and "-0.0]" not in text


def test_nothing_is_fetched() -> None:
    text = render_html(WATER)
    page = Page(text)
    assert not re.search(r"https?:|//[a-z]|@import|url\(", text)
    assert not {"link", "img", "iframe", "object", "embed"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name in {"src", "href"} or name.startswith("on")]
    assert "default-src 'none'" in text


@pytest.mark.parametrize(
    "title",
    [
        "</title><script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "</script><!--<script>",
        "{{molecule}} \\1 \\g<0>",
    ],
)
@pytest.mark.parametrize("place", ["title", "smiles", "method"])
def test_hostile_texts_stay_texts(title: str, place: str) -> None:
    plain = Page(render_html(WATER))
    fields = {"smiles": "O", "method": "file", place: title}
    record = Conformer(
        WATER.atomic_numbers, WATER.coordinates, smiles=fields["smiles"], method=fields["method"], energy=1.0
    )
    text = render_html(record, title=fields.get("title"))
    page = Page(text)
    assert page.tags == plain.tags
    assert title in page.texts["p" if place == "method" else "h1"]
    assert len(read_molecule(text)["coordinates"]) == 3


def test_without_smiles_and_title_the_formula_is_the_heading() -> None:
    ammonium = Conformer(np.array([7, 1, 1, 1, 1], np.uint8), np.eye(5, 3) * 2, charge=1)
    assert Page(render_html(ammonium)).texts["h1"] == "H4N+"


def test_bonds_end_where_radii_do() -> None:
    places = np.array([[0.0, 0, 0], [1.9, 0, 0], [3.86, 0, 0], [3.86, 0.1, 0]])
    assert find_bonds(places, np.full(4, 0.75)).tolist() == [[0, 1]]
    assert find_bonds(places[:1], np.ones(1)).shape == (0, 2)


def test_atoms_of_no_element_and_of_one_atom_are_drawn() -> None:
    text = render_html(Conformer(np.array([0, 200], np.uint8), np.array([[0.0, 0, 0], [9, 0, 0]])))
    assert [one["symbol"] for one in read_molecule(text)["elements"]] == ["*"]
    assert Page(render_html(Conformer(np.array([2], np.uint8), np.zeros((1, 3))))).texts["h1"] == "He"


def test_other_suffixes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"\.html files"):
        write_html(WATER, tmp_path / "water.png")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node, which reads the script")
def test_the_script_is_javascript(tmp_path: Path) -> None:
    script = re.search(r"<script>\n(.*?)</script>", render_html(WATER), re.S)
    assert script is not None
    (tmp_path / "page.js").write_text(script[1])
    subprocess.run(["node", "--check", tmp_path / "page.js"], check=True, timeout=60)
