"""``anymol compute``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from anymol.calculations.table import CALCULATIONS
from anymol.readers import tables


def test_without_a_name_everything_is_listed(run) -> None:
    done = run("compute")
    assert done.code == 0 and all(name in done.out for name in CALCULATIONS)
    listed = run("compute", "--json").json["calculations"]
    assert [one["name"] for one in listed] == list(CALCULATIONS)
    assert all(one["program"] and one["example"]["question"] for one in listed)


def test_several_of_several(run) -> None:
    done = run("compute", "formula,logp", "aspirin", "CCO", "--json")
    assert done.code == 0 and [row["input"] for row in done.rows] == ["aspirin", "CCO"]
    assert [one["value"] for one in done.rows[0]["results"]] == ["C9H8O4", 1.31]
    shown = run("compute", "formula,logp", "aspirin").out
    assert "The molecular formula of aspirin is C9H8O4." in shown and "exact" in shown and "computed" in shown


def test_one_that_fails_does_not_take_the_others(run) -> None:
    done = run("compute", "formula,scaffold", "CCO", "c1ccccc1", "C1CC", "--json")
    assert done.code == 0  # one molecule was answered
    first, second, third = done.rows
    assert first["errors"][0]["name"] == "scaffold" and first["results"][0]["value"] == "C2H6O"
    assert len(second["results"]) == 2 and third["error"]["kind"] == "invalid_smiles"
    assert run("compute", "formula", "CCO", "C1CC", "--strict").code == 2
    assert run("compute", "formula", "C1CC").code == 2


def test_several_molecules_and_words(run) -> None:
    assert "enantiomers" in run("compute", "relation", "C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O").out
    assert "CCCO 60.10" in run("compute", "ranking", "CCO", "CCCO", "--text", "by mass").out
    assert "69.0311" in run("compute", "ion_mz", "CCO", "--text", "[M+Na]+").out
    assert "4 Fe + 3 O2 -> 2 Fe2O3" in run("compute", "balancing", "Fe + O2 -> Fe2O3").out
    assert "2.775 mmol" in run("compute", "stoichiometry", "How many mmol are 500 mg of aspirin?").out
    assert "V2000" in run("compute", "mol_block", "water").out


def test_a_file(run, examples_dir: Path) -> None:
    done = run("compute", "formula,tpsa", "--input", examples_dir / "molecules.csv")
    assert done.code == 0
    assert done.rows[0]["formula"] == "C9H8O4" and done.rows[0]["comment"] == "aspirin"
    failed = [row for row in done.rows if "error" in row]
    assert failed and f"{len(done.rows)} rows, {len(failed)} with errors" in done.err
    assert run("compute", "formula", "--input", examples_dir / "molecules.csv", "--strict").code == 2


def test_rows_name_no_local_files(run, examples_dir: Path, tmp_path: Path) -> None:
    secret = examples_dir / "aspirin.sdf"
    assert run("compute", "formula", secret).code == 0  # on the command line a file is what the user means
    (tmp_path / "in.csv").write_text(f"where\n{secret}\nethanol\n")
    done = run("compute", "formula", "--input", tmp_path / "in.csv", "--column", "where")
    assert "error" in done.rows[0] and "formula" not in done.rows[0]
    assert done.rows[1]["formula"] == "C2H6O"


def test_columns_that_are_called_as_ours_keep_their_content(run, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("smiles,row,formula,error\nCCO,a,b,c\nC(,d,e,f\n")
    good, bad = run("compute", "formula", "--input", tmp_path / "in.csv").rows
    assert (good["row"], good["formula"], bad["row"]) == (0, "C2H6O", 1)
    assert [good[f"input_{name}"] for name in ("row", "formula", "error")] == ["a", "b", "c"]
    assert bad["error"]["kind"] == "invalid_smiles" and bad["input_error"] == "f"


def test_an_input_that_changes_meanwhile_is_told_of(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "in.csv"
    path.write_text("smiles\nCCO\nCC\n")
    read_rows = tables.read_rows

    def change(source: Path, columns: tables.Columns) -> Iterator[tables.TableRow]:
        yield from read_rows(source, columns)
        path.write_text("smiles\nCCN\nCC\n")

    monkeypatch.setattr(tables, "read_rows", change)
    done = run("compute", "formula", "--input", path)
    assert done.code == 2 and "changed while it was read" in done.err


def test_mistakes(run) -> None:
    for words, piece in (
        (("formulla", "CCO"), "did you mean formula"),
        (("formula",), "anymol compute formula"),
        (("similarity", "CCO"), "two molecules"),
        (("formula,relation", "--input", "x.csv"), "no file|one molecule"),
        ((",", "CCO"), "no calculation is named"),
    ):
        done = run("compute", *words)
        assert done.code == 2 and any(one in done.err for one in piece.split("|")), words


def test_how_a_file_was_understood_is_said(run, tmp_path: Path) -> None:
    rows = tmp_path / "rows.smi"
    rows.write_text("C[C@H](O)CC |&1:1| racemate\n*CC open\nCCO ethanol\n")
    racemate, opened, plain = (done := run("compute", "formula,stereocentres", "--input", rows)).rows
    assert "racemate" in racemate["notes"][0] and set(opened["errors"]) == {"formula", "stereocentres"}
    assert "notes" not in plain and "3 rows, 1 with errors" in done.err
    shown = run("compute", "formula,stereocentres", "C[C@H](O)CC |&1:1|")
    assert shown.out.count("racemate") == 1
    assert "racemate" in run("compute", "formula", "C[C@H](O)CC |&1:1|", "--json").json["notes"][0]
