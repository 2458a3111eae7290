"""``anymol train`` with a recipe that pre-trains an encoder alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from anymol.data.example import InstructionExample
from anymol.data.shards import write_shards
from anymol.modalities.content import Message, MoleculePart, RecordPart, Speaker
from anymol.modalities.modality import Modality
from anymol.synthesis.graph import synthesize_graph

RECIPE = Path(__file__).parents[2] / "recipes" / "encoder_graph.yaml"
TINY = ("steps=2", "batch_molecules=4", "objective.encoder.width=8", "objective.encoder.n_layers=1", "threads=1")


@pytest.fixture(scope="module")
def settings() -> list[str]:
    return [text for one in TINY for text in ("--set", one)]


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    examples = []
    for split in ("train", "val"):
        for number, smiles in enumerate(("CCO", "CC(=O)O", "c1ccccc1N", "CCN(C)C")):
            part = RecordPart(Modality.GRAPH, synthesize_graph(smiles), smiles=smiles)
            question, answer = (Message(Speaker.USER, (part,)),), (MoleculePart(smiles),)
            task, name = "molecule_recognition", f"made/{split}-{number}"
            examples.append(InstructionExample(name, task, question, answer, "made", "CC0-1.0", split))
    directory = tmp_path_factory.mktemp("graphs") / "shards"
    write_shards(examples, directory, name="made")
    return directory


def test_from_recipe_to_encoder(run, settings: list[str], shards: Path, tmp_path: Path) -> None:
    command = ("train", RECIPE, *settings, "--shards", shards, "--output", tmp_path / "run")
    done = run(*command, "--json")
    assert done.code == 0, done.err
    assert done.json["finished"] is True and done.json["atoms"] > 0
    assert (Path(done.json["encoder"]) / "encoder.json").is_file()
    again = run(*command)
    assert again.code == 2 and "--resume" in again.err
    resumed = run(*command, "--resume")
    assert resumed.code == 0 and "encoder_weights: {graph:" in resumed.err
    refused = run(*command, "--from", tmp_path / "run")
    assert refused.code == 2 and "leave --from out" in refused.err


def test_the_cost_is_estimated_in_atoms(run, settings: list[str]) -> None:
    shown = run("train", RECIPE, *settings, "--estimate").out
    assert "masked_atoms" in shown and "atoms/s" in shown and "tokens" not in shown
