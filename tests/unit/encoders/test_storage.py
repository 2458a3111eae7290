"""Encoders on their own, in directories."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from anymol.encoders.graph import GraphEncoder, GraphEncoderConfig
from anymol.encoders.storage import ENCODER, load_encoder_states, save_encoder
from anymol.errors import CheckpointError

CONFIG = GraphEncoderConfig(n_layers=2, width=8)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    return save_encoder(GraphEncoder(CONFIG), "graph", tmp_path / "encoder", provenance={"steps": 3})


def test_weights_and_buffers_come_back_and_a_newer_encoder_takes_the_place(saved: Path) -> None:
    encoder = GraphEncoder(CONFIG)
    encoder.norms[0].running_mean += 1  # type: ignore[operator,union-attr]
    save_encoder(encoder, "graph", saved)
    states = load_encoder_states(saved, "graph", CONFIG.model_copy(update={"dropout": 0.5}))
    assert states.keys() == encoder.state_dict().keys()
    assert all(torch.equal(states[name], tensor) for name, tensor in encoder.state_dict().items())
    assert [path.name for path in saved.parent.iterdir()] == ["encoder"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"width": 16}, r"width 8 \(not 16\)"), ({"jk": "sum"}, r"jk last \(not sum\)")],
)
def test_another_config_is_refused(saved: Path, changes: dict[str, object], message: str) -> None:
    with pytest.raises(CheckpointError, match=message):
        load_encoder_states(saved, "graph", CONFIG.model_copy(update=changes))


def test_another_modality_is_refused(saved: Path) -> None:
    with pytest.raises(CheckpointError, match="reads graph, not conformer"):
        load_encoder_states(saved, "conformer", CONFIG)


def test_damage_is_found(saved: Path) -> None:
    weights = saved / "encoder.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with pytest.raises(CheckpointError, match="missing, or not what"):
        load_encoder_states(saved, "graph", CONFIG)
    weights.unlink()
    with pytest.raises(CheckpointError, match="missing, or not what"):
        load_encoder_states(saved, "graph", CONFIG)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema_version": 99, "modality": "graph", "sha256": ""}'])
def test_a_broken_description_is_refused(saved: Path, text: str) -> None:
    (saved / ENCODER.manifest).write_text(text)
    with pytest.raises(CheckpointError, match=r"damaged|schema 99"):
        load_encoder_states(saved, "graph", CONFIG)


def test_other_things_are_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(CheckpointError, match="something else"):
        save_encoder(GraphEncoder(CONFIG), "graph", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
