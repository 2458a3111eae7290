"""The page of a geometry in a real browser: it draws the molecule, loads nothing, and its script raises nothing."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from anymol.conformer_page import write_html
from anymol.readers.formats import read_conformers

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium is installed")


def browse(page: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Open a page without a window; its errors stand on standard error as CONSOLE lines."""
    assert BROWSER is not None
    profile = page.parent / "profile"
    fixed = ("--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", f"--user-data-dir={profile}")
    return subprocess.run(
        [BROWSER, *fixed, "--window-size=900,700", *words, page.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def page(tmp_path: Path, examples_dir: Path) -> Path:
    (row,) = read_conformers(examples_dir / "caffeine.xyz")
    assert row.record is not None
    return write_html(row.record, tmp_path / "caffeine.html", title="caffeine")


def test_the_molecule_is_drawn_and_no_script_fails(page: Path) -> None:
    done = browse(page, f"--screenshot={page.with_suffix('.png')}")
    assert "CONSOLE" not in done.stderr
    pixels = np.asarray(Image.open(page.with_suffix(".png")).convert("RGB")).astype(int)
    red, green, blue = np.moveaxis(pixels, 2, 0)
    assert ((red > green + 80) & (red > blue + 80)).sum() > 300  # two oxygen atoms
    assert ((blue > red + 40) & (blue > green + 20)).sum() > 300  # four nitrogen atoms


def test_the_page_holds_every_atom_and_asks_for_nothing_else(page: Path) -> None:
    done = browse(page, "--dump-dom")
    assert "caffeine" in done.stdout
    assert "C8H10N4O2" in re.sub(r"<[^>]+>", "", done.stdout)
    assert not re.findall(r"""(?:src|href)=["'](?!#|data:)""", done.stdout)


def test_a_script_that_fails_would_be_seen(page: Path) -> None:
    page.write_text(page.read_text().replace("</body>", "<script>missing()</script></body>"))
    assert "CONSOLE" in browse(page, "--dump-dom").stderr
