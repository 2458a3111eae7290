"""Runs around a pre-trained decoder in bf16: what they keep, how they go on, what they hold, what they say."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from anymol.chem.notation import Notation
from anymol.data.example import InstructionExample
from anymol.data.shards import write_shards
from anymol.errors import CheckpointError, ConfigError, MergeError
from anymol.modalities.content import Message, MoleculePart, RecordPart, Speaker, TextPart
from anymol.modalities.modality import Modality
from anymol.models.build import from_backbone
from anymol.models.checkpoint import load_checkpoint
from anymol.models.quantisation import Quantisation
from anymol.recipe import parse_recipe
from anymol.training import estimate as estimating
from anymol.training.checkpoints import list_checkpoints
from anymol.training.estimate import estimate
from anymol.training.metrics_logger import read_metrics
from anymol.training.train import run

ADAPTERS: dict[str, list[dict[str, Any]]] = {
    "none": [],
    "lora": [{"kind": "lora", "rank": 2}],
    "omni-mol": [{"kind": "moge", "rank": 2, "experts": 2, "start": "preserving"}, {"kind": "gal", "rank": 2}],
    "mora": [{"kind": "mora", "rank": 2, "state_width": 16, "width": 8, "every": 1}],
}
STAGE = {
    "stage": "instruct", "steps": 4, "batch_tokens": 256, "micro_batch_tokens": 128, "row_length": 128,
    "checkpoint_every": 2, "optimiser": {"kind": "adamw", "lr": 0.01},
}  # fmt: skip


@pytest.fixture(scope="module")
def decoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("pretrained") / "decoder"
    letters = [*sorted(pre_tokenizers.ByteLevel.alphabet()), "<s>", "</s>"]
    backend = Tokenizer(models.BPE(vocab={one: number for number, one in enumerate(letters)}, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    PreTrainedTokenizerFast(tokenizer_object=backend, bos_token="<s>", eos_token="</s>").save_pretrained(directory)
    config = LlamaConfig(
        vocab_size=len(letters), hidden_size=32, num_hidden_layers=4, num_attention_heads=2, intermediate_size=48,
        initializer_range=0.3,
    )  # fmt: skip
    torch.manual_seed(0)
    LlamaForCausalLM(config).bfloat16().save_pretrained(directory)
    return directory


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    synthesis = pytest.importorskip("anymol.synthesis.graph")
    examples = []
    for number, smiles in enumerate(("CCO", "CC(=O)O", "c1ccccc1", "CCN", "CCCl", "C1CC1")):
        graph = RecordPart(Modality.GRAPH, synthesis.synthesize_graph(smiles), smiles=smiles)
        asked = Message(Speaker.USER, (TextPart("How heavy is "), MoleculePart(smiles), graph, TextPart("?")))
        for split in ("train", "val"):
            examples += [
                InstructionExample(f"{split}/w/{number}", "logp", (asked,), (TextPart("0.5"),), "here", "CC0", split),
                InstructionExample(f"{split}/d/{number}", "pretrain", (), (TextPart("a text"),), "here", "CC0", split),
            ]
    directory = tmp_path_factory.mktemp("shards") / "shards"
    write_shards(examples, directory, name="handful")
    return directory


def plan(decoder: Path, adapters: list[dict[str, Any]], *, quantised: str | None = None, **stage: Any) -> Any:
    trains = ["encoder", "projector", "new_tokens", *(["adapter"] if adapters else [])]
    return parse_recipe(
        {
            "name": "around",
            "data": {"name": "handful", "components": [{"kind": "properties", "builtin": True, "count": 1}]},
            "tokenizer": {"min_symbol_count": 1},
            "model": {
                "decoder": {"kind": "pretrained", "path": str(decoder), "quantised": quantised},
                "modalities": {
                    "graph": {"encoder": {"width": 16, "n_layers": 1}, "projector": {"kind": "mlp"}},
                },
                "adapters": adapters,
            },
            "keep": 9,
            "threads": 1,
            "validate_examples": 4,
            "stages": [{**STAGE, "trains": trains, **stage}],
        },
        [],
    )


@pytest.mark.parametrize("adapters", ADAPTERS.values(), ids=ADAPTERS)
def test_a_checkpoint_leaves_the_frozen_decoder_out_and_is_resumed_exactly(
    adapters: list[dict[str, Any]], decoder: Path, shards: Path, tmp_path: Path
) -> None:
    around = plan(decoder, adapters)
    whole = run(around, tmp_path / "whole", shards=shards)
    first, last = list_checkpoints(tmp_path / "whole" / "checkpoints")
    kept = load_file(last / "model.safetensors")
    of_decoder = [name for name in kept if name.startswith("decoder.")]
    assert all(any(part in name for part in ("variants", "adapter_networks", "lora_")) for name in of_decoder)
    assert bool(of_decoder) == bool(adapters)
    shutil.copytree(tmp_path / "whole", tmp_path / "cut", ignore=shutil.ignore_patterns(last.name, "model"))
    again = run(around, tmp_path / "cut", shards=shards, resume=True)
    assert whole.model is not None and again.model is not None
    expected, found = (load_checkpoint(one.model, dtype=None)[0].state_dict() for one in (whole, again))
    assert all(torch.equal(found[name], value) for name, value in expected.items())
    assert first.name in {one.name for one in list_checkpoints(tmp_path / "cut" / "checkpoints")}


@pytest.mark.parametrize("changed", ["model.embed_tokens", "model.layers.1.self_attn.q_proj"])
def test_a_run_is_not_resumed_around_another_decoder(changed: str, decoder: Path, shards: Path, tmp_path: Path) -> None:
    """Nor around the same one with an adapter merged, which leaves its embedding and norms alone."""
    mine = tmp_path / "decoder"
    shutil.copytree(decoder, mine)
    around = plan(mine, ADAPTERS["lora"])
    run(around, tmp_path / "run", shards=shards)
    last = list_checkpoints(tmp_path / "run" / "checkpoints")[-1]
    shutil.rmtree(last)
    other = LlamaForCausalLM.from_pretrained(mine)
    with torch.no_grad():
        other.get_submodule(changed).weight.add_(1)
    other.save_pretrained(mine)
    with pytest.raises(CheckpointError, match="not the one that this run began with"):
        run(around, tmp_path / "run", shards=shards, resume=True)


@pytest.mark.parametrize("adapters", ADAPTERS.values(), ids=ADAPTERS)
def test_layers_that_are_run_again_give_the_same_losses(
    adapters: list[dict[str, Any]], decoder: Path, shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers.models.llama.modeling_llama import LlamaMLP

    calls = {"count": 0}
    forward = LlamaMLP.forward

    def counted(self: LlamaMLP, x: torch.Tensor) -> torch.Tensor:
        calls["count"] += torch.is_grad_enabled()
        return forward(self, x)

    monkeypatch.setattr(LlamaMLP, "forward", counted)
    losses, counts = [], []
    for again in (False, True):
        calls["count"] = 0
        run(plan(decoder, adapters, gradient_checkpointing=again), tmp_path / str(again), shards=shards)
        lines = read_metrics(tmp_path / str(again) / "metrics.jsonl")
        losses.append([line["loss"] for line in lines if "loss" in line])
        counts.append(calls["count"])
    assert len(losses[0]) == 4
    assert losses[0] == losses[1]
    assert counts[1] == 2 * counts[0] > 0 or adapters == ADAPTERS["omni-mol"]  # whose blocks have an MLP of their own


def test_what_an_adapter_changes_before_it_learns_is_seen(decoder: Path, shards: Path, tmp_path: Path) -> None:
    """MoGE's published start replaces part of what the decoder says; the comparison is with the decoder without it."""
    published = [{"kind": "moge", "rank": 2, "experts": 2, "start": "published"}, {"kind": "gal", "rank": 2}]
    found = {}
    for name, adapters in (("none", []), ("published", published), ("preserving", ADAPTERS["omni-mol"])):
        run(plan(decoder, adapters, steps=1), tmp_path / name, shards=shards)
        lines = read_metrics(tmp_path / name / "metrics.jsonl")
        found[name] = {
            key: line[f"{key}/pretrain/loss"]
            for line in lines
            for key in ("held", "start")
            if line["step"] == 0 and f"{key}/pretrain/loss" in line
        }
    assert found["published"]["held"] == found["none"]["held"] == found["preserving"]["held"]
    assert "start" not in found["none"]
    assert found["preserving"]["start"] == pytest.approx(found["preserving"]["held"], abs=0.01)  # rounded in bf16
    assert found["published"]["start"] != found["published"]["held"]


def test_what_an_earlier_stage_taught_the_adapter_can_be_forgotten(decoder: Path, shards: Path, tmp_path: Path) -> None:
    """Of a later stage the start is the model with its adapter, not the decoder that never learned the task."""
    fields = json.loads(plan(decoder, ADAPTERS["omni-mol"]).model_dump_json())
    taught = {**STAGE, "steps": 30, "trains": ["adapter"], "mixture": {"weights": {"logp": 1.0}}}
    fields["stages"] = [taught, {**taught, "steps": 1, "stage": "pretrain", "mixture": {}}]
    run(parse_recipe(fields, []), tmp_path / "run", shards=shards)
    lines = read_metrics(tmp_path / "run" / "metrics.jsonl")
    learned = next(line for line in lines if line["stage"] == 0 and line["step"] == 30 and "val/logp/loss" in line)
    first, second = (
        next(
            line
            for line in lines
            if line["stage"] == stage and line["step"] == 0 and any("held/" in key for key in line)
        )
        for stage in (0, 1)
    )
    assert second["held/logp/loss"] == pytest.approx(learned["val/logp/loss"])
    assert "held/pretrain/loss" in first
    assert not any(key.startswith("start/") for line in lines if line["stage"] == 1 for key in line)


def test_a_decoder_that_an_earlier_run_trained_stays_in_the_checkpoints(
    decoder: Path, shards: Path, tmp_path: Path
) -> None:
    """Where a run goes on from one that trained the decoder, the model that its recipe names has other weights."""
    made = run(plan(decoder, [], steps=1), tmp_path / "made", shards=shards).model
    fields = json.loads(plan(decoder, []).model_dump_json())
    fields["model"] = {"decoder": {"kind": "trained", "path": str(made)}}
    trains, rests = (
        parse_recipe({**fields, "stages": [{**STAGE, "trains": [part]}]}, []) for part in ("decoder", "projector")
    )
    run(trains, tmp_path / "first", shards=shards)
    whole = run(rests, tmp_path / "second", shards=shards, start=tmp_path / "first").model
    last = list_checkpoints(tmp_path / "second" / "checkpoints")[-1]
    shutil.rmtree(last)
    again = run(rests, tmp_path / "second", shards=shards, resume=True).model
    taught = load_file(list_checkpoints(tmp_path / "first" / "checkpoints")[-1] / "model.safetensors")
    assert whole is not None and again is not None
    found = load_checkpoint(again, dtype=None)[0].state_dict()
    name = "decoder.model.layers.0.self_attn.q_proj.weight"
    assert torch.equal(found[name], taught[name])
    assert not torch.equal(found[name], load_checkpoint(made, dtype=torch.float32)[0].state_dict()[name])


def test_a_run_that_trains_the_decoder_does_not_go_on_from_a_checkpoint_without_it(
    decoder: Path, shards: Path, tmp_path: Path
) -> None:
    made = run(plan(decoder, [], steps=1), tmp_path / "made", shards=shards).model
    fields = json.loads(plan(decoder, []).model_dump_json())
    fields["model"] = {"decoder": {"kind": "trained", "path": str(made)}}
    rests, trains = (
        parse_recipe({**fields, "stages": [{**STAGE, "steps": 1, "trains": [part]}]}, [])
        for part in ("projector", "decoder")
    )
    run(rests, tmp_path / "first", shards=shards)
    with pytest.raises(CheckpointError, match="written without its decoder"):
        run(trains, tmp_path / "second", shards=shards, start=tmp_path / "first")


def test_a_decoder_is_held_in_the_type_that_the_recipe_names(decoder: Path, shards: Path, tmp_path: Path) -> None:
    around = plan(decoder, [])
    for dtype, size in (("bf16", 2), ("fp32", 4)):
        held = around.model_copy(deep=True)
        fields = json.loads(held.model_dump_json())
        fields["model"]["decoder"]["dtype"] = dtype
        fields["model"]["weights"] = "fp32"
        done = run(parse_recipe(fields, []), tmp_path / dtype, shards=shards)
        assert done.model is not None
        model, _, _ = load_checkpoint(done.model, dtype=None)
        assert model.decoder.get_input_embeddings().weight.element_size() == size


@pytest.mark.filterwarnings("ignore")  # what the libraries say of themselves
@pytest.mark.parametrize("quantised", list(Quantisation))
@pytest.mark.parametrize("method", ["lora", "omni-mol", "mora"])
def test_a_quantised_decoder_rests_beside_what_learns_in_fp32(
    quantised: Quantisation, method: str, decoder: Path, shards: Path, tmp_path: Path
) -> None:
    pytest.importorskip(quantised.package, reason=f"{quantised.package} is not installed", exc_type=ImportError)
    around = plan(decoder, ADAPTERS[method], quantised=quantised)
    model_dir = run(around, tmp_path / "run", shards=shards).model
    losses = [line["loss"] for line in read_metrics(tmp_path / "run" / "metrics.jsonl") if "loss" in line]
    _, last = list_checkpoints(tmp_path / "run" / "checkpoints")
    kept = load_file(last / "model.safetensors")
    own = {name for name in kept if name.startswith("decoder.")}
    assert own and all(any(part in name for part in ("variants", "lora_", "networks")) for name in own)
    assert all(kept[name].dtype is torch.float32 for name in own)
    shutil.rmtree(last)
    again = run(around, tmp_path / "run", shards=shards, resume=True).model
    assert [line["loss"] for line in read_metrics(tmp_path / "run" / "metrics.jsonl") if "loss" in line] == losses
    with pytest.raises(CheckpointError, match="another recipe"):
        run(plan(decoder, ADAPTERS[method]), tmp_path / "run", shards=shards, resume=True)
    # The finished model holds the decoder as its files do.
    assert model_dir is not None and again is not None
    trained = load_checkpoint(again, dtype=None)[0]
    trained.remove_adapter()
    found = trained.decoder.state_dict()
    assert all(torch.equal(found[name], one) for name, one in load_file(decoder / "model.safetensors").items())
    model, _ = from_backbone(decoder, ["C"], notation=Notation.SMILES, quantised=quantised)
    model.inject_adapter([{"kind": "gal", "rank": 2}] if method != "lora" else ADAPTERS["lora"])
    with pytest.raises(MergeError, match="quantised"):
        model.merge_adapter()


def test_a_quantised_decoder_does_not_learn(decoder: Path) -> None:
    with pytest.raises(ConfigError, match="int8 is at rest"):
        plan(decoder, [], quantised="int8", trains=["decoder"])


def test_what_rests_is_counted_in_the_bits_that_it_is_held_in(decoder: Path) -> None:
    """Of 4 layers of width 32 with 48 inner ones: 4 attention maps and 3 of the MLP, by hand."""
    small = 4 * (4 * 32 * 32 + 3 * 32 * 48)
    found = {}
    for quantised in (None, "int8"):
        if quantised is not None:
            pytest.importorskip("torchao", reason="torchao is not installed", exc_type=ImportError)
        memory = estimate(plan(decoder, ADAPTERS["omni-mol"], quantised=quantised), seconds=0.0).stages[0].memory
        assert memory is not None
        found[quantised] = memory.frozen
    # From two bytes to one, and a scale per 1,024 weights.
    assert found[None] - found["int8"] == pytest.approx(small * (2 - 1 - 4 / 1024), abs=1)


@pytest.mark.parametrize("method", ["lora", "omni-mol", "mora"])
def test_what_learns_is_fp32_in_an_estimate_too(method: str, decoder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = set()
    group = estimating.group_parameters

    def look(model: Any, **keywords: Any) -> Any:
        named = [(name, one) for name, one in model.named_parameters() if one.requires_grad]
        seen.update((name.startswith("decoder."), one.dtype) for name, one in named)
        seen.add(("rests", model.get_input_embeddings().weight.dtype))
        return group(model, **keywords)

    monkeypatch.setattr(estimating, "group_parameters", look)
    estimate(plan(decoder, ADAPTERS[method]), seconds=0.0)
    assert seen == {(True, torch.float32), (False, torch.float32), ("rests", torch.bfloat16)}


def test_a_run_is_resumed_with_layers_run_again_or_not(decoder: Path, shards: Path, tmp_path: Path) -> None:
    """They compute the same, and the run was stopped for want of memory, perhaps."""
    run(plan(decoder, ADAPTERS["lora"]), tmp_path / "run", shards=shards)
    losses = [line["loss"] for line in read_metrics(tmp_path / "run" / "metrics.jsonl") if "loss" in line]
    shutil.rmtree(list_checkpoints(tmp_path / "run" / "checkpoints")[-1])
    run(plan(decoder, ADAPTERS["lora"], gradient_checkpointing=True), tmp_path / "run", shards=shards, resume=True)
    assert [line["loss"] for line in read_metrics(tmp_path / "run" / "metrics.jsonl") if "loss" in line] == losses
