"""The recipes of the adapter methods, each in its tiny form: learn by heart, save, load again, answer."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import torch

from anymol.adapters.mora.config import MoraConfig
from anymol.data.example import InstructionExample
from anymol.data.shards import write_shards
from anymol.modalities.content import Message, MoleculePart, RecordPart, Speaker, TextPart
from anymol.modalities.modality import Modality
from anymol.models.checkpoint import load_checkpoint
from anymol.models.tokens import token_id
from anymol.recipe import load_recipe
from anymol.training import checkpoints
from anymol.training.metrics_logger import read_metrics
from anymol.training.plan import TrainingPlan
from anymol.training.train import run

RECIPES = Path(__file__).parents[2] / "recipes"
WEIGHTS = {"CCO": "46.07", "CC(=O)O": "60.05", "c1ccccc1": "78.11", "CCN": "45.09"}
SHORT = [
    word
    for number in (0, 1)
    for key, value in {
        "tokens": "null",
        "steps": (10, 200)[number], "trains": ("[decoder, encoder]", "[]")[number],
        "batch_tokens": 256, "micro_batch_tokens": 128,
        "row_length": 128, "optimiser.lr": 0.003, "checkpoint_every": 0, "validate_every": 0, "precision": "fp32",
    }.items()
    for word in (f"stages.{number}.{key}={value}",)
]  # fmt: skip

FASTER = {
    "lora": ["stages.1.optimiser.lr=0.01", "model.adapters.0.dropout=0"],
    "omni_mol": ["stages.1.optimiser.lr=0.01", "model.adapters.0.dropout=0", "model.adapters.1.dropout=0"],
    "mora": [],
}


def question(smiles: str) -> Message:
    synthesis = pytest.importorskip("anymol.synthesis.graph")
    graph = RecordPart(Modality.GRAPH, synthesis.synthesize_graph(smiles), smiles=smiles)
    return Message(Speaker.USER, (TextPart("How heavy is "), MoleculePart(smiles), graph, TextPart("?")))


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    examples = []
    for number, (smiles, weight) in enumerate(WEIGHTS.items()):
        for split in ("train", "val"):
            examples += [
                InstructionExample(f"d{split}/{number}", "pretrain", (), (MoleculePart(smiles),), "here", "CC0", split),
                InstructionExample(
                    f"w{split}/{number}", "molecular_weight", (question(smiles),), (TextPart(weight),), "here", "CC0",
                    split,
                ),
            ]  # fmt: skip
    directory = tmp_path_factory.mktemp("recipes") / "shards"
    write_shards(examples, directory, name="handful")
    return directory


def tiny(name: str, *more: str) -> TrainingPlan:
    """The recipe under the overrides that its own head names; a few steps give the fresh decoder a language first."""
    text = (RECIPES / f"{name}.yaml").read_text()
    found = re.search(r"^# Tiny +(.*?)^name:", text, re.DOTALL | re.MULTILINE)
    assert found is not None
    words = shlex.split(found[1].replace("\\\n#", " "))
    overrides = [words[place + 1] for place, word in enumerate(words) if word == "--set"]
    return load_recipe(
        RECIPES / f"{name}.yaml",
        [*overrides, *SHORT, "tokenizer.vocab_size=320", "tokenizer.min_symbol_count=1", "threads=1", "keep=9",
         "model.weights=fp32", "model.decoder.size.initializer_range=0.3", *more],
    )  # fmt: skip


@pytest.mark.parametrize("name", ["lora", "omni_mol", "mora"])
def test_a_recipe_learns_by_heart_and_answers_after_loading(name: str, shards: Path, tmp_path: Path) -> None:
    plan = tiny(name, *FASTER[name])
    done = run(plan, tmp_path, shards=shards)
    assert done.model is not None
    model, processor, _ = load_checkpoint(done.model)
    assert model.config.adapter_configs == plan.model.adapters
    prompts = processor([[question(smiles)] for smiles in WEIGHTS])
    if name == "mora":
        assert not (prompts["input_ids"] == token_id(processor.tokenizer, "<graph>")).any()
    out = model.generate(**prompts, max_new_tokens=12, do_sample=False)
    new = out[:, prompts["input_ids"].shape[1] :]
    answers = [processor.decode_answer(row.tolist()) for row in new]
    right = sum(answer == weight for answer, weight in zip(answers, WEIGHTS.values(), strict=True))
    assert right >= 2, answers  # of 4: a low-rank update of a decoder that knows next to nothing
    held = [line for line in read_metrics(tmp_path / "metrics.jsonl") if "held/pretrain/loss" in line]
    assert [(line["stage"], line["step"]) for line in held] == [(1, 0), (1, 200)]


@pytest.mark.parametrize("name", ["lora", "omni_mol", "mora"])
def test_a_stopped_run_resumes_exactly(name: str, shards: Path, tmp_path: Path) -> None:
    plan = tiny(name, "stages.1.steps=6", "stages.1.checkpoint_every=3")
    whole = run(plan, tmp_path / "whole", shards=shards)
    run(plan, tmp_path / "cut", shards=shards)
    found = checkpoints.list_checkpoints(tmp_path / "cut" / "checkpoints")
    for later in found[-1:]:
        for file in later.iterdir():
            file.unlink()
        later.rmdir()
    again = run(plan, tmp_path / "cut", shards=shards, resume=True)
    assert whole.model is not None
    assert again.model is not None
    first, second = (load_checkpoint(one.model)[0].state_dict() for one in (whole, again))
    assert all(torch.equal(first[key], second[key]) for key in first)


def test_what_the_recipes_train_is_the_adapter_and_not_the_decoder(shards: Path, tmp_path: Path) -> None:
    plan = tiny("mora", "stages.0.trains=[]", "stages.0.steps=2", "stages.1.steps=3")
    done = run(plan, tmp_path, shards=shards)
    assert done.model is not None
    model = load_checkpoint(done.model)[0]
    start = checkpoints.list_checkpoints(tmp_path / "checkpoints")[0]
    assert isinstance(plan.model.adapters[0], MoraConfig)
    assert start.name.startswith("stage0")
    logged = read_metrics(tmp_path / "metrics.jsonl")
    assert any("loss" in line for line in logged)
    torch.manual_seed(plan.seed)
    from anymol.training.preparation import prepare_model, prepare_processor

    fresh = prepare_model(plan, prepare_processor(plan, shards, tmp_path / "processor"), shards).state_dict()
    after = model.state_dict()
    of_adapter = [name for name in fresh if "variants" in name or "adapter_networks" in name]
    decoder = [name for name in fresh if name.startswith("decoder.") and name not in of_adapter]
    assert all(torch.equal(fresh[name], after[name]) for name in decoder)
    assert any(not torch.equal(fresh[name], after[name]) for name in of_adapter)
