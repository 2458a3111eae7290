"""Self-supervised pre-training as a run: recipe, shards, checkpoints, the encoder, and a model that starts from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import LlamaConfig

from anymol.data.example import InstructionExample
from anymol.data.shards import write_shards
from anymol.encoders.conformer import ConformerEncoderConfig
from anymol.encoders.graph import GraphEncoderConfig
from anymol.encoders.storage import load_encoder_states
from anymol.encoders.table import build_encoder
from anymol.errors import CheckpointError, ConfigError, DataError
from anymol.modalities.conformer import Conformer
from anymol.modalities.content import Message, MoleculePart, RecordPart, Speaker
from anymol.modalities.modality import Modality
from anymol.models.config import AnyMolConfig
from anymol.models.encoder_weights import load_encoder_weights
from anymol.models.modality_config import ModalityConfig
from anymol.models.modeling import AnyMolForCausalLM
from anymol.recipe import load_recipe, parse_recipe
from anymol.synthesis.graph import synthesize_graph
from anymol.training import checkpoints
from anymol.training.metrics_logger import read_metrics
from anymol.training.pretext.estimate import estimate
from anymol.training.pretext.plan import PretextPlan
from anymol.training.pretext.run import draw_batch, run
from anymol.training.stop_signal import StopSignal

RECIPES = Path(__file__).parents[2] / "recipes"
MOLECULES = ("CCO", "CC(=O)O", "c1ccccc1N", "CCN(C)C", "OCC(F)F", "CSCCl")
OBJECTIVES: dict[str, dict[str, Any]] = {
    "graph": {"kind": "masked_atoms", "bonds": True, "encoder": {"n_layers": 2, "width": 16, "dropout": 0.1}},
    "conformer": {
        "kind": "denoised_coordinates",
        "encoder": {"kind": "uni_mol", "n_layers": 2, "width": 16, "n_heads": 2, "dropout": 0.1},
    },
}
MODALITIES = tuple(OBJECTIVES)


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each molecule once as a graph and once as a geometry, which is made up: no force field has a say here."""
    examples = []
    for number, smiles in enumerate(MOLECULES * 2):
        graph = synthesize_graph(smiles)
        places = np.random.default_rng(number).normal(0, 2.0, (graph.n_atoms, 3))
        numbers = (graph.atoms[:, 0] + 1).astype(np.uint8)
        for name, part in (
            ("graph", RecordPart(Modality.GRAPH, graph, smiles=smiles)),
            ("conformer", RecordPart(Modality.CONFORMER, Conformer(numbers, places), smiles=smiles)),
        ):
            examples.append(
                InstructionExample(
                    f"made/{number}-{name}",
                    "molecule_recognition",
                    (Message(Speaker.USER, (part,)),),
                    (MoleculePart(smiles),),
                    "made",
                    "CC0-1.0",
                    "val" if number >= 10 else "train",
                )
            )
    directory = tmp_path_factory.mktemp("pretext") / "shards"
    write_shards(examples, directory, name="made")
    return directory


def plan(modality: str, **changes: Any) -> PretextPlan:
    fields = {
        "name": "tiny",
        "data": {"name": "tiny", "components": [{"kind": "recognition", "builtin": True}]},
        "objective": OBJECTIVES[modality],
        "steps": 6,
        "batch_molecules": 4,
        "validate_every": 3,
        "checkpoint_every": 3,
        "threads": 1,
        **changes,
    }
    made = parse_recipe(fields)
    assert isinstance(made, PretextPlan)
    return made


@pytest.mark.parametrize("modality", MODALITIES)
def test_a_model_starts_from_the_encoder_of_a_run(modality: str, shards: Path, tmp_path: Path) -> None:
    recipe = plan(modality)
    done = run(recipe, tmp_path / "run", shards=shards)
    assert done.finished and done.model == tmp_path / "run" / "encoder"
    encoder = recipe.objective.encoder.model_copy(update={"dropout": 0.0})
    torch.manual_seed(5)
    text = LlamaConfig(
        vocab_size=40, hidden_size=16, intermediate_size=24, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=2,
    )  # fmt: skip
    model = AnyMolForCausalLM(AnyMolConfig(text, {modality: ModalityConfig(encoder=encoder)}, {modality: 5})).eval()
    load_encoder_weights(model, {modality: done.model})
    trained = build_encoder(encoder)
    trained.load_state_dict(load_encoder_states(done.model, modality, encoder))
    trained.eval()
    batch = trained.make_dummy()
    found = model.encoders[modality](batch).states
    assert torch.equal(found, trained(batch).states)
    fresh = build_encoder(encoder).eval()
    assert not torch.equal(found, fresh(batch).states)
    provenance = json.loads((done.model / "encoder.json").read_text())["provenance"]
    assert provenance["steps"] == 6 and provenance["sources"] and 0 <= provenance["validation"]["atom_accuracy"] <= 1
    lines = read_metrics(tmp_path / "run" / "metrics.jsonl")
    assert [line["step"] for line in lines if "val/commonest_type" in line] == [0, 3, 6]


@pytest.mark.parametrize("modality", MODALITIES)
def test_a_resumed_run_ends_as_one_never_stopped(modality: str, shards: Path, tmp_path: Path) -> None:
    recipe = plan(modality)
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    run(recipe, whole, shards=shards)
    run(recipe, cut, shards=shards)
    # As if it had been killed after step 3.
    newest = checkpoints.list_checkpoints(cut / "checkpoints")[-1]
    newest.rename(cut / "lost")
    with pytest.raises(CheckpointError, match="--resume"):
        run(recipe, cut, shards=shards)
    assert run(recipe, cut, shards=shards, resume=True).finished
    weights = [(folder / "encoder" / "encoder.safetensors").read_bytes() for folder in (whole, cut)]
    assert weights[0] == weights[1]
    losses = [
        [(line["step"], line["loss"]) for line in read_metrics(folder / "metrics.jsonl") if "loss" in line]
        for folder in (whole, cut)
    ]
    assert losses[0] == losses[1] and len(losses[0]) == 6
    with pytest.raises(CheckpointError, match="another recipe"):
        run(plan(modality, seed=1), cut, shards=shards, resume=True)


def test_a_run_that_is_asked_to_stop_writes_a_checkpoint_and_goes_on_from_it(
    shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Asked(StopSignal):
        def __init__(self) -> None:
            super().__init__()
            self.received = True

    recipe = plan("graph")
    with monkeypatch.context() as patched:
        patched.setattr("anymol.training.pretext.run.StopSignal", Asked)
        cut = run(recipe, tmp_path / "cut", shards=shards)
    assert not cut.finished and cut.model is None and not (tmp_path / "cut" / "encoder").exists()
    assert [path.name for path in checkpoints.list_checkpoints(tmp_path / "cut" / "checkpoints")] == [
        "stage0-step0000001"
    ]
    ends = [run(recipe, tmp_path / name, shards=shards, resume=True).model for name in ("cut", "whole")]
    assert ends[0] is not None and ends[1] is not None
    weights = [(end / "encoder.safetensors").read_bytes() for end in ends]
    assert weights[0] == weights[1]


def test_an_encoder_of_other_sizes_is_refused_by_name(shards: Path, tmp_path: Path) -> None:
    done = run(plan("graph", steps=1), tmp_path, shards=shards)
    text = LlamaConfig(
        vocab_size=40, hidden_size=16, intermediate_size=24, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=2,
    )  # fmt: skip
    graph = ModalityConfig(encoder=GraphEncoderConfig(n_layers=3, width=16))
    conformer = ModalityConfig(encoder=ConformerEncoderConfig(width=16, n_layers=1, n_heads=2))
    model = AnyMolForCausalLM(
        AnyMolConfig(text, {"graph": graph, "conformer": conformer}, {"graph": 5, "conformer": 6})
    )
    assert done.model is not None
    with pytest.raises(CheckpointError, match=r"n_layers 2 \(not 3\)"):
        load_encoder_weights(model, {"graph": done.model})
    with pytest.raises(CheckpointError, match="reads graph, not conformer"):
        load_encoder_weights(model, {"conformer": done.model})


def test_shards_that_do_not_show_the_modality_are_refused(tmp_path: Path) -> None:
    part = RecordPart(Modality.GRAPH, synthesize_graph("CCO"), smiles="CCO")
    example = InstructionExample(
        "made/0", "molecule_recognition", (Message(Speaker.USER, (part,)),), (MoleculePart("CCO"),), "made", "CC0-1.0",
        "train",
    )  # fmt: skip
    write_shards([example], tmp_path / "shards", name="made")
    with pytest.raises(DataError, match="no example of train shows a conformer"):
        run(plan("conformer"), tmp_path / "run", shards=tmp_path / "shards")


def test_batches_go_through_all_molecules_before_any_comes_again() -> None:
    drawn = np.concatenate([draw_batch(10, 4, step, 0) for step in range(5)])
    assert sorted(drawn[:10]) == sorted(drawn[10:]) == list(range(10))
    assert list(drawn[:10]) != list(drawn[10:])
    assert list(draw_batch(3, 8, 0, 1)) != list(draw_batch(3, 8, 0, 2))


@pytest.mark.parametrize("name", ["encoder_graph", "encoder_conformer"])
def test_the_recipes_take_overrides_and_name_wrong_keys(name: str) -> None:
    recipe = load_recipe(RECIPES / f"{name}.yaml", ["steps=3", "objective.share=0.2"])
    assert isinstance(recipe, PretextPlan) and recipe.steps == 3 and recipe.objective.share == 0.2
    with pytest.raises(ConfigError, match=r"no key objective\.shar.*did you mean share"):
        load_recipe(RECIPES / f"{name}.yaml", ["objective.shar=0.2"])
    with pytest.raises(ConfigError, match="no key stages"):
        load_recipe(RECIPES / f"{name}.yaml", ["stages=[]"])
    with pytest.raises(ConfigError, match="built in"):
        load_recipe(RECIPES / f"{name}.yaml", ["data_at_hand={components: [{kind: names}]}"])


@pytest.mark.parametrize("modality", MODALITIES)
def test_the_cost_is_estimated_without_data(modality: str) -> None:
    found = estimate(plan(modality), seconds=0.0)
    assert found.steps == 6 and found.stages[0].trained == found.parameters > 0 and found.hours > 0
