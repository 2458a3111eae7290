"""A user's own table: rows that can be asked, and what is said of the others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from anymol.errors import DataError, InvalidFileError
from anymol.evaluation.own_rows import OwnRows
from anymol.evaluation.plan import Rows
from anymol.evaluation.runner import evaluate_subject
from anymol.evaluation.subjects.predictions import PredictionsSubject
from anymol.tasks.table import TASKS


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_rows_and_errors_by_hand(tmp_path: Path) -> None:
    path = write(
        tmp_path / "rows.csv",
        "id,molecule,answer\na,OCC,-0.31\nb,C(,1\nc,CCC,much\n,CC,0.5\nd,,2\ne,CCN,\n",
    )
    rows = OwnRows(path, TASKS["logp"])
    found = list(rows.draw("logp", None, 0, Rows.ALL))
    assert [one.id for one in found] == ["a", "row 3"]  # the fourth has no name
    assert len(rows.errors) == 4
    for error, said in zip(
        rows.errors, ["row 1: ", "row 2: the right answer", "row 4: task logp needs molecule", "row 5: "], strict=True
    ):
        assert error.startswith(said)
    assert "4 rows left out" in rows.notes[0] and "and 1 more" in rows.notes[0]


def test_a_whole_run(tmp_path: Path) -> None:
    """Two reactions and one that is not one: ethyl acetate is right however it is written, propane is not."""
    lines = [
        {"id": "x", "reactants": "CCO.CC(=O)O", "reagents": "OS(=O)(=O)O", "answer": "CC(=O)OCC"},
        {"id": "y", "reactants": "CCO.CC(=O)O", "answer": "CCOC(C)=O"},
        {"id": "z", "reactants": 7, "answer": "C"},
    ]
    path = write(tmp_path / "rows.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    said = write(tmp_path / "said.csv", "id,answer\nx,CCOC(C)=O\ny,CCC\n")
    done = evaluate_subject(PredictionsSubject(said), OwnRows(path, TASKS["forward_reaction"]), output=tmp_path / "o")
    (task,) = done.tasks
    assert task.n == 2 and not task.comparisons
    assert task.headline.metric == "exact_match" and task.headline.interval.estimate == 0.5
    assert done.rows[0].asked.reactants == "CC(=O)O.CCO" and done.rows[0].asked.reagents == "O=S(=O)(O)O"
    assert any("'reactants' is not a text" in note for note in done.notes)
    assert done.settings["data sha256"] and done.settings["anymol"]
    assert not task.beats_trivial and "No baseline was measured" in (tmp_path / "o" / "report.md").read_text()
    assert "answered readably" in (tmp_path / "o" / "report.md").read_text()


def test_a_number_is_an_answer(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", '{"smiles": "CCO", "answer": -0.31}\n{"smiles": "CC", "answer": true}\n')
    rows = OwnRows(path, TASKS["logp"])
    (found,) = rows.draw("logp", None, 0, Rows.ALL)
    assert found.answer[0].text == "-0.31"  # type: ignore[union-attr]
    assert len(rows.errors) == 1


def test_files_that_cannot_be_asked(tmp_path: Path) -> None:
    with pytest.raises(InvalidFileError, match="no column 'answer'"):
        OwnRows(write(tmp_path / "a.csv", "molecule,logp\nCCO,1\n"), TASKS["logp"])
    with pytest.raises(DataError, match="no row of this file can be asked as logp"):
        OwnRows(write(tmp_path / "b.csv", "structure,answer\nCCO,1\n"), TASKS["logp"])
    with pytest.raises(DataError, match="two rows have the id 'a'"):
        OwnRows(write(tmp_path / "c.csv", "id,molecule,answer\na,CCO,1\na,CC,2\n"), TASKS["logp"])
