"""Every decoder family, pre-trained, answers the same questions. A new family joins by one row of `CASES`."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast

from anymol.chem.notation import Notation
from anymol.encoders.graph import GraphEncoderConfig
from anymol.modalities.content import Message, MoleculePart, RecordPart, Role, Speaker, TextPart
from anymol.modalities.graph import MolecularGraph
from anymol.modalities.modality import Modality
from anymol.models.adaptation import read_adapters
from anymol.models.build import from_backbone
from anymol.models.checkpoint import load_checkpoint, save_checkpoint
from anymol.models.modality_config import ModalityConfig
from anymol.models.modeling import AnyMolForCausalLM
from anymol.models.plain_decoder import write_plain_decoder
from anymol.models.processor import AnyMolProcessor

SPARE_ROWS = 12
"""Rows of the embedding beyond the tokenizer's length, as Qwen and others have."""

SYMBOLS = ("⌬C", "⌬Br", "⌬(", "⌬=", "⌬O")
SIZES = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "max_position_embeddings": 128}
GATED = {**SIZES, "intermediate_size": 48, "num_key_value_heads": 2}


@dataclass(frozen=True)
class Case:
    """One family with the fields of a tiny config."""

    model_type: str
    fields: dict[str, Any]


CASES = {
    "llama": Case("llama", GATED),
    "llama-tied": Case("llama", {**GATED, "tie_word_embeddings": True}),
    "qwen2": Case("qwen2", GATED),
    "qwen3": Case("qwen3", {**GATED, "head_dim": 8, "tie_word_embeddings": True}),
    "mistral": Case("mistral", {**GATED, "head_dim": 8}),
    "gemma2-softcap": Case(
        "gemma2", {**GATED, "head_dim": 8, "query_pre_attn_scalar": 8, "final_logit_softcapping": 5.0}
    ),
    "gemma3": Case("gemma3_text", {**GATED, "head_dim": 8, "query_pre_attn_scalar": 8}),
    "phi3": Case("phi3", GATED),
    "gpt_neox": Case("gpt_neox", {**SIZES, "intermediate_size": 48}),
}
MODALITIES = {"graph": ModalityConfig(encoder=GraphEncoderConfig(n_layers=2, width=16))}


def make_tokenizer() -> PreTrainedTokenizerFast:
    """A byte-level tokenizer as a pre-trained base model has it: no molecule tokens, no template, no padding."""
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300, special_tokens=["<s>", "</s>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )  # fmt: skip
    backend.train_from_iterator(["the molecular weight of this molecule is what the reaction gives"] * 50, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=backend, bos_token="<s>", eos_token="</s>")


@pytest.fixture(scope="module", params=CASES.values(), ids=CASES.keys())
def backbone(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a tiny random "pre-trained" decoder and its tokenizer."""
    path = tmp_path_factory.mktemp(request.param.model_type)
    tokenizer = make_tokenizer()
    config = AutoConfig.for_model(
        request.param.model_type, vocab_size=len(tokenizer) + SPARE_ROWS, pad_token_id=None, bos_token_id=0,
        eos_token_id=1, initializer_range=0.3, **request.param.fields,
    )  # fmt: skip
    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(config).save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path


@pytest.fixture(scope="module")
def frozen(backbone: Path) -> tuple[AnyMolForCausalLM, AnyMolProcessor]:
    torch.manual_seed(1)
    model, processor = from_backbone(backbone, SYMBOLS, MODALITIES, notation=Notation.SMILES)
    return model.eval(), processor


def make_graph(n_atoms: int) -> MolecularGraph:
    source = np.arange(n_atoms - 1)
    pairs = np.stack([source, source + 1], axis=1)
    bonds = np.stack([pairs, pairs[:, ::-1]], axis=1).reshape(-1, 2).T.astype(np.int32)
    atoms = np.full((n_atoms, 2), (5, 0), dtype=np.uint8)
    return MolecularGraph(atoms, bonds, np.zeros((bonds.shape[1], 2), dtype=np.uint8))


def make_batch(processor: AnyMolProcessor, side: str = "left") -> dict[str, Any]:
    questions = [
        (
            TextPart("weight of "),
            MoleculePart("CCBr"),
            RecordPart(Modality.GRAPH, make_graph(3), Role.REACTANT, "CCBr"),
            TextPart("?"),
        ),
        (
            TextPart("what is the reaction of the molecule "),
            RecordPart(Modality.GRAPH, make_graph(2), Role.PRODUCT, "CO"),
        ),
        (TextPart("what"),),
    ]
    answers = [(TextPart("12.3"),), (MoleculePart("CC(=O)O"),), (TextPart("the"),)]
    pairs = [((Message(Speaker.USER, q),), a) for q, a in zip(questions, answers, strict=True)]
    return processor.batch(processor.encode_many(pairs), padding_side=side)


def test_old_logits_are_bit_equal(backbone: Path, frozen: Any) -> None:
    model, processor = frozen
    original = AutoModelForCausalLM.from_pretrained(backbone).eval()
    first = model.config.base_vocab_size
    assert first == len(AutoTokenizer.from_pretrained(backbone)) < original.config.vocab_size
    ids = torch.arange(2, first)[None, :64]
    with torch.no_grad():
        got, expected = model(input_ids=ids).logits, original(input_ids=ids).logits
    assert torch.equal(got[..., :first], expected[..., :first])
    assert got.shape[-1] == len(processor.tokenizer) == model.config.get_text_config().vocab_size


def test_new_tokens_start_as_the_mean_of_their_pieces(backbone: Path, frozen: Any) -> None:
    model, processor = frozen
    original = AutoModelForCausalLM.from_pretrained(backbone)
    pieces = AutoTokenizer.from_pretrained(backbone).encode("⌬Br", add_special_tokens=False)
    new = processor.tokenizer.convert_tokens_to_ids("⌬Br")
    expected = original.get_input_embeddings()(torch.tensor(pieces)).mean(0)
    torch.testing.assert_close(model.embed(torch.tensor([[new]]))[0, 0], expected)
    row = model.extra_tokens.output_weight[new - model.config.base_vocab_size]
    torch.testing.assert_close(row, original.get_output_embeddings().weight[pieces].mean(0))


def test_a_token_that_the_decoder_has_no_row_for_joins_the_new_ones(backbone: Path, tmp_path: Path) -> None:
    """Gemma 3's tokenizer is one token longer than its embedding; rows and numbers of new tokens must stay in step."""
    tokenizer = make_tokenizer()
    spare = [f"<spare{number}>" for number in range(SPARE_ROWS)]
    tokenizer.add_special_tokens({"additional_special_tokens": [*spare, "<image_soft_token>"]})
    shutil.copytree(backbone, tmp_path / "backbone")
    tokenizer.save_pretrained(tmp_path / "backbone")
    model, processor = from_backbone(tmp_path / "backbone", SYMBOLS, notation=Notation.SMILES)
    plain: Any = AutoModelForCausalLM.from_pretrained(backbone).eval()
    ids = torch.arange(2, 30)[None]
    rows = plain.config.vocab_size
    logits = model.eval()(input_ids=ids).logits
    assert logits.shape[-1] == len(processor.tokenizer) > len(tokenizer) == rows + 1
    torch.testing.assert_close(logits[..., :rows], plain(ids).logits, rtol=0, atol=0)
    number = processor.tokenizer.convert_tokens_to_ids("⌬Br")
    assert model.extra_tokens is not None
    with torch.no_grad():
        model.extra_tokens.output_weight[number - rows] += 5
    changed = (model(input_ids=ids).logits != logits).any(dim=(0, 1))
    assert changed.nonzero().flatten().tolist() == [number]


def test_a_plain_decoder_answers_as_the_model_does(backbone: Path, tmp_path: Path) -> None:
    """Also where the embedding scales its rows (Gemma), where rows of the decoder are smaller."""
    model, processor = from_backbone(backbone, SYMBOLS, notation=Notation.SMILES)
    assert model.extra_tokens is not None
    with torch.no_grad():
        for parameter in model.extra_tokens.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    text = "weight of <mol>⌬C⌬Br</mol>"
    ids = torch.tensor([processor.tokenizer.encode(text, add_special_tokens=False)])
    expected = model.eval()(input_ids=ids).logits
    write_plain_decoder(model, processor, tmp_path / "plain")
    plain: Any = AutoModelForCausalLM.from_pretrained(tmp_path / "plain").eval()
    assert AutoTokenizer.from_pretrained(tmp_path / "plain").encode(text, add_special_tokens=False) == ids[0].tolist()
    torch.testing.assert_close(plain(ids).logits, expected, rtol=1e-4, atol=1e-4)


def test_only_new_parts_learn(frozen: Any) -> None:
    model, processor = frozen
    model(**make_batch(processor)).loss.backward()
    learning = {name.split(".")[0] for name, value in model.named_parameters() if value.grad is not None}
    assert learning == {"encoders", "projectors", "role_embedding", "extra_tokens"}
    assert all(value.grad.any() for value in model.extra_tokens.parameters())
    model.zero_grad()


def test_growing_tables_keep_old_logits(backbone: Path) -> None:
    model, processor = from_backbone(backbone, SYMBOLS, MODALITIES, notation=Notation.SMILES, frozen=False)
    original = AutoModelForCausalLM.from_pretrained(backbone).eval()
    old = len(AutoTokenizer.from_pretrained(backbone))
    ids = torch.arange(2, old)[None, :64]
    with torch.no_grad():
        got, expected = model.eval()(input_ids=ids).logits, original(input_ids=ids).logits
    torch.testing.assert_close(got[..., :old], expected[..., :old])
    assert model.extra_tokens is None
    assert got.shape[-1] == model.config.get_text_config().vocab_size >= len(processor.tokenizer)
    pieces = AutoTokenizer.from_pretrained(backbone).encode("⌬Br", add_special_tokens=False)
    new = processor.tokenizer.convert_tokens_to_ids("⌬Br")
    for now, before in (
        (model.get_input_embeddings(), original.get_input_embeddings()),
        (model.get_output_embeddings(), original.get_output_embeddings()),
    ):
        torch.testing.assert_close(now.weight[new], before.weight[pieces].mean(0))


def test_padding_side_changes_nothing(frozen: Any) -> None:
    model, processor = frozen
    real = []
    for side in ("left", "right"):
        batch = make_batch(processor, side)
        with torch.no_grad():
            real.append(model(**batch).logits[batch["attention_mask"].bool()])
    torch.testing.assert_close(real[0], real[1], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("options", [{}, {"num_beams": 3, "num_return_sequences": 3}], ids=["greedy", "beams"])
@pytest.mark.parametrize("cache", [None, "static"], ids=["dynamic", "static"])
def test_generate_reaches_new_tokens_and_ignores_padding(frozen: Any, options: dict[str, Any], cache: Any) -> None:
    model, processor = frozen
    answers = []
    for side in ("left", "right"):
        batch = make_batch(processor, side)
        del batch["labels"]
        out = model.generate(**batch, max_new_tokens=5, min_new_tokens=5, cache_implementation=cache, **options)
        answers.append(out[:, batch["input_ids"].shape[1] :])
    assert torch.equal(*answers)
    # Forced steps agree with one pass over prompt and answer.
    batch = make_batch(processor)
    copies = options.get("num_return_sequences", 1)
    if copies == 1:
        ids = torch.cat([batch["input_ids"], answers[0]], dim=1)
        mask = torch.cat([batch["attention_mask"], torch.ones_like(answers[0])], dim=1)
        with torch.no_grad():
            logits = model(input_ids=ids, attention_mask=mask, molecules=batch["molecules"]).logits[:, -6:-1]
        logits[..., processor.end_id] = -torch.inf
        assert torch.equal(logits.argmax(-1), answers[0])


def test_save_and_load(frozen: Any, tmp_path: Path) -> None:
    model, processor = frozen
    save_checkpoint(tmp_path / "model", model, processor)
    loaded, again, _ = load_checkpoint(tmp_path / "model")
    batch = make_batch(processor)
    assert again.render_answer((MoleculePart("CCBr"),)) == "<mol>⌬C⌬C⌬Br</mol>"
    assert {key: value for key, value in make_batch(again).items() if key == "input_ids"}["input_ids"].equal(
        batch["input_ids"]
    )
    with torch.no_grad():
        assert torch.equal(loaded(**batch).logits, model(**batch).logits)


ADAPTERS: dict[str, list[dict[str, Any]]] = {
    "none": [],
    "lora": [{"kind": "lora", "rank": 2}],
    "gal": [{"kind": "gal", "rank": 2}],
    "omni-mol": [{"kind": "moge", "rank": 2, "experts": 2, "start": "preserving"}, {"kind": "gal", "rank": 2}],
    "mora": [{"kind": "mora", "rank": 2, "state_width": 16, "width": 8, "every": 1}],
}


@pytest.fixture(scope="module", params=ADAPTERS.values(), ids=ADAPTERS)
def beside_bf16(request: pytest.FixtureRequest, backbone: Path) -> tuple[AnyMolForCausalLM, AnyMolProcessor]:
    """A frozen decoder in bf16, with an encoder and perhaps an adapter beside it."""
    torch.manual_seed(1)
    return from_backbone(
        backbone, SYMBOLS, MODALITIES, notation=Notation.SMILES, adapters=read_adapters(request.param),
        dtype=torch.bfloat16,
    )  # fmt: skip


def test_what_learns_beside_a_decoder_in_bf16_is_fp32(beside_bf16: Any) -> None:
    """Kingma and Ba's first step is the learning rate itself, whatever the gradient: bf16 would round it away."""
    model, processor = beside_bf16
    assert model.decoder.get_input_embeddings().weight.dtype is torch.bfloat16
    learning = {name: value for name, value in model.named_parameters() if value.requires_grad}
    statistics = {name: value for name, value in model.encoders.named_buffers() if value.is_floating_point()}
    assert {value.dtype for value in [*learning.values(), *statistics.values()]} == {torch.float32}
    before = {name: value.detach().clone() for name, value in learning.items()}
    optimiser = torch.optim.AdamW(learning.values(), lr=1e-5, weight_decay=0.0)
    loss = model.train()(**make_batch(processor)).loss
    assert loss.dtype is torch.float32
    loss.backward()
    optimiser.step()
    moved = {  # beside a gradient near AdamW's epsilon, 1e-8, the step is smaller
        name: (value != before[name])[value.grad.abs() > 1e-6]
        for name, value in learning.items()
        if value.grad is not None
    }
    assert {name.split(".")[0] for name in moved} >= {"encoders", "projectors", "role_embedding", "extra_tokens"}
    rigid = {name: int((~one).sum()) for name, one in moved.items() if not one.all()}
    assert not rigid
    with torch.no_grad():
        for name, value in learning.items():
            value.copy_(before[name])


def test_a_decoder_in_bf16_is_saved_and_read_with_what_stands_beside_it(beside_bf16: Any, tmp_path: Path) -> None:
    model, processor = beside_bf16
    save_checkpoint(tmp_path / "model", model, processor)
    again, _, _ = load_checkpoint(tmp_path / "model", dtype=None)
    expected, found = model.state_dict(), again.state_dict()
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert found[name].dtype == value.dtype and torch.equal(found[name], value), name
    batch = make_batch(processor)
    with torch.no_grad():
        assert torch.equal(again(**batch).logits, model.eval()(**batch).logits)
