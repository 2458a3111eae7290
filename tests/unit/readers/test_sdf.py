"""SD files: V2000, V3000, properties, and records that are broken in many ways."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rdkit import Chem

from anymol.readers.conformers import read_sdf_conformers
from anymol.readers.sdf import read_sdf

ETHANOL = Chem.MolToMolBlock(Chem.MolFromSmiles("CCO"))


def read(text: str):
    return list(read_sdf(io.StringIO(text)))


def test_a_broken_record_stands_in_its_place(examples_dir: Path) -> None:
    with (examples_dir / "mixed.sdf").open() as stream:
        rows = list(read_sdf(stream))
    assert [row.index for row in rows] == [0, 1, 2, 3, 4]
    assert [row.smiles is None for row in rows] == [False, False, True, False, False]
    assert "C (atom 1) has 5 bonds" in (rows[2].error or "")
    assert rows[2].name == "carbon with five bonds"
    assert rows[4].smiles == "C[C@H]([NH3+])C(=O)[O-]"
    assert rows[0].properties == {"SOURCE": "example"}


def test_v3000_and_windows_line_ends() -> None:
    block = Chem.MolToV3KMolBlock(Chem.MolFromSmiles("C[C@H](N)C(=O)O"))
    assert read(block.replace("\n", "\r\n"))[0].smiles == "C[C@H](N)C(=O)O"


def test_properties_with_several_lines() -> None:
    text = ETHANOL + ">  <NOTE>  (1)\nfirst\nsecond\n\n> <EMPTY>\n\n> <LAST>\n1.5\n\n$$$$\n"
    assert read(text)[0].properties == {"NOTE": "first\nsecond", "EMPTY": "", "LAST": "1.5"}


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ("garbage\n", "M  END"),
        ("\n\n\n\n", "empty"),
        ("\n\n\n  0  0  0  0  0  0  0  0  0  0999 V2000\nM  END\n", "no atoms"),
        ("\n\n\n  x  y  0  0  0  0  0  0  0  0999 V2000\nM  END\n", "Cannot convert"),
        (ETHANOL.replace(" O ", " Qq"), "'Qq' (atom 3) is not an element"),
        (ETHANOL.replace(" O ", " A "), "atom 3 is a query"),
        (ETHANOL.replace("  2  3  1  0", "  2  3  8  0"), "bond 2 is a query"),
        ("\n\n\n999999999999 V2000\nM  END\n", "too short"),
    ],
)
def test_bad_records(record: str, words: str) -> None:
    rows = read(record + "$$$$\n" + ETHANOL + "$$$$\n")
    assert len(rows) == 2
    assert rows[0].smiles is None
    assert words in (rows[0].error or "")
    assert rows[1].smiles == "CCO"


@pytest.mark.parametrize(("symbol", "smiles"), [("R#", "*CC"), ("R1", "[1*]CC"), ("* ", "*CC"), ("D ", "[2H]CC")])
def test_attachment_points_and_isotopes_are_no_queries(symbol: str, smiles: str) -> None:
    assert read(ETHANOL.replace(" O ", f" {symbol}"))[0].smiles == smiles


def test_last_record_may_lack_its_end_mark() -> None:
    assert [row.smiles for row in read(ETHANOL + "$$$$\n" + ETHANOL)] == ["CCO", "CCO"]


def test_an_endless_record_is_cut() -> None:
    rows = read("x" * 3_000_000 + "\n" + "y" * 3_000_000 + "\nM  END\n$$$$\n" + ETHANOL + "$$$$\n")
    assert "M  END" in (rows[0].error or "")
    assert rows[1].smiles == "CCO"


def test_a_label_of_broken_letters_is_told_and_not_raised() -> None:
    block = Chem.MolToMolBlock(Chem.MolFromSmiles("CCO"))
    (row,) = read(block.replace(" O  ", " A\u20bf", 1) + "$$$$\n")
    assert row.smiles is None
    assert "not an element" in str(row.error)


def test_a_record_without_atoms_has_no_coordinates() -> None:
    (row,) = read_sdf_conformers(io.StringIO(Chem.MolToV3KMolBlock(Chem.Mol()) + "$$$$\n"))
    assert row.record is None
    assert row.error
