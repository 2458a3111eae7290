"""A file of predictions: scored as a model's answers are, row by row, whatever it leaves out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from anymol.data.example import InstructionExample
from anymol.data.shards import write_shards
from anymol.errors import DataError, InvalidFileError
from anymol.evaluation.plan import EvaluationPlan
from anymol.evaluation.row_sets import ShardRows
from anymol.evaluation.runner import evaluate_subject
from anymol.evaluation.subjects.predictions import PredictionsSubject
from anymol.evaluation.subjects.reading import read_texts
from anymol.modalities.content import MoleculePart, Part, TextPart
from anymol.tasks.prompt import render_prompt
from anymol.tasks.table import TASKS
from anymol.tasks.task import TaskInput


def make_example(name: str, task: str, asked: TaskInput, answer: Part) -> InstructionExample:
    return InstructionExample(name, task, render_prompt(TASKS[task], asked), (answer,), "hand", "CC0", "val")


@pytest.fixture
def shards(tmp_path: Path) -> Path:
    """Three molecules with a LogP, and two reactions."""
    examples = [
        make_example(f"logp/{place}", "logp", TaskInput(molecule=smiles), TextPart(answer))
        for place, (smiles, answer) in enumerate([("CCO", "1.00"), ("CCC", "-2.00"), ("CCN", "3.00")])
    ]
    examples += [
        make_example(f"forward/{place}", "forward_reaction", TaskInput(reactants="CCO.CC(=O)O"), MoleculePart(answer))
        for place, answer in enumerate(["CCOC(C)=O", "C[C@H](N)C(=O)O"])
    ]
    write_shards(examples, tmp_path / "shards", name="hand")
    return tmp_path / "shards"


def write_lines(path: Path, *rows: object) -> Path:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def test_figures_by_hand(shards: Path, tmp_path: Path) -> None:
    """Of three numbers one is 0.5 off and one is missing; of two molecules one is right, one lost its stereo centre."""
    path = write_lines(
        tmp_path / "answers.jsonl",
        {"id": "logp/0", "answer": "1.5"},
        {"id": "logp/1", "answer": -2},
        {"id": "forward/0", "answers": ["OCC", "CC(=O)OCC"]},
        {"id": "forward/1", "answer": "CC(N)C(=O)O"},
        {"id": "elsewhere/9", "answer": "C"},
    )
    subject = PredictionsSubject(path)
    done = evaluate_subject(
        subject, ShardRows(shards), EvaluationPlan(limit=None), baselines=False, output=tmp_path / "report"
    )
    assert [task.task for task in done.tasks] == ["forward_reaction", "logp"]
    forward, logp = done.tasks
    assert forward.readable == 1.0
    assert logp.readable == pytest.approx(2 / 3)
    figures = {figure.metric: figure.interval.estimate for figure in forward.figures}
    assert figures["exact_match"] == 0.0  # the first answers: ethanol, and alanine without its hand
    assert figures["top_3_exact"] == 0.5  # ethyl acetate stands second
    right = {row.example.id: row.right for row in done.rows}
    assert right == {
        "logp/0": False, "logp/1": True, "logp/2": False, "forward/0": False, "forward/1": False,
    }  # fmt: skip
    notes = " ".join(done.notes)
    assert "1 of 5 rows have no prediction" in notes
    assert "1 predictions have ids that were not asked" in notes
    lines = [json.loads(line) for line in (tmp_path / "report" / "predictions.jsonl").read_text().splitlines()]
    (missing,) = [line for line in lines if "error" in line]
    assert missing["id"] == "logp/2" and "no row of this id" in missing["error"]
    assert json.loads((tmp_path / "report" / "figures.json").read_text())["settings"]["predictions sha256"]


def test_a_csv_says_the_same(shards: Path, tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text("id,answer\nlogp/0,1.00\nlogp/1,+2.0\nlogp/2,\n")
    done = evaluate_subject(
        PredictionsSubject(path), ShardRows(shards, tasks=["logp"]), EvaluationPlan(limit=None), baselines=False
    )
    assert [row.right for row in done.rows] == [True, False, False]
    assert [row.prediction for row in done.rows] == [1.0, 2.0, None]


def test_answers_of_our_own_file_are_read_again(shards: Path, tmp_path: Path) -> None:
    first = write_lines(tmp_path / "first.jsonl", {"id": "forward/0", "answers": ["CC(=O)OCC", "OCC"]})
    done = evaluate_subject(
        PredictionsSubject(first),
        ShardRows(shards, tasks=["forward_reaction"]),
        baselines=False,
        output=tmp_path / "report",
    )
    again = evaluate_subject(
        PredictionsSubject(tmp_path / "report" / "predictions.jsonl"),
        ShardRows(shards, tasks=["forward_reaction"]),
        baselines=False,
    )
    assert [row.hits for row in again.rows] == [row.hits for row in done.rows] == [(True, False), ()]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"id": "a", "answer": "1"}, {"id": "a", "answer": "2"}], "two predictions have the id 'a'"),
        ([{"id": "a", "answer": True}], "true is not an answer"),
        ([{"id": "a", "answer": {"smiles": "C"}}], "is not an answer"),
        ([{"id": "a", "answers": [{"text": "C", "probability": 1.5}]}], "1.5 is not a probability"),
        ([{"id": "a", "answers": "C"}], "is not an answer"),
        ([{"id": "a", "smiles": "C"}], "neither 'answer' nor a list 'answers'"),
        ([{"answer": "C"}], "no 'id'"),
        ([], "holds no prediction"),
    ],
)
def test_what_is_not_a_prediction(rows: list[object], said: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=said):
        PredictionsSubject(write_lines(tmp_path / "answers.jsonl", *rows))


def test_a_csv_without_ids(tmp_path: Path) -> None:
    (tmp_path / "answers.csv").write_text("row,answer\n1,C\n")
    with pytest.raises(InvalidFileError, match="no column 'id'"):
        PredictionsSubject(tmp_path / "answers.csv")


def test_texts_are_read_as_the_task_reads_them() -> None:
    forward = read_texts(TASKS["forward_reaction"], [("OCC", None), ("CCO", 0.3), ("no idea", None)])
    assert [(one.value, one.probability) for one in forward.answers] == [("CCO", None)]
    assert forward.unreadable == 1
    drawn = read_texts(TASKS["reaction_recognition"], [("OCC>>C=C", None)])
    assert [one.value for one in drawn.answers] == ["CCO>>C=C"]


def test_a_class_without_probability_is_certain(tmp_path: Path) -> None:
    """The first of three rows is right; the third has no answer: the headline is that of certain labels."""
    asked = TASKS["bbbp"].example[0]
    examples = [make_example(f"bbbp/{place}", "bbbp", asked, TextPart(label)) for place, label in enumerate("YNN")]
    labels = dict(zip("YN", TASKS["bbbp"].labels, strict=True))
    examples = [
        make_example(one.id, "bbbp", asked, TextPart(labels[one.answer[0].text]))  # type: ignore[union-attr]
        for one in examples
    ]
    write_shards(examples, tmp_path / "shards", name="hand")
    path = write_lines(tmp_path / "a.jsonl", {"id": "bbbp/0", "answer": labels["Y"]}, {"id": "bbbp/1", "answer": "?"})
    done = evaluate_subject(
        PredictionsSubject(path), ShardRows(tmp_path / "shards"), EvaluationPlan(limit=None), baselines=False
    )
    assert [row.scored.probabilities for row in done.rows] == [{labels["Y"]: 1.0}, {}, {}]  # type: ignore[union-attr]
    assert done.tasks[0].ece is None  # nothing was stated, so nothing can be calibrated
