"""SMILES files: separators, headers, comments and extensions."""

from __future__ import annotations

import io

import pytest

from anymol.readers.rows import ReadRow
from anymol.readers.smi import read_smi


def read(text: str) -> list[ReadRow]:
    return list(read_smi(io.StringIO(text)))


def test_lines() -> None:
    rows = read("smiles name\n# comment\nOCC ethanol, as written\n\nC1CC broken\n\tCCN\n")
    assert [(row.index, row.smiles, row.name) for row in rows] == [
        (0, "OCC", "ethanol, as written"),
        (1, None, "broken"),
        (2, "CCN", None),
    ]
    assert "ring 1" in (rows[1].error or "")


@pytest.mark.parametrize(
    "text",
    [
        "OCC ethyl alcohol\nCCN ethylamine\n",
        "OCC\tethyl alcohol\nCCN\tethylamine\n",
        "OCC,ethyl alcohol\nCCN,ethylamine\n",
        "OCC, ethyl alcohol\nCCN, ethylamine\n",
        "OCC;ethyl alcohol\nCCN;ethylamine\n",
        '"OCC","ethyl alcohol"\n"CCN","ethylamine"\n',
        "# two\nOCC ethyl alcohol\n# one more\nCCN ethylamine\n",
        "SMILES Name\nOCC ethyl alcohol\nCCN ethylamine\n",
        "canonical_smiles,Name\nOCC,ethyl alcohol\nCCN,ethylamine\n",
        "IsomericSMILES\tCID\nOCC\tethyl alcohol\nCCN\tethylamine\n",
        "#SMILES Name\nOCC ethyl alcohol\nCCN ethylamine\n",
        "name,smiles\nethyl alcohol,OCC\nethylamine,CCN\n",
        "Name\tSMILES\nethyl alcohol\tOCC\nethylamine\tCCN\n",
    ],
)
def test_separators_headers_and_comments(text: str) -> None:
    assert [(row.smiles, row.name) for row in read(text)] == [("OCC", "ethyl alcohol"), ("CCN", "ethylamine")]


@pytest.mark.parametrize("text", ["CCO structure\n", "CCO smiles\n", "C mol\n"])
def test_a_molecule_may_be_called_like_a_header(text: str) -> None:
    assert [(row.smiles, row.name) for row in read(text)] == [tuple(text.split())]


def test_a_header_without_a_known_column_is_a_bad_row() -> None:
    rows = read("compound activity\nCCO 7.1\n")
    assert [row.smiles for row in rows] == [None, "CCO"]


def test_extensions() -> None:
    racemate, radical, plain, broken = read(
        "C[C@H](O)c1ccccc1 |&1:1| rac-1-phenylethanol\nCC |^1:0| ethyl radical\nCCO ethanol\nCCO |^1:| x\n"
    )
    assert (racemate.smiles, racemate.name) == ("C[C@H](O)c1ccccc1", "rac-1-phenylethanol")
    assert "a racemate" in racemate.notes[0]
    assert (radical.smiles, radical.name, radical.notes) == ("[CH2]C", "ethyl radical", ())
    assert (plain.smiles, plain.notes) == ("CCO", ())
    assert "extension" in (broken.error or "")


def test_endless_line() -> None:
    row = next(read_smi(io.StringIO("C" * 1_000_000)))
    assert "at most 10,000" in (row.error or "")


@pytest.mark.parametrize(
    "text",
    [
        '"CC |^1:0|",ethyl\n',
        "CC |^1:0|,ethyl\n",
        "CC\t|^1:0|\tethyl\n",
        "CC |^1:0| ethyl\n",
        'name,cxsmiles\nethyl,"CC |^1:0|"\n',
        'SMILES string;Name\n"CC |^1:0|";ethyl\n',
    ],
)
def test_an_extension_counts_in_whatever_columns_it_stands(text: str) -> None:
    (row,) = read(text)
    assert (row.smiles, row.name) == ("[CH2]C", "ethyl")


def test_commas_within_an_extension() -> None:
    (row,) = read('id,smiles,name\n1,"CC |^1:0,^2:1|","a, b"\n')
    assert (row.smiles, row.name) == ("[CH][CH2]", "1 a, b")
    assert read("CC |^1:0,^2:1|,x\n")[0].smiles == "[CH][CH2]"


@pytest.mark.parametrize(
    "text", ["# ID SMILES\n7 OCC\n", "SMILES (canonical)\tID\nOCC\t7\n", "SMILES string,ID\nOCC,7\n", '"OCC" 7\n']
)
def test_headers_of_several_words_or_in_a_comment(text: str) -> None:
    assert [(row.smiles, row.name) for row in read(text)] == [("OCC", "7")]


def test_a_comment_that_speaks_of_smiles_is_not_a_header() -> None:
    assert [(row.smiles, row.name) for row in read("# my SMILES\nOCC ethanol\n")] == [("OCC", "ethanol")]


def test_an_arrow_that_makes_a_dative_bond_is_said() -> None:
    assert "a reaction is written with '>>'" in read("CCO->CC=O\n")[0].notes[0]
    assert read("N->[Fe]\n")[0].notes == ()
