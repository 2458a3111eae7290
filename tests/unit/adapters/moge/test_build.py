"""MoGE in whole decoders."""

from __future__ import annotations

import copy

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel

from anymol.adapters.adapter import Adapter
from anymol.adapters.gal.config import GalConfig, Scalar
from anymol.adapters.injection import inject
from anymol.adapters.moge.config import MogeConfig
from anymol.adapters.moge.router import Start
from anymol.errors import AdapterError

FAMILIES = ("llama", "phi3", "gpt_neox", "gemma2", "qwen3")


def make_model(family: str = "llama", n_layers: int = 4, dtype: torch.dtype = torch.float32) -> PreTrainedModel:
    settings = {"head_dim": 8} if family in {"gemma2", "qwen3"} else {}
    config = AutoConfig.for_model(
        family,
        vocab_size=50,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=n_layers,
        num_attention_heads=4,
        num_key_value_heads=4 if family == "gpt_neox" else 2,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        **settings,
    )
    torch.manual_seed(0)
    return AutoModelForCausalLM.from_config(config, dtype=dtype, attn_implementation="eager").eval()


def wake(adapter: Adapter) -> None:
    """Give B, which is zero at the start, values."""
    torch.manual_seed(3)
    with torch.no_grad():
        for name, parameter in adapter.named_parameters():
            if name.endswith(".b"):
                parameter.normal_(0, 0.3)


IDS = torch.tensor([[5, 6, 7, 8, 9, 10], [11, 12, 13, 14, 0, 0]])
MASK = (IDS != 0).long()


@pytest.mark.parametrize("family", FAMILIES)
def test_fresh_preserving_adapter_changes_nothing(family: str) -> None:
    model = make_model(family)
    before = model(IDS, attention_mask=MASK).logits
    adapter = inject(model, MogeConfig(rank=4, start=Start.PRESERVING, layers="all"))
    torch.testing.assert_close(model(IDS, attention_mask=MASK).logits, before, rtol=0, atol=1e-6)
    wake(adapter)
    assert not torch.allclose(model(IDS, attention_mask=MASK).logits, before, atol=1e-3)
    adapter.remove()
    assert torch.equal(model(IDS, attention_mask=MASK).logits, before)
    assert not model.get_decoder()._forward_pre_hooks


def test_fresh_published_adapter_multiplies_the_block() -> None:
    model = make_model(n_layers=1)
    frozen = copy.deepcopy(model).get_decoder().layers[0].mlp
    inject(model, MogeConfig(rank=4))
    block = model.get_decoder().layers[0].mlp
    x = torch.randn(1, 5, 32)
    p = torch.softmax(x @ block.variants["default"].router.weight.T, -1).topk(2).values.sum(-1, keepdim=True)
    torch.testing.assert_close(block(x), (1 + p) * frozen(x), rtol=0, atol=1e-6)


def test_last_quarter_and_what_is_left_for_another_method() -> None:
    model = make_model()
    adapter = inject(model, [MogeConfig(rank=4), GalConfig(rank=4)])
    assert [block.layer for block in adapter.blocks] == [3]
    inside = [name for name in adapter.variants if name.startswith("layers.3.mlp")]
    assert inside == ["layers.3.mlp"]


def test_the_method_of_linear_maps_first_is_refused() -> None:
    with pytest.raises(AdapterError, match="has claimed"):
        inject(make_model(), [GalConfig(rank=4), MogeConfig(rank=4)])


def test_scalars_that_do_not_learn_are_kept() -> None:
    adapter = inject(make_model(), MogeConfig(rank=4, learns={Scalar.BETA}))
    names = {name.rpartition(".")[2] for name, _ in adapter.named_parameters()}
    assert names == {"a", "b", "beta", "weight"}
    assert any(name.endswith("alpha") for name in adapter.state_dict())


def gradients(adapter: Adapter, model: PreTrainedModel, *batches: torch.Tensor) -> dict[str, torch.Tensor]:
    """Gradients of losses that are all differentiated after the last forward."""
    losses = []
    for ids in batches:
        losses.append(model(ids, attention_mask=(ids != 0).long()).logits.square().mean())
    sum(losses).backward()
    found = {name: parameter.grad.clone() for name, parameter in adapter.named_parameters()}
    model.zero_grad()
    return found


@pytest.mark.filterwarnings("ignore:.*gradient_checkpointing.* is deprecated:FutureWarning")
@pytest.mark.parametrize("family", ["llama", "gpt_neox"])
@pytest.mark.parametrize("reentrant", [False, True])
def test_checkpointing_gives_the_same_gradients_and_statistics(family: str, reentrant: bool) -> None:
    """Two forwards lie before the backward, with unlike padding: each must be run again with its own mask."""
    model = make_model(family, dtype=torch.float64).train()
    adapter = inject(model, [MogeConfig(rank=4, layers="all", balance_weight=1.0), GalConfig(rank=4)])
    wake(adapter)
    batches = (IDS, torch.tensor([[5, 0, 0, 0, 0, 0], [16, 17, 18, 19, 20, 0]]))
    with adapter.recording("naming"):
        plain = gradients(adapter, model, *batches)
    counted = adapter.router_statistics()
    assert {record.n_tokens for record in counted} == {16}
    model.gradient_checkpointing_enable({"use_reentrant": reentrant})
    model.enable_input_require_grads()
    with adapter.recording("naming"):
        again = gradients(adapter, model, *batches)
    assert adapter.router_statistics() == counted
    for name, value in plain.items():
        torch.testing.assert_close(again[name], value, rtol=1e-9, atol=1e-12)


def test_padding_takes_no_part_in_the_balance_loss() -> None:
    model = make_model().train()
    adapter = inject(model, MogeConfig(rank=4, layers=[0]))
    model(IDS[1:], attention_mask=MASK[1:])
    padded = adapter.balance_loss()
    model(IDS[1:, :4])
    torch.testing.assert_close(adapter.balance_loss(), padded)
    model(IDS[1:])
    counted = adapter.balance_loss()
    assert not torch.allclose(counted, padded)
    with adapter.masked(MASK[1:].bool()):
        model(IDS[1:])
    torch.testing.assert_close(adapter.balance_loss(), padded)


def test_statistics_are_off_unless_asked_for() -> None:
    model = make_model()
    adapter = inject(model, MogeConfig(rank=4, layers=[1, 3]))
    model(IDS, attention_mask=MASK)
    assert adapter.router_statistics() == []
    with adapter.recording("captioning"):
        model(IDS, attention_mask=MASK)
    records = adapter.router_statistics()
    assert [(record.layer, record.label, record.n_tokens) for record in records] == [
        (1, "captioning", 10),
        (3, "captioning", 10),
    ]
    assert sum(records[0].routed) == pytest.approx(1)


@pytest.mark.parametrize("cache", ["dynamic", "static"])
@pytest.mark.parametrize("beams", [1, 3])
def test_generation_with_a_cache_equals_generation_without(cache: str, beams: int) -> None:
    model = make_model()
    wake(inject(model, [MogeConfig(rank=4, layers="all"), GalConfig(rank=4)]))
    prompt = {"input_ids": IDS.flip(1), "attention_mask": MASK.flip(1)}
    settings = {"max_new_tokens": 6, "min_new_tokens": 6, "do_sample": False, "num_beams": beams}
    # `disable_compile` keeps transformers from compiling the static cache's decoding step in this test.
    cached = model.generate(**prompt, **settings, cache_implementation=cache, disable_compile=True)
    assert torch.equal(cached, model.generate(**prompt, **settings, use_cache=False))


def test_a_decoder_on_the_meta_device() -> None:
    with torch.device("meta"):
        model = make_model()
    adapter = inject(model, MogeConfig(rank=4))
    assert all(parameter.is_meta for parameter in adapter.parameters())


@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")
def test_whole_decoder_compiles_to_one_graph() -> None:
    model = make_model(n_layers=2, dtype=torch.float64).train()
    adapter = inject(model, [MogeConfig(rank=4), GalConfig(rank=4)])
    wake(adapter)
    plain = gradients(adapter, model, IDS)
    balance = adapter.balance_loss()
    torch._dynamo.reset()
    compiled = torch.compile(model, fullgraph=True, backend="aot_eager")
    got = gradients(adapter, compiled, IDS)
    for name, value in plain.items():
        torch.testing.assert_close(got[name], value, rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(adapter.balance_loss(), balance)


def test_a_copied_decoder_has_a_scope_of_its_own() -> None:
    model = make_model()
    adapter = inject(model, MogeConfig(rank=4, layers=[0]))
    copied = copy.deepcopy(model)
    scope = copied.get_decoder().layers[0].mlp.variants["default"].scope
    with adapter.recording("one"), scope.recording("other"):
        copied(IDS)
    assert adapter.router_statistics() == []
    assert copied.get_decoder().layers[0].mlp.variants["default"].statistics.read(0)[0].label == "other"
