"""Every modality in a prompt: in any number and order, absent, alone, saved and loaded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from anymol.chem.notation import Notation
from anymol.encoders.conformer import ConformerEncoderConfig
from anymol.encoders.graph import GraphEncoderConfig
from anymol.encoders.image import ImageEncoderConfig
from anymol.encoders.ir import IrEncoderConfig
from anymol.encoders.ms2 import Ms2EncoderConfig
from anymol.errors import InvalidTaskInputError
from anymol.modalities.adduct import Adduct
from anymol.modalities.conformer import Conformer
from anymol.modalities.content import Message, Part, RecordPart, Role, Speaker, TextPart
from anymol.modalities.graph import MolecularGraph
from anymol.modalities.image import MoleculeImage
from anymol.modalities.infrared_spectrum import InfraredSpectrum
from anymol.modalities.mass_spectrum import MassSpectrum
from anymol.modalities.modality import Modality
from anymol.models.build import DecoderConfig, build_config, build_model
from anymol.models.checkpoint import load_checkpoint, save_checkpoint, write_manifest
from anymol.models.modality_config import ModalityConfig
from anymol.models.modeling import AnyMolForCausalLM
from anymol.models.processor import AnyMolProcessor
from anymol.models.tokenizer import train_tokenizer
from anymol.projectors import ResamplerProjectorConfig

SMALL = {"width": 16, "n_layers": 1, "n_heads": 4}
MODALITIES = {
    "graph": ModalityConfig(encoder=GraphEncoderConfig(n_layers=1, width=16), markers=True),
    "conformer": ModalityConfig(encoder=ConformerEncoderConfig(**SMALL)),
    "image": ModalityConfig(
        encoder=ImageEncoderConfig(**SMALL, view_size=16, patch_size=4, max_slices=2),
        projector=ResamplerProjectorConfig(n_tokens=3, n_heads=2),
    ),
    "ms2": ModalityConfig(encoder=Ms2EncoderConfig(**SMALL, n_waves=4)),
    "ir": ModalityConfig(encoder=IrEncoderConfig(**SMALL, n_patches=5)),
}
PARTS: dict[str, Part] = {
    "graph": RecordPart(
        Modality.GRAPH, MolecularGraph(np.zeros((1, 2)), np.zeros((2, 0), np.int32), np.zeros((0, 2))), smiles="C"
    ),
    "conformer": RecordPart(Modality.CONFORMER, Conformer(np.array([6, 8]), np.eye(3)[:2]), Role.REACTANT),
    "image": RecordPart(Modality.IMAGE, MoleculeImage(np.full((20, 50, 3), 9, np.uint8))),
    "ms2": RecordPart(Modality.MS2, MassSpectrum(np.array([50.1, 77.0]), np.array([0.2, 1.0]), 123.4, Adduct.M_H)),
    "ir": RecordPart(Modality.IR, InfraredSpectrum(np.array([500.0, 600.0, 800.0]), np.array([0.1, 0.5, 0.2]))),
}
TOKENS = {"graph": 1 + 2, "conformer": 2 + 2, "image": 3 + 2, "ms2": 3 + 2, "ir": 5 + 2}


@pytest.fixture(scope="module")
def processor() -> AnyMolProcessor:
    tokenizer = train_tokenizer(["What is this?"], [], 300, Notation.SMILES)
    return AnyMolProcessor(tokenizer, Notation.SMILES, modalities=MODALITIES)


@pytest.fixture(scope="module")
def model(processor: AnyMolProcessor) -> AnyMolForCausalLM:
    torch.manual_seed(0)
    size = DecoderConfig(hidden_size=16, n_layers=1, n_heads=2, n_kv_heads=1, ffn_size=16)
    return build_model(build_config(size, processor), processor).eval()


def ask(*names: str) -> list[Message]:
    return [Message(Speaker.USER, (TextPart("What is "), *(PARTS[name] for name in names)))]


@torch.no_grad()
def answer(model: AnyMolForCausalLM, processor: AnyMolProcessor, *prompts: list[Message]) -> torch.Tensor:
    return model(**processor(prompts)).logits[:, -1]


def test_tokens_are_those_stated(processor: AnyMolProcessor) -> None:
    bare = len(processor.encode(ask()))
    assert {name: len(processor.encode(ask(name))) - bare for name in PARTS} == TOKENS


@pytest.mark.parametrize("order", [tuple(PARTS), tuple(reversed(PARTS)), ("ms2", "ir", "ms2"), ("image",), ()])
def test_any_number_and_order_whatever_the_batch(
    model: AnyMolForCausalLM, processor: AnyMolProcessor, order: tuple[str, ...]
) -> None:
    together = answer(model, processor, ask(*order), ask(*PARTS, *PARTS))
    torch.testing.assert_close(together[:1], answer(model, processor, ask(*order)), rtol=1e-4, atol=1e-5)


def test_order_matters(model: AnyMolForCausalLM, processor: AnyMolProcessor) -> None:
    one, other = answer(model, processor, ask("ms2", "ir")), answer(model, processor, ask("ir", "ms2"))
    assert (one - other).abs().max() > 1e-6


def test_generation(model: AnyMolForCausalLM, processor: AnyMolProcessor) -> None:
    assert model.generate(**processor([ask(*PARTS)]), max_new_tokens=3, do_sample=False).shape[0] == 1


def test_save_and_load(model: AnyMolForCausalLM, processor: AnyMolProcessor, tmp_path: Path) -> None:
    loaded, reader, _ = load_checkpoint(save_checkpoint(tmp_path / "model", model, processor))
    assert torch.equal(answer(loaded, reader, ask(*PARTS)), answer(model, processor, ask(*PARTS)))


def test_weights_under_former_names_are_read(
    model: AnyMolForCausalLM, processor: AnyMolProcessor, tmp_path: Path
) -> None:
    """The layers of spectrum encoders were written out once; models are stored under those names."""
    directory = save_checkpoint(tmp_path / "model", model, processor)
    file = directory / "model.safetensors"
    former = {
        "norm1.": "attention_norm.", "norm2.": "ffn_norm.", "self_attn.in_proj_": "query_key_value.",
        "self_attn.out_proj.": "out.", "linear1.": "up.", "linear2.": "down.",
    }  # fmt: skip
    stored = load_file(file)
    for name in [name for name in stored if ".transformer.layers." in name]:
        new, old = next((new, old) for new, old in former.items() if new in name)
        stored[name.replace(new, old)] = stored.pop(name)
    assert any(name.endswith("query_key_value.bias") for name in stored)
    save_file(stored, file, {"format": "pt"})
    write_manifest(directory)
    loaded, reader, _ = load_checkpoint(directory)
    assert torch.equal(answer(loaded, reader, ask(*PARTS)), answer(model, processor, ask(*PARTS)))
    assert loaded.generation_config.eos_token_id == processor.end_id
    again, _, _ = load_checkpoint(save_checkpoint(tmp_path / "again", loaded, reader))
    assert set(again.state_dict()) == set(model.state_dict())


def test_an_absent_modality_runs_with_no_weight(processor: AnyMolProcessor, model: AnyMolForCausalLM) -> None:
    expected = answer(model, processor, ask("ms2"))
    model.train()
    model.reads_absent = True
    statistics = {name: value.clone() for name, value in model.encoders["graph"].named_buffers()}
    try:
        logits = model(**processor([ask("ms2")])).logits
        for name, value in model.encoders["graph"].named_buffers():
            assert torch.equal(value, statistics[name]), name
        torch.testing.assert_close(logits[:, -1].detach(), expected)
        logits.sum().backward()
        for part in ("encoders", "projectors", "markers"):
            for name, value in getattr(model, part).named_parameters():
                assert value.grad is not None, name
                assert name.startswith("ms2") or not value.grad.any(), name
    finally:
        model.reads_absent = False
        model.zero_grad()
        model.eval()


def test_a_modality_that_the_model_lacks_is_named(processor: AnyMolProcessor) -> None:
    plain = AnyMolProcessor(processor.tokenizer, Notation.SMILES)
    with pytest.raises(InvalidTaskInputError, match="reads no ir"):
        plain.encode(ask("ir"))
