"""Weights in eight bits with a scale per row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from anymol.models.checkpoint import load_checkpoint, save_checkpoint
from anymol.models.modeling import AnyMolForCausalLM
from anymol.models.own_weights import read_own_weights
from anymol.models.packed_weights import pack_weights, unpack_weights
from anymol.models.processor import AnyMolProcessor

Make = Callable[..., AnyMolForCausalLM]


@pytest.fixture
def saved(make_model: Make, processor: AnyMolProcessor, tmp_path: Path) -> Path:
    return save_checkpoint(tmp_path / "model", make_model(), processor)


def test_no_weight_is_off_by_more_than_half_a_step_of_its_row() -> None:
    torch.manual_seed(0)
    matrix = torch.randn(40, 64) * torch.logspace(-6, 3, 40)[:, None]
    found = unpack_weights(pack_weights({"a": matrix}))["a"]
    step = matrix.abs().amax(1, keepdim=True) / 127
    assert ((found - matrix).abs() <= step * 0.5001).all()


def test_whole_multiples_of_the_scale_come_back_exactly() -> None:
    levels = torch.arange(-127, 128).float().repeat(8, 1) * 0.25
    assert torch.equal(unpack_weights(pack_weights({"a": levels}))["a"], levels)


@pytest.mark.parametrize("shape", [(33, 40), (8, 4, 6, 6), (2, 3, 300)])
def test_shapes_are_kept(shape: tuple[int, ...]) -> None:
    packed = pack_weights({"a": torch.randn(shape)})
    assert packed["a"].dtype is torch.int8
    assert packed["a"].shape == torch.Size(shape)
    assert unpack_weights(packed)["a"].shape == torch.Size(shape)


def test_rows_of_nothing_stay_nothing() -> None:
    zeros = torch.zeros(40, 40)
    assert torch.equal(unpack_weights(pack_weights({"a": zeros}))["a"], zeros)


def test_weights_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        pack_weights({"a": torch.full((40, 40), float("nan"))})


def test_what_is_small_or_whole_stays_as_it_is() -> None:
    kept = {"bias": torch.randn(5000), "small": torch.randn(4, 4), "count": torch.arange(4000).reshape(2, 2000)}
    packed = pack_weights(kept)
    assert packed.keys() == kept.keys()
    assert all(packed[name] is tensor for name, tensor in kept.items())


def test_a_packed_model_directory_is_read_as_any_other(saved: Path) -> None:
    before = load_checkpoint(saved)[0].state_dict()
    file = saved / "model.safetensors"
    packed = pack_weights(load_file(file))
    assert any(one.dtype is torch.int8 for one in packed.values())
    save_file(packed, file, metadata={"format": "pt"})
    found = load_checkpoint(saved, verify=False)[0].state_dict()
    expected = unpack_weights(packed)
    assert found.keys() == before.keys()
    assert found.keys() >= expected.keys()
    for name, one in expected.items():
        assert torch.equal(found[name], one)
        assert torch.allclose(one.float(), before[name].float(), atol=0.01 * max(1e-9, float(before[name].abs().max())))


def test_others_are_left_to_transformers(saved: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert read_own_weights(saved) is None
    assert read_own_weights(empty) is None
