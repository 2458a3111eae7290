from __future__ import annotations

import copy

import pytest
import torch
from torch import nn
from transformers import AutoConfig, AutoModelForCausalLM

from anymol.adapters import GalConfig, Layers, MogeConfig, MoraConfig, Projection, Role, get_adapter, inject
from anymol.errors import AdapterError, ConfigError


@pytest.mark.parametrize("family", ["llama", "qwen2", "gemma2", "phi3", "gpt_neox"])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16], ids=str)
def test_a_fresh_adapter_changes_no_bit_and_trains_alone(make_decoder, ids, family, dtype):
    model = make_decoder(family, dtype)
    frozen = model(ids).logits
    adapter = inject(model, GalConfig(rank=4))
    assert torch.equal(model(ids).logits, frozen)
    mine = set(adapter.parameters())
    assert {one for one in model.parameters() if one.requires_grad} == mine
    wanted = torch.float64 if dtype is torch.float64 else torch.float32
    assert {one.dtype for one in mine} == {wanted}
    model(ids, labels=ids).loss.backward()
    assert all(one.grad is not None for one in mine)


def test_first_match_takes_a_place_and_the_head_is_left_alone(make_decoder):
    adapter = inject(
        make_decoder(),
        [GalConfig(rank=2, targets=[Role.ATTENTION_IN], layers=Layers.of(0)), GalConfig(rank=4)],
    )
    assert len(adapter.variants) == 28
    assert adapter.variants["layers.0.self_attn.q_proj"].rank == 2
    assert adapter.variants["layers.1.self_attn.q_proj"].rank == 4
    assert not any("head" in name for name in adapter.variants)


@pytest.mark.parametrize(
    ("targets", "places"), [("q", 4), ("ffn-in", 8), ([Projection.Q, Role.FFN_OUT], 8), (r"layers\.3\..*_proj", 7)]
)
def test_targets(make_decoder, targets, places):
    assert len(inject(make_decoder(), GalConfig(rank=2, targets=targets)).variants) == places


def test_a_model_inside_another_keeps_its_names(make_decoder):
    inner = make_decoder()
    outer = nn.ModuleDict({"decoder": inner})
    adapter = inject(outer["decoder"], GalConfig(rank=2))
    assert "layers.0.mlp.down_proj.a" in dict(adapter.named_parameters())
    assert any(one.requires_grad for one in outer.parameters())


def test_injects_on_the_meta_device(make_decoder):
    config = make_decoder().config
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config)
    assert all(one.is_meta for one in inject(model, GalConfig(rank=2)).parameters())


@pytest.mark.parametrize("name", ["", "a.b", "keys", "base", "a b"])
def test_impossible_names_are_refused(make_decoder, name):
    with pytest.raises(AdapterError, match="cannot be named"):
        inject(make_decoder(), GalConfig(rank=2), name=name)


def test_refusals_leave_the_model_as_it_was(make_decoder):
    model = make_decoder()
    before = [name for name, _ in model.named_modules()]
    with pytest.raises(ConfigError):
        inject(model, GalConfig(rank=2, layers=[9]))
    with pytest.raises(AdapterError, match="free"):
        inject(model, [GalConfig(rank=2), GalConfig(rank=2, targets="q")])
    with pytest.raises(AdapterError, match="free"):
        inject(model, GalConfig(rank=2, targets="no_such_name"))
    assert [name for name, _ in model.named_modules()] == before
    assert all(one.requires_grad for one in model.parameters())


def test_a_name_is_given_once(make_decoder):
    model = make_decoder()
    inject(model, GalConfig(rank=2))
    with pytest.raises(AdapterError, match="already"):
        inject(model, GalConfig(rank=2))


MOE = {"hidden_size": 32, "intermediate_size": 48, "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 64,
       "num_hidden_layers": 2}  # fmt: skip


@pytest.mark.parametrize(
    ("family", "fields"),
    [
        ("mixtral", {"num_local_experts": 2}),
        ("qwen3_moe", {"num_experts": 2, "num_experts_per_tok": 1, "moe_intermediate_size": 16, "head_dim": 8}),
    ],
)
def test_beside_fused_experts_attention_alone_is_adapted(family, fields, ids):
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(family, **MOE, **fields)).eval()
    before = model(ids).logits
    adapter = inject(model, GalConfig(rank=2))
    assert {place.split(".")[-1] for place in adapter.variants} == {"q_proj", "k_proj", "v_proj", "o_proj"}
    assert torch.equal(model(ids).logits, before)
    adapter.remove()
    with pytest.raises(AdapterError, match=r"as a module of its own.*it has q, k, v, o"):
        inject(model, MogeConfig(rank=2))
    assert torch.equal(model(ids).logits, before)


def test_a_copy_of_a_model_has_handles_of_its_own(make_decoder, shake, ids):
    model = make_decoder()
    adapter = inject(model, MoraConfig(rank=2, state_width=16, width=8, every=1))
    shake(adapter)
    twin = copy.deepcopy(model)
    mine, its = get_adapter(model), get_adapter(twin, "default")
    assert mine is adapter is not its
    states, mask = torch.randn(2, 3, 16), torch.ones(2, 3, dtype=torch.bool)
    with mine.conditioned_on(states, mask):
        expected, apart = model(ids).logits, twin(ids).logits
    with its.conditioned_on(states, mask):
        found = twin(ids).logits
    assert torch.equal(found, expected) and not torch.equal(apart, expected)
    adapter.remove()
    with pytest.raises(AdapterError, match="no such adapter"):
        get_adapter(model)
