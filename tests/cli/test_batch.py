"""Batch files through the command line, with a model of random weights."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from .conftest import sidecar

CSV = 'id,smiles,note,row\n1,CCO,a,x\n2,CC(,b,x\n3,c1ccccc1,"x,y",x\n4,,d,x\n5,CC(=O)O,e,f,g\n\n6,CC(=O)O,µ,x\n'


@pytest.fixture
def model(tiny_smiles_model_dir: Path) -> tuple[str, ...]:
    return ("--model", str(tiny_smiles_model_dir))


def read(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_csv_keeps_order_columns_and_bad_rows(run, model, tmp_path: Path) -> None:
    source, output = tmp_path / "in.csv", tmp_path / "deep" / "out.jsonl"
    source.write_text(CSV, encoding="utf-8")
    done = run("predict", "molecular_weight", "--input", source, "--output", output, "--json", *model)
    assert done.code == 0
    rows = read(output)
    assert [row["row"] for row in rows] == list(range(6))
    assert [row["id"] for row in rows] == ["1", "2", "3", "4", "5", "6"]
    assert rows[2]["note"] == "x,y" and rows[5]["note"] == "µ"
    assert {row["input_row"] for row in rows} == {"x", "f"}, "a column that is called as ours keeps its content"
    assert [row["answers"][0]["value"] if "answers" in row else row["error"]["kind"] for row in rows] == [
        46.07,
        "invalid_smiles",
        78.11,
        "invalid_row",
        "invalid_row",
        60.05,
    ]
    assert done.json["rows"] == 6 and done.json["failed"] == 3
    assert done.json["errors"] == {"invalid_row": 2, "invalid_smiles": 1}
    assert "6 rows: 3 answered, 3 with errors (invalid_row 2, invalid_smiles 1)" in done.err
    assert json.loads(sidecar(output).read_text())["finished"] is True


def test_strict(run, model, tmp_path: Path) -> None:
    source = tmp_path / "in.smi"
    source.write_text("CCO\nCC(\n")
    assert run("predict", "logp", "--input", source, "--strict", *model).code == 2
    source.write_text("CCO\n")
    assert run("predict", "logp", "--input", source, "--strict", *model).code == 0


def test_rows_go_to_standard_output_where_no_file_is_named(run, model, tmp_path: Path) -> None:
    source = tmp_path / "in.smi.gz"
    source.write_bytes(gzip.compress(b"CCO ethanol\n\nc1ccccc1 my benzene\n"))
    done = run("predict", "molecular_weight", "--input", source, "--json", *model)
    assert [(row["row"], row["name"]) for row in done.rows] == [(0, "ethanol"), (1, "my benzene")]


def test_jsonl(run, model, tmp_path: Path) -> None:
    source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    lines = [
        '{"smiles": "CCO", "k": {"deep": [1, null]}}',
        '"c1ccccc1"',
        "{broken",
        "[1]",
        '{"smiles": 7}',
        '{"smiles": "CCO", "x": NaN}',
        '{"smiles": "CCO", "x": 1e999}',
        '{"smiles": "CCO", "x": "\\ud800"}',
        "[" * 100_000,
    ]
    source.write_text("\n".join(lines) + "\n")
    assert run("predict", "molecular_weight", "--input", source, "--output", output, *model).code == 0
    rows = read(output)
    assert ["error" in row for row in rows] == [False, False, True, True, True, True, True, False, True]
    assert rows[0]["k"] == {"deep": [1, None]}


def test_sdf(run, model, tmp_path: Path) -> None:
    from rdkit import Chem

    good = Chem.MolFromSmiles("CCO")
    good.SetProp("_Name", "ethanol")
    good.SetProp("lot", "17")
    source, output = tmp_path / "in.sdf", tmp_path / "out.jsonl"
    with Chem.SDWriter(str(source)) as writer:
        writer.write(good)
    block = source.read_text()
    source.write_text(block + "broken\n\n\n  what is this\n$$$$\n" + block)
    run("predict", "molecular_weight", "--input", source, "--output", output, *model)
    rows = read(output)
    assert [row["row"] for row in rows] == [0, 1, 2]
    assert "error" in rows[1]
    assert (rows[2]["name"], rows[2]["lot"], rows[2]["answers"][0]["value"]) == ("ethanol", "17", 46.07)


def test_other_columns_and_delimiters(run, model, tmp_path: Path) -> None:
    source = tmp_path / "in.tsv"
    source.write_text("\ufeffmolecule\twhat\nbenzene\tx\nCCO\ty\n", encoding="utf-8")
    wrong = run("predict", "logp", "--input", source, "--json", *model)
    assert wrong.code == 2
    assert "no column 'smiles'" in wrong.json["error"]["message"]
    assert "molecule, what" in wrong.json["error"]["hint"]
    done = run("predict", "molecular_weight", "--input", source, "--column", "molecule", "--json", *model)
    assert [row["answers"][0]["value"] for row in done.rows] == [78.11, 46.07]


def test_a_name_in_a_column_of_smiles_is_wrong_unless_said(run, model, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("smiles\nbenzene\n")
    assert "error" in run("predict", "logp", "--input", source, "--json", *model).rows[0]
    named = run("predict", "logp", "--input", source, "--mol-type", "name", "--json", *model)
    assert "answers" in named.rows[0]


def test_rows_with_a_text_of_their_own(run, model, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("smiles,text\nBrc1ccccc1,replace the bromine by a cyano group\nBrc1ccccc1,\n")
    words = ("predict", "molecule_editing", "--input", source, "--json", *model)
    first, second = run(*words).rows
    assert first.get("error", {}).get("kind") != "invalid_row", "the text was read"
    assert second["error"]["message"] == "row 1 has no 'text'"
    for row in run(*words, "--text", "remove the bromine").rows:
        assert row.get("error", {}).get("kind") != "invalid_row"
    assert run("predict", "logp", "--input", source, "--text", "x", *model).code == 2


def test_names_come_from_the_column_of_text(run, model, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("text\ncaffeine\n")
    (row,) = run("predict", "name_to_molecule", "--input", source, "--json", *model).rows
    assert row["answers"][0]["value"] == "Cn1c(=O)c2c(ncn2C)n(C)c1=O"


def test_work_is_not_written_over(run, model, tmp_path: Path) -> None:
    source, output = tmp_path / "in.smi", tmp_path / "out.jsonl"
    source.write_text("CCO\n")
    words = ("predict", "logp", "--input", source, "--output", output, *model)
    output.write_text("precious\n")
    assert "--overwrite" in run(*words).err
    assert output.read_text() == "precious\n"
    assert run(*words, "--overwrite").code == 0
    assert run(*words).code == 0, "a finished run of ours may be repeated"
    record = json.loads(sidecar(output).read_text())
    sidecar(output).write_text(json.dumps({**record, "finished": False}))
    assert "--resume" in run(*words).err
    assert run("predict", "logp", "--input", source, "--output", source, *model).code == 2
    assert source.read_text() == "CCO\n"


def test_resuming_another_run_is_refused(run, model, tmp_path: Path) -> None:
    source, output = tmp_path / "in.smi", tmp_path / "out.jsonl"
    source.write_text("CCO\nCCC\n")
    words = ("predict", "logp", "--input", source, "--output", output, *model)
    assert run(*words, "--resume").code == 0, "there is nothing to resume: it begins"
    kept = output.read_bytes()
    other = run(*words, "--resume", "--seed", "7")
    assert other.code == 2 and "seed was 0 and is 7" in other.err
    source.write_text("CCO\nCCN\n")
    assert "not the file that the earlier run read" in run(*words, "--resume").err
    source.write_text("CCO\nCCC\n")
    assert output.read_bytes() == kept
    done = run(*words, "--resume", "--json")
    assert (done.code, done.json["resumed"], done.json["rows"]) == (0, 2, 2)
    sidecar(output).unlink()
    assert "cannot be resumed" in run(*words, "--resume").err


def test_what_the_reader_says_of_a_record_stands_in_its_row(run, model, tmp_path: Path) -> None:
    from rdkit import Chem

    source = tmp_path / "in.sdf"
    racemate = Chem.MolToV3KMolBlock(Chem.MolFromSmiles("C[C@H](O)c1ccccc1 |&1:1|"))
    polymer = Chem.MolToMolBlock(Chem.MolFromSmiles("CC(C)c1ccccc1")).replace(
        "M  END", "M  STY  1   1 SRU\nM  SAL   1  1   2\nM  SMT   1 n\nM  END"
    )
    source.write_text(f"{racemate}$$$$\n{polymer}$$$$\n")
    first, second = run("predict", "molecular_weight", "--input", source, "--json", *model).rows
    assert first["answers"][0]["value"] == 122.17
    assert any("a racemate" in note for note in first["notes"])
    assert "repeat unit of a polymer" in second["error"]["message"]


@pytest.mark.parametrize(
    "text",
    ["smiles,name\nCCO,ethanol\n", "# one\nCCO\tethanol\n", "CCO ethanol\r", "name;smiles\nethanol;CCO\n"],
)
def test_smiles_files_as_programs_write_them(run, model, tmp_path: Path, text: str) -> None:
    source = tmp_path / "in.smi"
    source.write_bytes(text.encode("utf-16"))
    (row,) = run("predict", "molecular_weight", "--input", source, "--json", *model).rows
    assert (row["row"], row["name"], row["answers"][0]["value"]) == (0, "ethanol", 46.07)


def test_extensions_in_a_column_of_smiles(run, model, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text('smiles\n"CC |^1:0|"\nCC |^1:0|\n')
    rows = run("predict", "molecular_weight", "--input", source, "--json", *model).rows
    assert [row["answers"][0]["value"] for row in rows] == [29.06, 29.06]


def test_columns_called_as_ours_and_as_their_longer_names_all_stay(run, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("smiles,row,input_row,answers,input_answers\nCCO,a,b,c,d\n")
    (row,) = run("predict", "tpsa", "--input", source).rows
    kept = {name: value for name, value in row.items() if name.startswith("input_")}
    assert sorted(kept.values()) == ["a", "b", "c", "d"]
    assert (kept["input_row"], kept["input_answers"]) == ("b", "d")


def test_a_row_names_no_file_of_this_machine(run, tmp_path: Path) -> None:
    secret = tmp_path / "secret.smi"
    secret.write_text("CCO secret\n")
    source = tmp_path / "in.csv"
    source.write_text(f"name\n{secret}\naspirin\n")
    first, second = run("predict", "tpsa", "--input", source, "--column", "name").rows
    assert "error" in first and "secret'" not in json.dumps(first["error"])
    assert second["answers"][0]["value"] == pytest.approx(63.6)
    (read, _) = run("predict", "tpsa", "--input", source, "--column", "name", "--mol-type", "file").rows
    assert read["answers"][0]["value"] == pytest.approx(20.23)


def test_a_method_that_is_usual_need_not_be_named(run, tmp_path: Path) -> None:
    source, output = tmp_path / "in.csv", tmp_path / "out.jsonl"
    source.write_text("smiles\nCCO\nc1ccc2ccccc2c1\n", encoding="utf-8")
    assert run("predict", "homo_lumo_gap", "--input", source, "--output", output, "--json").code == 0
    ethanol, naphthalene = read(output)
    assert ethanol["answers"][0]["value"] == 0.3417 and "B3LYP/6-31G(2df,p)" in ethanol["answers"][0]["program"]
    assert "10 heavy atoms" in naphthalene["error"]["message"]
