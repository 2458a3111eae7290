"""The page in a real browser that reaches nothing but the server: draw, drop, ask, batch, routes, history, and axe."""

from __future__ import annotations

import base64
import csv
import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from tests.serving import Served

sync_api = pytest.importorskip(
    "playwright.sync_api", reason="the page is tested with playwright: pip install playwright"
)

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
"""No other name is known, so that nothing could be fetched from elsewhere."""
PATIENCE = 120_000
OXIDATION = """$RXN

  drawn

  1  1
$MOL

  drawn

  3  2  0  0  0  0  0  0  0  0999 V2000
    0.0000    0.0000    0.0000 C   0  0
    1.5000    0.0000    0.0000 C   0  0
    2.2500    1.2990    0.0000 O   0  0
  1  2  1  0
  2  3  1  0
M  END
$MOL

  drawn

  3  2  0  0  0  0  0  0  0  0999 V2000
    0.0000    0.0000    0.0000 C   0  0
    1.5000    0.0000    0.0000 C   0  0
    2.2500    1.2990    0.0000 O   0  0
  1  2  1  0
  2  3  2  0
M  END
"""

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium is installed")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        drawn = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", OFFLINE, *drawn])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Any, server: Served) -> Iterator[Any]:
    """The page, opened; in the end no request went elsewhere and no script failed."""
    context = browser.new_context(accept_downloads=True, viewport={"width": 1200, "height": 900})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    asked: list[str] = []
    faults: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.goto(server.url)
    page.locator("#task optgroup").first.wait_for(state="attached")
    yield page
    context.close()
    assert not [url for url in asked if not url.startswith((server.url, "blob:", "data:"))]
    # A status of 422 is an answer; the browser notes it all the same.
    assert not [fault for fault in faults if "status of 4" not in fault]


def drop(page: Any, *files: Path) -> None:
    """Drop files on the page as a hand does."""
    held = [[one.name, base64.b64encode(one.read_bytes()).decode()] for one in files]
    transfer = page.evaluate_handle(
        """(held) => {
            const transfer = new DataTransfer();
            for (const [name, text] of held) {
                const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
                transfer.items.add(new File([bytes], name, { type: name.endsWith(".png") ? "image/png" : "" }));
            }
            return transfer;
        }""",
        held,
    )
    page.dispatch_event("body", "drop", {"dataTransfer": transfer})


def click(page: Any, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).locator("visible=true").first.click()


def test_draw_ask_answer(page: Any) -> None:
    click(page, "Draw")
    canvas = page.locator(".canvas")
    page.get_by_text("Opening the editor").wait_for(state="detached")
    box = canvas.bounding_box()
    page.mouse.click(box["x"] + 34, box["y"] + 202)  # the tool that draws benzene rings
    page.mouse.click(box["x"] + 400, box["y"] + 240)
    click(page, "Use the drawing")
    page.locator(".attachments code", has_text="c1ccccc1").wait_for()
    click(page, "logP")
    # Wildman and Crippen 1999: six aromatic CH, C18 and H1: 6 x (0.1581 + 0.1230)
    page.locator(".headline", has_text="1.69").wait_for()
    assert page.locator(".answer .badge").inner_text() == "Computed"
    page.locator(".about img").wait_for()


def test_words_and_history_after_a_reload(page: Any) -> None:
    page.fill("#question", "What is the molecular weight of caffeine?")
    page.keyboard.press("Enter")
    page.locator(".headline", has_text="194.19").wait_for()
    page.reload()
    page.get_by_role("tab", name="History").click()
    page.get_by_role("button", name="What is the molecular weight of caffeine?").click()
    page.locator(".headline", has_text="194.19").wait_for()
    page.get_by_role("tab", name="History").click()
    click(page, "Clear the history")
    page.get_by_text("Nothing was asked yet").wait_for()
    assert page.evaluate("localStorage.getItem('anymol.history')") is None


def test_a_file_of_each_modality_by_drop(page: Any, examples_dir: Path, tmp_path: Path) -> None:
    reaction = tmp_path / "oxidation.rxn"
    reaction.write_text(OXIDATION)
    names = ("naproxen.mgf", "caffeine.xyz", "computed_ir.jdx", "aspirin.png", "ibuprofen.mol")
    drop(page, *(examples_dir / name for name in names), reaction)
    shown = page.locator(".attachments li")
    for said in ("MS/MS spectrum", "3D geometry", "infrared spectrum", "drawing", "structure", "reaction"):
        shown.filter(has_text=said).first.wait_for()
    assert shown.count() == 6
    shown.filter(has_text="naproxen.mgf").locator(".uplot canvas").wait_for()
    shown.filter(has_text="caffeine.xyz").locator(".geometry canvas").wait_for()
    assert "11 peaks" in shown.filter(has_text="naproxen.mgf").inner_text()
    for name in (*names[:4], reaction.name):
        page.get_by_role("button", name=f"Remove the file {name}").click()
    click(page, "What is this molecule?")
    page.locator(".answer code", has_text="CC(C)Cc1ccc([C@").wait_for()
    assert page.locator(".answer .badge").inner_text() == "Computed exactly"


def test_inputs_that_disagree_are_flagged_and_peaks_assigned(page: Any, examples_dir: Path) -> None:
    """Naproxen's spectrum beside the drawing of aspirin; m/z 185.0948 is C13H13O+, what is left without HCOOH."""
    drop(page, examples_dir / "aspirin.png", examples_dir / "naproxen.mgf")
    page.get_by_role("button", name="Remove the file naproxen.mgf").wait_for()
    click(page, "What is this molecule?")
    panel = page.locator(".contributions")
    panel.get_by_role("alert").filter(has_text="The drawing and the MS/MS spectrum disagree").wait_for()
    assert "follows the MS/MS spectrum" in panel.locator(".followed").inner_text()
    assert panel.locator("tbody tr").count() == 3
    click(page, "MS/MS beside yours")
    page.locator(".answer .uplot canvas").wait_for()
    page.get_by_text("Assigned peaks").click()
    row = page.locator(".spectrum tr", has_text="185.0948")
    assert "C13H13O+" in row.inner_text() and "CH2O2" in row.inner_text()


def test_precedents_stand_beside_a_product_and_can_be_taken_along(page: Any) -> None:
    page.select_option("#task", "forward_reaction")
    page.fill("#slot-reactants", "CC(=O)OC(C)=O.Nc1ccc(O)cc1")
    page.keyboard.press("Enter")
    card = page.locator(".answer").first
    card.locator(".value", has_text="CC(=O)Nc1ccc(O)cc1").wait_for()
    assert card.locator(".precedents li").count() >= 1
    card.get_by_text("Copy or save").click()
    with page.expect_download() as download:
        click(page, "Save SDF")
    text = Path(download.value.path()).read_text()
    assert text.rstrip().endswith("$$$$") and " 11 11 " in text  # 11 heavy atoms, 11 bonds


def test_an_error_says_what_would_be_right(page: Any) -> None:
    page.select_option("#task", "logp")
    page.fill("#slot-molecule", "C1CC")
    page.keyboard.press("Enter")
    said = page.get_by_role("alert").inner_text()
    assert "never closed" in said and "write 1 a second time" in said


def test_a_batch_with_bad_rows(page: Any, examples_dir: Path) -> None:
    page.get_by_role("tab", name="Batch").click()
    drop(page, examples_dir / "molecules.csv")
    page.get_by_text("12 rows").first.wait_for()
    click(page, "Run")
    page.get_by_text("7 of 12 rows answered, 5 without an answer").wait_for()
    page.get_by_role("button", name="Answer").click()
    answers = [float(one) for one in page.locator(".figure").all_inner_texts()]
    assert len(answers) == 7 and answers == sorted(answers)
    page.select_option("#kind", "errors")
    assert page.locator("tbody tr").count() == 5
    with page.expect_download() as download:
        click(page, "Save as CSV")
    with Path(download.value.path()).open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["answer"] for row in rows[:3]] == ["1.31", "-1.03", ""]
    assert "closes no branch" in rows[2]["error"]
    with page.expect_download() as download:
        click(page, "Save as Excel")
    heading, first, second, third, *_ = openpyxl.load_workbook(
        io.BytesIO(Path(download.value.path()).read_bytes())
    ).active.iter_rows(values_only=True)
    assert [row[heading.index("answer")] for row in (first, second, third)] == [1.31, -1.03, None]
    assert "closes no branch" in third[heading.index("error")]


def test_a_saved_table_holds_nothing_that_is_run(page: Any, tmp_path: Path) -> None:
    """A name that is a formula to a spreadsheet: a text in one, and quoted in the other."""
    given = tmp_path / "given.csv"
    given.write_text('smiles,name,dose\nCCO,"=HYPERLINK(""http://127.0.0.1"",""x"")",-0.5\n')
    page.get_by_role("tab", name="Batch").click()
    drop(page, given)
    click(page, "Run")
    page.get_by_text("1 of 1 rows answered").wait_for()
    with page.expect_download() as download:
        click(page, "Save as CSV")
    with Path(download.value.path()).open(newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert row["name"].startswith("'=HYPERLINK") and row["dose"] == "-0.5"
    with page.expect_download() as download:
        click(page, "Save as Excel")
    smiles, name, dose = next(
        openpyxl.load_workbook(io.BytesIO(Path(download.value.path()).read_bytes())).active.iter_rows(
            min_row=2, max_col=3
        )
    )
    assert (smiles.value, name.data_type, dose.value) == ("CCO", "s", -0.5) and name.value.startswith("=HYPERLINK")


def test_routes_open_as_a_tree(page: Any) -> None:
    page.get_by_role("tab", name="Routes").click()
    page.fill("#target", "paracetamol")
    page.fill("#seconds", "3")
    click(page, "Find routes")
    page.locator(".route").first.wait_for()
    page.locator(".route[open] .step > summary").first.click()
    page.locator(".step[open] img").first.wait_for()
    assert page.locator(".route[open] .leaf", has_text="in the stock").count() >= 1


@pytest.mark.parametrize(("theme", "width"), [("light", 1200), ("dark", 380)])
def test_axe_finds_no_serious_fault(page: Any, examples_dir: Path, theme: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="pip install axe-playwright-python")
    page.set_viewport_size({"width": width, "height": 800})
    page.select_option("#theme", theme)
    drop(page, examples_dir / "naproxen.mgf")
    page.locator(".attachments .uplot").wait_for()
    assert not list_faults(axe.Axe().run(page))
    page.reload()
    page.fill("#question", "What is the logP of caffeine?")
    page.keyboard.press("Enter")
    page.locator(".answer").wait_for()
    assert not list_faults(axe.Axe().run(page))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for tab in ("Routes", "Batch", "History"):
        page.get_by_role("tab", name=tab).click()
        assert not list_faults(axe.Axe().run(page))


def list_faults(found: Any) -> list[str]:
    assert found.response["passes"], "axe looked at nothing"
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]}"
        for one in found.response["violations"]
        if one["impact"] in ("serious", "critical")
    ]
