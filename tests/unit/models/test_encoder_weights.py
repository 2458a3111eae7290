from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from transformers import CLIPVisionConfig, CLIPVisionModel, LlamaConfig

from anymol.encoders.conformer import ConformerEncoderConfig
from anymol.encoders.graph import GraphEncoderConfig
from anymol.encoders.image import ImageEncoderConfig
from anymol.errors import CheckpointError
from anymol.models.checkpoint import load_checkpoint
from anymol.models.config import AnyMolConfig
from anymol.models.encoder_weights import load_encoder_weights
from anymol.models.locating import locate_model
from anymol.models.modality_config import ModalityConfig
from anymol.models.modeling import AnyMolForCausalLM

SIZES = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2}


def build(**modalities: ModalityConfig) -> AnyMolForCausalLM:
    text = LlamaConfig(
        vocab_size=40, hidden_size=16, intermediate_size=24, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=2,
    )  # fmt: skip
    return AnyMolForCausalLM(AnyMolConfig(text, modalities, dict.fromkeys(modalities, 5)))


@pytest.fixture
def image() -> ModalityConfig:
    return ModalityConfig(
        encoder=ImageEncoderConfig(width=16, n_layers=2, n_heads=2, ffn_size=32, view_size=32, patch_size=8)
    )


def test_a_tower_starts_from_clip_and_stops_before_its_last_layer(tmp_path: Path, image: ModalityConfig) -> None:
    clip = CLIPVisionModel(CLIPVisionConfig(image_size=32, patch_size=8, **SIZES))
    clip.save_pretrained(tmp_path / "clip")
    model = build(image=image)
    load_encoder_weights(model, {"image": tmp_path / "clip"})
    pixels = torch.randn(2, 3, 32, 32)
    clip.eval()
    model.eval()
    with torch.no_grad():
        states = model.encoders["image"].tower(pixel_values=pixels).last_hidden_state  # type: ignore[union-attr,operator]
        published = clip(pixel_values=pixels, output_hidden_states=True).hidden_states
    torch.testing.assert_close(states, published[2])


def test_a_tower_of_another_width_is_refused(tmp_path: Path, image: ModalityConfig) -> None:
    CLIPVisionModel(CLIPVisionConfig(image_size=32, patch_size=8, **{**SIZES, "hidden_size": 32})).save_pretrained(
        tmp_path
    )
    with pytest.raises(CheckpointError, match="do not fit its encoder"):
        load_encoder_weights(build(image=image), {"image": tmp_path})


def test_unknown_names_and_files_are_refused(tmp_path: Path, image: ModalityConfig) -> None:
    conformer = ModalityConfig(encoder=ConformerEncoderConfig(width=16, n_layers=1, n_heads=2))
    model = build(image=image, conformer=conformer)
    with pytest.raises(CheckpointError, match="no encoder of ms2"):
        load_encoder_weights(model, {"ms2": tmp_path})
    with pytest.raises(CheckpointError):
        load_encoder_weights(model, {"conformer": tmp_path / "missing.safetensors"})
    save_file({"nonsense.weight": torch.zeros(2)}, tmp_path / "unimol.safetensors")
    with pytest.raises(CheckpointError, match=r"is not a weight of Uni-Mol"):
        load_encoder_weights(model, {"conformer": tmp_path / "unimol.safetensors"})


def test_an_encoder_starts_from_the_embedded_model() -> None:
    """Named, not placed: where the package lies stands in no recipe."""
    with locate_model(None) as directory:
        embedded, _, _ = load_checkpoint(directory)
    model = build(graph=embedded.config.modalities["graph"])
    load_encoder_weights(model, {"graph": "embedded"})
    theirs = embedded.encoders["graph"].state_dict()
    ours = model.encoders["graph"].state_dict()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name].float(), theirs[name].float()) for name in theirs)
    with pytest.raises(CheckpointError, match="do not fit its encoder"):
        load_encoder_weights(
            build(graph=ModalityConfig(encoder=GraphEncoderConfig(width=16, n_layers=1))), {"graph": "embedded"}
        )
