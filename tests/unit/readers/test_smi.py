"""SMILES files."""

from __future__ import annotations

import io

from anymol.readers.smi import read_smi


def test_lines() -> None:
    text = "smiles name\n# comment\nOCC ethanol, as written\n\nC1CC broken\n\tCCN\n"
    rows = list(read_smi(io.StringIO(text)))
    assert [(row.index, row.smiles, row.name) for row in rows] == [
        (0, "OCC", "ethanol, as written"),
        (1, None, "broken"),
        (2, "CCN", None),
    ]
    assert "ring 1" in (rows[1].error or "")


def test_endless_line() -> None:
    row = next(read_smi(io.StringIO("C" * 1_000_000)))
    assert "at most 10,000" in (row.error or "")
