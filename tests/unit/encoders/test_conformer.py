from __future__ import annotations

import numpy as np
import pytest
import torch

from anymol.encoders.conformer import ConformerEncoder, ConformerEncoderConfig, collate_conformers
from anymol.encoders.conformer_weights import translate_conformer_weights
from anymol.errors import CheckpointError
from anymol.modalities.conformer import Conformer


@pytest.fixture
def encoder() -> ConformerEncoder:
    torch.manual_seed(0)
    return ConformerEncoder(ConformerEncoderConfig(width=16, n_layers=2, n_heads=4)).eval()


@pytest.fixture
def molecule() -> Conformer:
    rng = np.random.default_rng(0)
    return Conformer(np.array([6, 1, 7, 8, 1, 6], np.uint8), rng.normal(0, 2, (6, 3)))


def encode(encoder: ConformerEncoder, molecule: Conformer) -> torch.Tensor:
    with torch.no_grad():
        return encoder(collate_conformers([encoder.config.read(molecule)])).states


def test_turning_and_moving_change_nothing(encoder: ConformerEncoder, molecule: Conformer) -> None:
    turn, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))
    moved = Conformer(molecule.atomic_numbers, molecule.coordinates @ turn.T + [30.0, -4.0, 7.0])
    torch.testing.assert_close(encode(encoder, moved), encode(encoder, molecule), rtol=1e-4, atol=1e-5)


def test_stretching_changes_states(encoder: ConformerEncoder, molecule: Conformer) -> None:
    stretched = Conformer(molecule.atomic_numbers, molecule.coordinates * 1.3)
    assert (encode(encoder, stretched) - encode(encoder, molecule)).abs().max() > 1e-3


def test_hydrogens_are_left_out_unless_there_is_nothing_else(encoder: ConformerEncoder, molecule: Conformer) -> None:
    assert len(encode(encoder, molecule)) == 4
    assert len(encode(encoder, Conformer(np.array([1, 1], np.uint8), np.eye(3)[:2]))) == 2


def publish(encoder: ConformerEncoder) -> dict[str, torch.Tensor]:
    """The encoder's weights under the names of Uni-Mol's source, with heads that are left behind."""
    names = {
        "atom_embedding": "embed_tokens", "input_norm": "encoder.emb_layer_norm", "norm": "encoder.final_layer_norm",
        "pair_input.0": "gbf_proj.linear1", "pair_input.2": "gbf_proj.linear2", "kernels.means": "gbf.means.weight",
        "kernels.stds": "gbf.stds.weight", "kernels.scale": "gbf.mul.weight", "kernels.shift": "gbf.bias.weight",
        "attention_norm": "self_attn_layer_norm", "query_key_value": "self_attn.in_proj", "out": "self_attn.out_proj",
        "ffn_norm": "final_layer_norm", "up": "fc1", "down": "fc2",
    }  # fmt: skip
    published = {"lm_head.bias": torch.zeros(31), "pair2coord_proj.linear1.weight": torch.zeros(4, 4)}
    for name, value in encoder.state_dict().items():
        if name.startswith("kernels."):
            rows = (1, -1) if name in {"kernels.means", "kernels.stds"} else (-1, 1)
            published[names[name]] = value.reshape(rows)
        elif name.startswith("layers."):
            _, number, part, end = name.split(".")
            published[f"encoder.layers.{number}.{names[part]}.{end}"] = value
        else:
            part, end = name.rsplit(".", 1)
            published[f"{names[part]}.{end}"] = value
    return published


def test_weights_under_published_names_give_the_same_states(encoder: ConformerEncoder, molecule: Conformer) -> None:
    loaded = ConformerEncoder(encoder.config).eval()
    loaded.load_state_dict(translate_conformer_weights(publish(encoder)))
    assert torch.equal(encode(loaded, molecule), encode(encoder, molecule))


def test_foreign_weights_are_named() -> None:
    with pytest.raises(CheckpointError, match=r"gnn\.weight"):
        translate_conformer_weights({"gnn.weight": torch.zeros(1)})
