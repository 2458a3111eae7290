"""A model run from its files against the same one as a model of transformers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from anymol.errors import CheckpointError
from anymol.modalities.content import Message, RecordPart, Speaker, TextPart
from anymol.modalities.modality import Modality
from anymol.models.build import DecoderFamily
from anymol.models.checkpoint import load_checkpoint, save_checkpoint
from anymol.models.decoding.feed import Feed, StepDecoder
from anymol.models.decoding.key_values import KeyValues
from anymol.models.loading import load_prompt_model
from anymol.models.locating import locate_model
from anymol.models.manifest import write_manifest
from anymol.models.modeling import AnyMolForCausalLM
from anymol.models.packed_weights import pack_weights
from anymol.models.processor import AnyMolProcessor
from anymol.models.prompt_writer import PromptWriter
from anymol.models.stored_model import StoredModel, find_stored_obstacle, read_stored_model

Make = Callable[..., AnyMolForCausalLM]

CONVERSATION = (
    Message(Speaker.USER, (TextPart("What is this, in 3?"), RecordPart(Modality.GRAPH, smiles="CC(=O)Oc1ccccc1"))),
)


@pytest.fixture
def shipped() -> Path:
    with locate_model(None) as directory:
        return Path(directory)


@pytest.fixture
def saved(make_model: Make, processor: AnyMolProcessor, tmp_path: Path) -> Path:
    return save_checkpoint(tmp_path / "model", make_model(DecoderFamily.QWEN3), processor)


def change_config(directory: Path, **fields: Any) -> None:
    path = directory / "config.json"
    config = json.loads(path.read_text())
    decoder = fields.pop("text_config", {})
    path.write_text(json.dumps({**config, **fields, "text_config": {**config["text_config"], **decoder}}))


def change_weights(directory: Path, change: Callable[[dict[str, torch.Tensor]], None]) -> None:
    weights = load_file(directory / "model.safetensors")
    change(weights)
    save_file(weights, directory / "model.safetensors", metadata={"format": "pt"})
    write_manifest(directory)


def run_prompt(decoder: StepDecoder, embedded: torch.Tensor) -> torch.Tensor:
    rows, length = embedded.shape[:2]
    places = torch.arange(length).expand(rows, -1)
    mask = torch.full((length, length), -torch.inf).triu(1).expand(rows, -1, -1)
    return decoder.run([Feed(embedded, places, mask, KeyValues(decoder.layers), places, keep=length)])[0]


def require_same(directory: Path) -> tuple[StoredModel, AnyMolForCausalLM]:
    """Compare both readings of a directory, token ids, embeddings and logits, bit by bit."""
    assert find_stored_obstacle(directory, torch.float32) is None
    found, writer = read_stored_model(directory)
    theirs, processor, _ = load_checkpoint(directory)
    batch, expected = writer([CONVERSATION]), processor([CONVERSATION])
    assert torch.equal(batch["input_ids"], expected["input_ids"])
    with torch.inference_mode():
        ours, none = found.read_prompts(batch["input_ids"], batch["molecules"])
        embedded, _ = theirs.read_prompts(expected["input_ids"], expected["molecules"])
        assert none is None
        assert torch.equal(ours, embedded)
        logits = run_prompt(found.make_step_decoder(), ours)
        assert torch.equal(logits, run_prompt(theirs.make_step_decoder(), embedded))
    assert logits.shape[-1] == found.vocabulary_size == theirs.vocabulary_size
    assert (found.positions, set(found.modalities)) == (theirs.positions, set(theirs.modalities))
    assert type(writer) is PromptWriter
    return found, theirs


@pytest.mark.parametrize("family", DecoderFamily)
def test_it_computes_what_the_model_of_transformers_does(
    make_model: Make, processor: AnyMolProcessor, tmp_path: Path, family: DecoderFamily
) -> None:
    require_same(save_checkpoint(tmp_path / "model", make_model(family), processor))


def test_packed_weights_too(saved: Path) -> None:
    save_file(pack_weights(load_file(saved / "model.safetensors")), saved / "model.safetensors")
    write_manifest(saved)
    require_same(saved)


def test_the_embedded_model_with_all_that_it_reads(shipped: Path) -> None:
    found, theirs = require_same(shipped)
    assert set(found.modalities) == set(Modality)
    with torch.inference_mode():
        for name in Modality:
            batch = theirs.encoders[name].make_dummy()
            ours, expected = found.encoders[name](batch), theirs.encoders[name](batch)
            assert torch.equal(ours.states, expected.states), name
            roles = torch.zeros(1, dtype=torch.int64)
            assert torch.equal(found._project(name, ours, roles), theirs._project(name, expected, roles)), name


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"adapters": [{"kind": "lora"}]}, "its decoder is another one's, or has an adapter"),
        ({"base_vocab_size": 12}, "its decoder is another one's, or has an adapter"),
        ({"text_config": {"hidden_act": "gelu"}}, "its feed-forward part is another one"),
        (
            {"text_config": {"rope_parameters": {"rope_type": "linear", "rope_theta": 10000.0, "factor": 2.0}}},
            "its rotary positions are scaled",
        ),
        ({"text_config": {"model_type": "gpt_neox"}}, "its family is gpt_neox"),
    ],
)
def test_says_why_a_model_is_not_run_so(saved: Path, fields: dict[str, Any], said: str) -> None:
    change_config(saved, **fields)
    assert find_stored_obstacle(saved, torch.float32) == said


def test_what_cannot_be_run_so_is_a_model_of_transformers(saved: Path) -> None:
    assert find_stored_obstacle(saved, torch.bfloat16) == "its weights are not in fp32"
    assert isinstance(load_prompt_model(saved)[0], StoredModel)
    model, processor = load_prompt_model(saved, dtype=torch.bfloat16)
    assert isinstance(model, AnyMolForCausalLM)
    assert isinstance(processor, AnyMolProcessor)
    (saved / "config.json").write_text("{")
    assert (find_stored_obstacle(saved, torch.float32) or "").startswith("its files do not say")
    with pytest.raises(CheckpointError):
        load_prompt_model(saved)


def test_a_weight_of_no_part_is_refused(saved: Path) -> None:
    change_weights(saved, lambda weights: weights.update({"head.bias": torch.zeros(3)}))
    with pytest.raises(CheckpointError, match=r"the model has no head\.bias"):
        read_stored_model(saved)


@pytest.mark.parametrize("change", ["missing", "another shape", "unknown"])
def test_a_decoder_that_does_not_fit_is_refused(saved: Path, change: str) -> None:
    name = "decoder.model.layers.0.mlp.up_proj.weight"

    def spoil(weights: dict[str, torch.Tensor]) -> None:
        taken = weights.pop(name)
        if change != "missing":
            weights["decoder.extra" if change == "unknown" else name] = taken[1:].clone()
        if change == "unknown":
            weights[name] = taken

    change_weights(saved, spoil)
    model, _ = read_stored_model(saved)
    with pytest.raises(CheckpointError, match=r"up_proj|extra"):
        model.make_step_decoder()


def test_an_encoder_that_does_not_fit_is_refused_when_it_is_needed(saved: Path) -> None:
    kind = "encoders.graph."
    name = next(one for one in load_file(saved / "model.safetensors") if one.startswith(kind) and "weight" in one)
    change_weights(saved, lambda weights: weights.pop(name))
    model, writer = read_stored_model(saved)
    batch = writer([CONVERSATION])
    assert model.embed(torch.tensor([[3, 4]])).isfinite().all()
    with pytest.raises(CheckpointError, match=name.removeprefix(kind)):
        model.embed(batch["input_ids"], batch["molecules"])


def test_a_changed_file_is_refused(saved: Path) -> None:
    path = saved / "model.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"model\.safetensors"):
        read_stored_model(saved)


def test_what_is_built_while_answering_serves_elsewhere(saved: Path) -> None:
    model, writer = read_stored_model(saved)
    batch = writer([CONVERSATION])
    with torch.inference_mode():
        inside = model.embed(batch["input_ids"], batch["molecules"])
    weight = torch.ones((), requires_grad=True)
    (model.embed(batch["input_ids"], batch["molecules"]) * weight).sum().backward()
    assert weight.grad is not None
    assert torch.allclose(weight.grad, inside.sum(), rtol=1e-4, atol=1e-3)
