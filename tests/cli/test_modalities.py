"""Files of modalities on the command line: what they state is computed, what they show needs a model that reads it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rdkit import Chem

EXAMPLES = Path(__file__).parents[2] / "examples"
ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
WHICH = "Which molecule is this?"


@pytest.fixture
def model(tiny_smiles_model_dir: Path) -> tuple[str, str]:
    return "--model", str(tiny_smiles_model_dir)


@pytest.mark.parametrize("option", [("--graph", "aspirin.sdf"), ("--conformer", "aspirin.xyz")])
def test_what_a_file_states_is_computed(run, model, option: tuple[str, str]) -> None:
    done = run("ask", WHICH, option[0], EXAMPLES / option[1], "--json", *model)
    assert done.code == 0
    assert done.json["task"] == "molecule_recognition"
    (answer,) = done.json["answers"]
    assert (answer["value"], answer["method"]) == (ASPIRIN, "computed")


def test_a_file_given_as_the_input_is_read_by_what_it_shows(run, model) -> None:
    done = run("predict", "molecule_recognition", EXAMPLES / "aspirin.xyz", "--json", *model)
    assert done.json["answers"][0]["value"] == ASPIRIN


def test_other_questions_are_asked_of_the_molecule_of_a_file(run, model) -> None:
    done = run("ask", "What is its molecular weight?", "--conformer", EXAMPLES / "caffeine.xyz", "--json", *model)
    assert done.json["answers"][0]["value"] == pytest.approx(194.19)


@pytest.mark.parametrize(
    ("picture", "smiles"),
    [
        ("aspirin.png", ASPIRIN),
        ("aspirin.svg", ASPIRIN),
        ("ibuprofen_photo.jpg", "CC(C)Cc1ccc([C@H](C)C(=O)O)cc1"),
        ("estradiol_hand.jpg", "C[C@]12CC[C@@H]3c4ccc(O)cc4CC[C@H]3[C@@H]1CC[C@@H]2O"),
    ],
)
def test_a_drawing_is_read_whatever_the_model_sees(run, model, picture: str, smiles: str) -> None:
    done = run("ask", WHICH, "--image", EXAMPLES / picture, "--json", *model)
    assert done.code == 0
    answer = done.json["answers"][0]
    assert (answer["value"], answer["method"], answer["calibrated"]) == (smiles, "read", True)
    assert 0.5 < answer["probability"] < 1


def test_a_drawn_molecule_is_asked_about_as_if_it_were_written(run, model) -> None:
    done = run("ask", "What is its molecular weight?", "--image", EXAMPLES / "aspirin.png", "--json", *model)
    assert done.json["answers"][0]["value"] == pytest.approx(180.16)
    assert done.json["answers"][0]["method"] == "computed"
    assert done.json["notes"][0].startswith(f"the drawing was read as {ASPIRIN}, probability 0.")


def test_a_drawn_scheme_becomes_a_reaction(run, model) -> None:
    done = run("predict", "reaction_recognition", EXAMPLES / "acylation_scheme.png", "--json", *model)
    assert done.code == 0
    assert done.json["answers"][0]["value"] == "CC(=O)Cl.NCc1ccccc1>>CC(=O)NCc1ccccc1"


def test_a_model_without_eyes_says_so_when_it_alone_is_asked(run, model) -> None:
    done = run("ask", WHICH, "--image", EXAMPLES / "aspirin.png", "--source", "model", "--json", *model)
    assert done.code == 2
    assert "reads no image" in done.json["error"]["message"]


def test_files_that_disagree_are_refused_and_not_called_exact(run, model, tmp_path: Path) -> None:
    ethanol = tmp_path / "ethanol.smi"
    ethanol.write_text("CCO\n")
    for words in (
        ("ask", WHICH, "--graph", ethanol, "--conformer", EXAMPLES / "aspirin.xyz"),
        ("ask", WHICH, "--graph", ethanol, "--mol", "CCN"),
        ("ask", "What is the LogP of caffeine?", "--graph", ethanol),
        ("ask", WHICH, "--graph", ethanol, "--formula", "C9H8O4"),
        ("predict", "reaction_recognition", "--graph", ethanol),
        ("predict", "reaction_recognition", EXAMPLES / "aspirin.mgf"),
    ):
        assert run(*words, *model).code == 2, words
    drawn = run("ask", WHICH, "--mol", "c1ccccc1", "--image", EXAMPLES / "aspirin.png", "--json", *model)
    assert drawn.json["answers"][0]["value"] == ASPIRIN  # the molecule given is not an answer to what the picture shows
    (note,) = drawn.json["notes"]
    assert note.startswith("the molecule written and the drawing disagree") and "follows the drawing" in note
    assert ASPIRIN in note and "c1ccccc1" in note


def test_what_each_form_contributed_is_told(run, model) -> None:
    given = ("--image", EXAMPLES / "aspirin.png", "--ms2", EXAMPLES / "naproxen.mgf", "--explain")
    told = run("ask", WHICH, *given, "--json", *model).json
    assert told["agreement"][0]["verdict"] == "disagree"
    assert told["explanation"]["followed"] == ["ms2"]
    assert [one["forms"] for one in told["explanation"]["partial"]] == [["image"], ["ms2"], ["image", "ms2"]]
    assert told["explanation"]["partial"][0]["value"] == ASPIRIN
    shown = run("ask", WHICH, *given, *model).out
    assert "follows the MS/MS spectrum" in " ".join(shown.split())


def test_an_empty_input_is_an_empty_synthesis(run, tmp_path: Path) -> None:
    source = tmp_path / "none.smi"
    source.write_text("\n")
    done = run("synthesize", source, "--modalities", "graph", "--output", tmp_path / "out", "--workers", "1", "--json")
    assert done.code == 0
    assert done.json["counts"] == {"graph": {"ok": 0, "failed": 0}}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ask", WHICH, "--image", "missing.png"), "no file"),
        (("ask", WHICH, "--ms2", EXAMPLES / "aspirin.png"), "PNG image"),
        (("predict", "molecule_recognition", "--formula", "CH4"), "--formula goes with a record"),
        (("predict", "logp", "CCO", "--image", EXAMPLES / "aspirin.png"), "contradict"),
        (("predict", "name_to_molecule", "--image", EXAMPLES / "aspirin.png"), "about words"),
        (("predict", "logp", "--graph", EXAMPLES / "aspirin.sdf", "--formula", "C9H8O4"), "takes no formula"),
        (("predict", "reaction_recognition", "CCO"), "needs a picture"),
        (
            ("predict", "logp", "--input", EXAMPLES / "molecules.csv", "--ir", EXAMPLES / "computed_ir.jdx"),
            "contradict",
        ),
    ],
)
def test_wrong_files_and_options_are_told(run, model, words, said: str) -> None:
    done = run(*words, *model)
    assert done.code == 2
    assert said in done.err


def test_records_are_made_plotted_and_counted(run, tmp_path: Path) -> None:
    source = tmp_path / "molecules.csv"
    source.write_text("id,structure\na,CCO\nb,C(C\nc,\n")
    output = tmp_path / "records"
    words = ("synthesize", source, "--modalities", "graph,image", "--output", output, "--column", "structure")
    done = run(*words, "--workers", "1", "--set", "image.max_side=128", "--json")
    assert done.code == 0
    assert done.json["counts"] == {"graph": {"ok": 1, "failed": 2}, "image": {"ok": 1, "failed": 2}}
    assert {path.name for path in (output / "plots").iterdir()} == {"00000-graph.png", "00000-image.png"}
    assert [json.loads(line)["id"] for line in (output / "failures.jsonl").read_text().splitlines()] == ["b", "c"] * 2
    assert run(*words).code == 2  # it holds a run
    assert run(*words, "--resume", "--set", "image.max_side=128", "--strict", "--plots", "0").code == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--modalities", "grahp"), "did you mean graph"),
        (("--modalities", "graph", "--set", "image.n_images=2"), "not made"),
        (("--modalities", "image", "--set", "image.n_images=0"), "greater than or equal to 1"),
        (("--modalities", "image", "--set", "n_images=2"), "not a setting"),
        (("--modalities", "graph", "--address", "auto"), "--engine ray"),
        (("--modalities", "graph", "--column", "structure"), "no column"),
    ],
)
def test_wrong_orders_are_refused(run, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    done = run("synthesize", EXAMPLES / "molecules.csv", "--output", tmp_path / "out", "--workers", "1", *words)
    assert done.code == 2
    assert said in done.err


def test_a_build_is_estimated_without_building(run, tmp_path: Path) -> None:
    recipe = Path(__file__).parents[2] / "recipes" / "tiny_cpu.yaml"
    words = (
        "data",
        "build",
        recipe,
        "--set",
        "data={name: x, components: [{kind: properties, builtin: true, count: 40}]}",
    )
    done = run(*words, "--estimate", "--fraction", "0.5", "--json")
    assert done.code == 0
    assert done.json["examples"] == 60
    assert run(*words).code == 2  # neither --output nor --estimate


def test_the_charge_of_a_file_of_coordinates(run, tiny_smiles_model_dir: Path, tmp_path: Path) -> None:
    model = ("--json", "--source", "tool", "--model", tiny_smiles_model_dir)
    file = tmp_path / "dioxide.xyz"
    file.write_text("3\n\nN 0 0 0\nO 1.194 0 0\nO -0.828 0.860 0\n")  # the geometry of NO2
    for words in ((file,), ("--conformer", file)):
        shown = run("predict", "molecule_recognition", *words, *model).json
        assert shown["answers"][0]["value"] == "[O]N=O"
        assert shown["answers"][0]["bonds"] == "perceived"
        assert any("radical" in note for note in shown["notes"])
        shown = run("predict", "molecule_recognition", *words, "--charge", "-1", *model).json
        assert shown["answers"][0]["value"] == "O=N[O-]"
    shown = run("ask", "What is the molecular weight?", "--mol", file, "--charge", "-1", *model).json
    assert shown["answers"][0]["bonds"] == "perceived"
    refused = run("predict", "molecular_weight", "CCO", "--charge", "1", *model)
    assert refused.code == 2
    assert "goes with a file of coordinates" in refused.json["error"]["message"]


def test_a_residue_that_is_left_open_has_no_weight(run, tiny_smiles_model_dir: Path, tmp_path: Path) -> None:
    model = ("--json", "--source", "tool", "--model", tiny_smiles_model_dir)
    file = tmp_path / "scaffold.mol"
    block = Chem.MolToMolBlock(Chem.MolFromSmiles("*c1ccccc1"))
    file.write_text(block.replace("M  END", "M  RGP  1   1   1\nM  END"))
    for given in (file, "*c1ccccc1"):
        refused = run("predict", "molecular_weight", given, *model)
        assert refused.code == 2
        assert "leaves a residue open" in refused.json["error"]["message"]
