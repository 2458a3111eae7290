"""Spreadsheets hold what was found as texts and numbers: nothing in them is run."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest

from anymol.serve.sheets import LONGEST, Cell, write_sheet


def read(*rows: list[Cell], columns: tuple[str, ...] = ("one",)) -> list[list[object]]:
    book = openpyxl.load_workbook(io.BytesIO(write_sheet(columns, rows)))
    return [[cell.value for cell in row] for row in book.active.iter_rows()]


def test_texts_and_numbers_are_what_they_were() -> None:
    rows = read(["CCO", -0.0014, 3, None, "π"], columns=("smiles", "logp", "n", "empty", "text"))
    assert rows == [["smiles", "logp", "n", "empty", "text"], ["CCO", -0.0014, 3, None, "π"]]


@pytest.mark.parametrize("text", ["=1+1", '=HYPERLINK("http://x","y")', "+1", "-1", "@SUM(A1)", "#N/A", "TRUE", "1e5"])
def test_no_text_becomes_a_formula_or_another_kind_of_value(text: str) -> None:
    written = write_sheet([text], [[text]])
    book = openpyxl.load_workbook(io.BytesIO(written))
    cells = [row[0] for row in book.active.iter_rows()]
    assert [cell.value for cell in cells] == [text, text]
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in cells)
    with zipfile.ZipFile(io.BytesIO(written)) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")


def test_what_no_cell_holds_is_written_out() -> None:
    assert read(["a\x00b\x1bc\nd"])[1] == ["a\\x00b\\x1bc\nd"]


def test_a_text_that_is_too_long_says_so() -> None:
    (cell,) = read(["C" * (LONGEST + 1)])[1]
    assert isinstance(cell, str) and len(cell) == LONGEST and cell.endswith("... (32,768 characters)")
    assert read(["C" * LONGEST])[1] == ["C" * LONGEST]
