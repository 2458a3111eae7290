"""A decoder that carries an adapter is read again by whoever knows nothing of adapters, and by those who do."""

from __future__ import annotations

import copy

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from anymol.adapters import GalConfig, MogeConfig, MoraConfig, inject, load_adapter
from anymol.errors import AdapterError

METHODS = {
    "gal": [GalConfig(rank=2)],
    "omni-mol": [MogeConfig(rank=2, experts=2, layers=[1]), GalConfig(rank=2)],
    "mora": [MoraConfig(rank=2, state_width=16, width=8, every=1, targets=["q", "m"])],
}


@pytest.fixture(params=METHODS.values(), ids=METHODS)
def adapted(request, make_decoder, shake):
    model = make_decoder()
    adapter = inject(model, request.param)
    shake(adapter)
    return model, adapter


def read(model, ids):
    with torch.no_grad():
        return model.eval()(ids).logits


def test_the_names_of_the_decoder_are_those_it_had(adapted, make_decoder):
    model, _ = adapted
    plain = make_decoder().state_dict()
    state = model.state_dict()
    assert plain.keys() <= state.keys()
    assert all(torch.equal(state[name], plain[name]) for name in plain)
    assert all(".variants.default." in name or "adapter_networks." in name for name in state.keys() - plain.keys())


def test_a_saved_decoder_is_read_plainly_and_takes_its_adapter_again(adapted, make_decoder, ids, tmp_path):
    model, adapter = adapted
    model.save_pretrained(tmp_path)
    plain = AutoModelForCausalLM.from_pretrained(tmp_path)
    assert torch.equal(read(plain, ids), read(make_decoder(), ids))
    again = load_adapter(plain, tmp_path)
    assert again.configs == adapter.configs
    assert torch.equal(read(plain, ids), read(model, ids))
    expected = adapter.state_dict()
    assert again.state_dict().keys() == expected.keys()
    assert all(torch.equal(value, expected[name]) for name, value in again.state_dict().items())


def test_a_state_dict_is_loaded_where_it_came_from(adapted, make_decoder, shake, ids):
    model, adapter = adapted
    state, logits = copy.deepcopy(model.state_dict()), read(model, ids)
    shake(adapter)
    assert not all(torch.equal(state[name], value) for name, value in model.state_dict().items())
    result = model.load_state_dict(state)
    assert not result.missing_keys and not result.unexpected_keys
    assert torch.equal(read(model, ids), logits)


def test_without_its_adapter_a_model_is_saved_as_it_was(adapted, make_decoder, tmp_path):
    model, adapter = adapted
    adapter.remove()
    model.save_pretrained(tmp_path / "after")
    make_decoder().save_pretrained(tmp_path / "before")
    after, before = (load_file(tmp_path / name / "model.safetensors") for name in ("after", "before"))
    assert after.keys() == before.keys()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    assert "anymol_adapters" not in (tmp_path / "after" / "config.json").read_text()
    with pytest.raises(AdapterError, match=r"adapter\.json"):
        load_adapter(make_decoder(), tmp_path / "after")


def test_a_merged_adapter_is_not_offered_a_second_time(make_decoder, shake, ids, tmp_path):
    model = make_decoder()
    adapter = inject(model, GalConfig(rank=2))
    shake(adapter)
    adapter.merge()
    model.save_pretrained(tmp_path / "merged")
    plain = AutoModelForCausalLM.from_pretrained(tmp_path / "merged")
    assert torch.equal(read(plain, ids), read(model, ids))
    with pytest.raises(AdapterError, match=r"adapter\.json"):
        load_adapter(plain, tmp_path / "merged")
    adapter.unmerge()
    model.save_pretrained(tmp_path / "apart")
    plain = AutoModelForCausalLM.from_pretrained(tmp_path / "apart")
    load_adapter(plain, tmp_path / "apart")
    assert torch.equal(read(plain, ids), read(model, ids))


def test_of_several_adapters_one_is_named(make_decoder, shake, ids, tmp_path):
    model = make_decoder()
    for name in ("first", "second"):
        shake(inject(model, GalConfig(rank=2), name=name))
    model.save_pretrained(tmp_path)
    plain = AutoModelForCausalLM.from_pretrained(tmp_path)
    with pytest.raises(AdapterError, match="first, second"):
        load_adapter(plain, tmp_path)
    load_adapter(plain, tmp_path, name="second")
    assert torch.equal(read(plain, ids), read(model, ids))


def test_a_copy_of_a_model_saves_under_plain_names_too(adapted, make_decoder):
    model, _ = adapted
    twin = copy.deepcopy(model)
    assert twin.state_dict().keys() == model.state_dict().keys()


def test_the_adapter_of_another_decoder_of_the_form_is_refused(adapted, make_decoder, tmp_path):
    model, _ = adapted
    model.save_pretrained(tmp_path)
    other = make_decoder()
    with torch.no_grad():
        other.get_input_embeddings().weight.add_(1)
    names = list(other.state_dict())
    with pytest.raises(AdapterError, match="other weights"):
        load_adapter(other, tmp_path)
    assert list(other.state_dict()) == names
    load_adapter(other, tmp_path, any_base=True)
    load_adapter(make_decoder().bfloat16(), tmp_path)  # the same decoder, stored in less
