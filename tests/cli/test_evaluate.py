"""``anymol evaluate`` on suites by name, with resumption, a leakage audit, and rows for lm-evaluation-harness."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from anymol.data.example import InstructionExample
from anymol.data.licences import SOURCES_FILE
from anymol.data.shards import write_shards
from anymol.evaluation.plan import Rows
from anymol.evaluation.suites.suite_rows import SuiteRows
from anymol.evaluation.suites.table import SUITES
from anymol.modalities.content import MoleculePart, TextPart
from anymol.synthesis.graph import synthesize_graph
from anymol.tasks.prompt import render_prompt
from anymol.tasks.table import TASKS
from anymol.tasks.task import Slot, TaskInput

NAMES = {"ethanol": "CCO", "methanol": "CO", "benzene": "c1ccccc1"}


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    rows = [
        {
            "name": name, "smiles": smiles, "kind": "common", "systematic": False, "ambiguous": False,
            "source": "iupac2struct", "split": "test",
        }
        for name, smiles in NAMES.items()
    ]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows), folder / "names.parquet")
    (folder / SOURCES_FILE).write_text(
        "file,source_value,origin,licence,weights_allowed,reason\nnames,iupac2struct,x,MIT,yes,\n"
    )
    return folder


@pytest.fixture
def said(data_dir: Path, tmp_path: Path) -> Path:
    """Two of three names are answered, one of them rightly."""
    path = tmp_path / "said.jsonl"
    rows = SuiteRows(SUITES["names"], data_dir).draw("name_to_molecule", None, 0, Rows.ALL)
    answers = {"CCO": "OCC", "CO": "CCCO"}
    lines = [{"id": one.id, "answer": answers.get(one.answer[0].smiles)} for one in rows]  # type: ignore[union-attr]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_a_suite_by_name(run, data_dir: Path, said: Path, tmp_path: Path) -> None:
    words = ("evaluate", "names", "--predictions", said, "--data-dir", data_dir, "--output", tmp_path / "out")
    done = run(*words, "--protocol", "both", "--json")
    assert done.code == 0, done.err
    (task,) = done.json["suites"]["names"]["tasks"]
    assert task["task"] == "name_to_molecule" and task["n"] == 3
    assert task["figures"][0]["estimate"] == pytest.approx(1 / 3, abs=1e-3)
    # Both answers can be decoded, and one is right: half of the decodable ones.
    assert task["published_protocol"][0]["estimate"] == pytest.approx(1 / 2)
    assert {one["system"] for one in done.json["suites"]["names"]["published"]} >= {"LlaSMol-7B"}
    assert sorted(one.name for one in (tmp_path / "out").iterdir()) == [
        "names", "report.html", "report.md", "summary.json",
    ]  # fmt: skip
    again = run(*words, "--protocol", "both", "--resume")
    assert again.code == 0 and "exact_match" in again.out
    other = run(*words, "--limit", "1", "--resume")
    assert other.code == 2 and "limit was 300 and is 1" in other.err


def test_all_passes_over_what_is_not_at_hand(run, data_dir: Path, said: Path) -> None:
    done = run("evaluate", "all", "--predictions", said, "--data-dir", data_dir, "--json")
    assert done.code == 0, done.err
    assert list(done.json["suites"]) == ["names"] and len(done.json["skipped"]) == len(SUITES) - 1
    assert "anymol data fetch chebi20" in done.json["skipped"]["chebi-20"]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("name",), "did you mean names"),
        (("names", "shards"), "there is no suite 'shards'"),
        (("names", "--split", "val"), "names its own split"),
        (("names", "--shown", "smiles"), "need a model"),
        (("uspto-50k",), "reactions.parquet"),
        (("names", "--task", "logp"), "no suite has these tasks"),
        (("names", "--resume"), "--output of the earlier run"),
    ],
)
def test_what_is_wrong_is_said(run, data_dir: Path, words: tuple[str, ...], wanted: str) -> None:
    done = run("evaluate", *words, "--source", "tool", "--data-dir", data_dir)
    assert done.code == 2 and wanted in done.err


def test_a_suite_needs_data(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANYMOL_DATA", raising=False)
    done = run("evaluate", "names")
    assert done.code == 2 and "--data-dir" in done.err


def test_rows_that_training_gives_away(run, data_dir: Path, said: Path, tmp_path: Path) -> None:
    messages = render_prompt(TASKS["name_to_molecule"], TaskInput(text="ethyl alcohol"), 0)
    learnt = InstructionExample("0", "name_to_molecule", messages, (MoleculePart("CCO"),), "hand", "CC0", "train")
    write_shards([learnt], tmp_path / "shards", name="hand")
    done = run(
        "evaluate", "names", "--predictions", said, "--data-dir", data_dir, "--training", tmp_path / "shards", "--json"
    )
    assert done.code == 0, done.err
    (found,) = done.json["suites"]["names"]["leakage"]
    molecule = found["leaks"][0]
    assert molecule["kind"] == "molecule" and molecule["n_leaked"] == 1
    assert molecule["without"]["estimate"] == 0.0  # the one that was right


def test_no_row_for_the_harness_is_an_error(run, tmp_path: Path) -> None:
    messages = render_prompt(TASKS["logp"], TaskInput(molecule="CCO"), 0, as_graph=[Slot.MOLECULE])
    row = InstructionExample("logp/0", "logp", messages, (TextPart("1.0"),), "hand", "CC0", "val")
    write_shards([row], tmp_path / "shards", name="hand", featurise=synthesize_graph)
    done = run("evaluate", tmp_path / "shards", "--harness", tmp_path / "tasks")
    assert done.code == 2 and "no row that can be asked as text" in done.err
    assert "1 rows: the question shows a record (graph)" in done.err


def test_rows_for_the_harness(run, data_dir: Path, tmp_path: Path) -> None:
    done = run("evaluate", "names", "--data-dir", data_dir, "--harness", tmp_path / "tasks", "--json")
    assert done.code == 0, done.err
    assert done.json["tasks"] == {"anymol_names_name_to_molecule": 3}
    assert done.json["left_out"] == {} and any("ambiguous names are left out" in note for note in done.json["notes"])
    lines = [
        json.loads(line) for line in (tmp_path / "tasks/anymol_names_name_to_molecule.jsonl").read_text().splitlines()
    ]
    assert {line["row"]["asked"]["text"] for line in lines} == set(NAMES)
    assert all(line["answer"].startswith("<mol>") and "SMILES" in line["question"] for line in lines)
