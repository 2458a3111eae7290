"""``anymol predict`` and ``anymol ask`` on inputs given as words, with a model of random weights."""

from __future__ import annotations

from pathlib import Path

import pytest

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


@pytest.fixture
def model(tiny_smiles_model_dir: Path) -> tuple[str, ...]:
    return ("--model", str(tiny_smiles_model_dir))


@pytest.mark.parametrize(
    "written",
    [
        ASPIRIN,
        "aspirin",
        "[C][C][=Branch1][C][=O][O][C][=C][C][=C][C][=C][Ring1][=Branch1][C][=Branch1][C][=O][O]",
        "InChI=1S/C9H8O4/c1-6(10)13-8-5-3-2-4-7(8)9(11)12/h2-5H,1H3,(H,11,12)",
    ],
)
def test_a_molecule_in_any_form(run, model, written: str) -> None:
    done = run("predict", "molecular_weight", written, "--json", *model)
    assert done.code == 0
    shown = done.json
    assert set(shown) >= {"task", "input", "answers", "model", "seconds"}
    assert (shown["task"], shown["input"]) == ("molecular_weight", written)
    (answer,) = shown["answers"]
    assert (answer["value"], answer["unit"], answer["method"]) == (180.16, "g/mol", "computed")
    assert answer["program"].startswith("RDKit")


def test_the_model_answers_when_asked_to(run, model) -> None:
    shown = run("predict", "molecular_weight", "aspirin", "--source", "model", "--json", *model).json
    (answer,) = shown["answers"]
    assert answer["method"] == "model"
    assert "interval" in answer and "probability" not in answer
    assert [set(check) for check in answer["checks"]] == [{"name", "passed", "detail"}]
    again = run("predict", "molecular_weight", "aspirin", "--source", "model", "--json", *model).json
    assert again["answers"] == shown["answers"]
    bare = run("predict", "molecular_weight", "aspirin", "--source", "model", "--no-verify", "--json", *model).json
    assert bare["answers"][0]["checks"] == []


def test_a_tool_alone_cannot_answer_what_the_model_alone_learnt(run, model) -> None:
    done = run("predict", "molecule_qa", "CCO", "--text", "Is it a gas?", "--source", "tool", "--json", *model)
    assert done.code == 2
    assert "source 'model'" in done.json["error"]["hint"]


def test_several_inputs_give_a_line_each(run, model) -> None:
    done = run("predict", "molecular_weight", "CCO", "CC(", "--json", *model, "--seed", "1", "benzene")
    assert [row.get("input") for row in done.rows] == ["CCO", "CC(", "benzene"]
    assert done.rows[1]["error"]["kind"] == "invalid_smiles"
    assert done.rows[2]["answers"][0]["value"] == 78.11
    assert done.code == 2


def test_a_broken_input_says_where(run, model) -> None:
    done = run("predict", "logp", "CC(C", "--json", *model)
    assert done.code == 2
    error = done.json["error"]
    assert {"kind", "input", "message", "hint"} <= set(error)
    assert "position 2" in error["message"]


def test_mol_type_overrides_the_order(run, model) -> None:
    assert run("predict", "logp", "aspirin", "--mol-type", "smiles", "--json", *model).code == 2
    shown = run("predict", "molecular_weight", "aspirin", "--mol-type", "name", "--json", *model).json
    assert shown["input"] == "aspirin"
    assert ASPIRIN in shown["notes"][0]
    asked = run("ask", "What is its molecular weight?", "--mol", "aspirin", "--mol-type", "name", "--json", *model).json
    assert (asked["input"], asked["answers"][0]["value"]) == ("aspirin", 180.16)


def test_text_fills_a_task_without_molecules(run, model) -> None:
    for words in (["caffeine"], ["--text", "caffeine"]):
        shown = run("predict", "name_to_molecule", *words, "--json", *model).json
        assert shown["answers"][0]["value"] == "Cn1c(=O)c2c(ncn2C)n(C)c1=O"


def test_a_graph_file(run, model, tmp_path: Path) -> None:
    file = tmp_path / "ethanol.smi"
    file.write_text("OCC ethanol\n")
    shown = run("predict", "logp", "--graph", file, "--source", "model", "--json", *model).json
    assert shown["input"] == {"molecule": "CCO", "records": "graph of CCO"}
    assert shown["answers"][0]["method"] == "model"


def test_drawings(run, model, tmp_path: Path) -> None:
    folder = tmp_path / "drawn"
    done = run("predict", "name_to_molecule", "aspirin", "--draw", folder, "--json", *model)
    assert done.code == 0
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["name_to_molecule-1-1.png", "name_to_molecule-1-1.svg"]
    assert "<svg" in (folder / names[1]).read_text()
    assert (folder / names[0]).read_bytes().startswith(b"\x89PNG")
    assert done.err.count("drawn: ") == 2


def test_the_table_shows_what_a_person_needs(run, model) -> None:
    shown = run("predict", "molecular_weight", "aspirin", *model).out
    for piece in ("molecular_weight", "aspirin", "dictionary", ASPIRIN, "180.16 g/mol", "computed", "RDKit"):
        assert piece in shown
    guessed = run("predict", "molecular_weight", "aspirin", "--source", "model", *model).out
    assert "90 % interval" in guessed and "not fitted" in guessed
    assert "✗ matches_computed" in guessed


def test_brackets_are_atoms_not_markup(run, model) -> None:
    shown = run("predict", "name_to_molecule", "L-alanine", *model).out
    assert "C[C@H](N)C(=O)O" in shown


def test_ask(run, model) -> None:
    done = run("ask", "What is the molecular weight of this molecule?", "--mol", "aspirin", "--json", *model)
    shown = done.json
    assert shown["question"] == "What is the molecular weight of this molecule?"
    assert (shown["task"], shown["input"]) == ("molecular_weight", "aspirin")
    assert shown["answers"][0]["value"] == 180.16


def test_ask_outside_of_what_was_trained(run, model) -> None:
    done = run("ask", "Who won the cup in 1998?", "--json", *model)
    assert done.code == 2
    error = done.json["error"]
    assert error["kind"] == "unknown_task"
    assert "outside what I was trained for" in error["message"]


def test_chemical_weapons_are_refused(run, model) -> None:
    done = run("predict", "retrosynthesis", "CC(C)OP(C)(F)=O", "--json", *model)
    assert done.code == 2
    assert done.json["error"]["kind"] == "refused"
