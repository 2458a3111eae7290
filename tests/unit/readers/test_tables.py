"""Rows of batch files: encodings, line ends, headers."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from anymol.readers.tables import Columns, count_rows, read_rows

CSV = "smiles,name\nCCO,Äthanol\nc1ccccc1,Benzol\nO,Wasser\n"
TEXTS = {
    "a.csv": CSV,
    "a.tsv": CSV.replace(",", "\t"),
    "a.smi": "CCO Äthanol\nc1ccccc1 Benzol\nO Wasser\n",
    "a.jsonl": "".join(
        json.dumps({"smiles": smiles, "name": name}, ensure_ascii=False) + "\n"
        for smiles, name in (("CCO", "Äthanol"), ("c1ccccc1", "Benzol"), ("O", "Wasser"))
    ),
}
ROWS = [("CCO", "Äthanol"), ("c1ccccc1", "Benzol"), ("O", "Wasser")]


def read(path: Path) -> list[tuple[str | None, str]]:
    return [(row.main, row.columns["name"]) for row in read_rows(path, Columns())]


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r", "\r\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
def test_encodings_and_line_ends(tmp_path: Path, name: str, line_end: str, encoding: str) -> None:
    path = tmp_path / name
    path.write_bytes(TEXTS[name].replace("\n", line_end).encode(encoding))
    assert read(path) == ROWS
    assert count_rows(path) == 3


def test_compressed_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(CSV.encode("utf-16")))
    assert read(path) == ROWS


@pytest.mark.parametrize("head", ["smiles name\n", "# a comment\n", "#smiles name\n", "\n# one\nSMILES Name\n"])
def test_headers_and_comments_of_smiles_files_are_not_rows(tmp_path: Path, head: str) -> None:
    path = tmp_path / "a.smi"
    path.write_text(head + TEXTS["a.smi"], encoding="utf-8")
    rows = list(read_rows(path, Columns()))
    assert [row.number for row in rows] == [0, 1, 2]
    assert [row.main for row in rows] == [smiles for smiles, _ in ROWS]


def test_a_quoted_cell_may_hold_the_delimiter_and_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b'smiles,name\r\nCCO,"a, b\r\nc"\r\n')
    (row,) = read_rows(path, Columns())
    assert (row.main, row.columns["name"]) == ("CCO", "a, b\nc")


@pytest.mark.parametrize("head", ["sep=;\n", '"sep=;"\r\n', "SEP=;\n"])
def test_the_line_by_which_excel_names_the_separator_is_not_the_header(tmp_path: Path, head: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(head + CSV.replace(",", ";"), encoding="utf-8")
    assert read(path) == ROWS
    assert count_rows(path) == 3
