from __future__ import annotations

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from anymol.adapters import GalConfig, inject, load_adapter, save_adapter
from anymol.errors import AdapterError
from anymol.files import hash_file


@pytest.fixture
def saved(make_decoder, shake, tmp_path):
    model = make_decoder()
    adapter = inject(model, [GalConfig(rank=2, targets="q", learns=["beta"]), GalConfig(rank=4, start="rslora")])
    shake(adapter)
    save_adapter(adapter, tmp_path / "adapter")
    return model, adapter, tmp_path / "adapter"


def rewrite(directory, change_tensors=None, **fields):
    path = directory / "adapter.safetensors"
    if change_tensors is not None:
        tensors = load_file(path)
        change_tensors(tensors)
        save_file(tensors, path)
        fields["sha256"] = hash_file(path)
    described = json.loads((directory / "adapter.json").read_text())
    del described["checksum"]  # as those have none that were written before there were any
    (directory / "adapter.json").write_text(json.dumps({**described, **fields}))


def test_loads_to_the_same_bits_also_over_itself(saved, make_decoder, ids):
    model, adapter, directory = saved
    save_adapter(adapter, directory)
    fresh = make_decoder()
    loaded = load_adapter(fresh, directory)
    assert loaded.configs == adapter.configs
    assert torch.equal(fresh(ids).logits, model(ids).logits)


NAME = "layers.0.mlp.up_proj.a"


@pytest.mark.parametrize(
    ("change", "fields", "said"),
    [
        (lambda t: t.pop(NAME), {}, NAME),
        (lambda t: t.update(more=torch.zeros(1)), {}, "more"),
        (lambda t: t.update({NAME: torch.zeros(4, 5)}), {}, "shape"),
        (None, {"schema_version": 2}, "2"),
        (None, {"sha256": "0"}, "missing, or not what"),
        (None, {"surprise": 1}, "surprise"),
        (None, {"n_layers": 5}, "n_layers"),
    ],
)
def test_a_damaged_adapter_is_refused_and_the_model_left(saved, make_decoder, change, fields, said):
    _, _, directory = saved
    rewrite(directory, change, **fields)
    model = make_decoder()
    names = list(model.state_dict())
    with pytest.raises(AdapterError, match=said):
        load_adapter(model, directory)
    assert list(model.state_dict()) == names


def test_another_family_is_refused(saved, make_decoder):
    with pytest.raises(AdapterError, match="llama"):
        load_adapter(make_decoder("qwen2"), saved[2])


def test_other_files_are_never_lost(saved, tmp_path):
    _, adapter, _ = saved
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(AdapterError, match="other files"):
        save_adapter(adapter, tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_a_decoder_with_other_weights_is_refused(saved, make_decoder):
    directory = saved[2]
    other = make_decoder()
    with torch.no_grad():
        other.get_input_embeddings().weight.add_(1)
    with pytest.raises(AdapterError, match="other weights"):
        load_adapter(other, directory)
    load_adapter(other, directory, any_base=True)
    half = make_decoder().bfloat16()
    load_adapter(half, directory)  # the same decoder, stored in less


def test_weights_of_the_decoder_that_learn_too_are_not_lost_silently(saved):
    model, adapter, directory = saved
    model.get_input_embeddings().requires_grad_(True)
    with pytest.raises(AdapterError, match=r"embed_tokens\.weight learns too"):
        save_adapter(adapter, directory)
