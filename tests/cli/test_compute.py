"""``anymol compute``."""

from __future__ import annotations

from pathlib import Path

from anymol.calculations.table import CALCULATIONS


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
