from __future__ import annotations

import pytest
import torch
from torch import nn

from anymol.adapters import GalConfig, inject
from anymol.errors import AdapterError, MergeError


class FakeQuantised(nn.Linear):
    """Keeps its weight in eight bits, as bitsandbytes does."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__(linear.in_features, linear.out_features, bias=False)
        scale = linear.weight.abs().max() / 127
        self.scale = scale.detach()
        self.weight = nn.Parameter((linear.weight / scale).round().to(torch.int8), requires_grad=False)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return nn.functional.linear(input, self.weight.to(input.dtype) * self.scale)


def test_disabled_is_the_frozen_model_also_when_merged(make_decoder, ids, shake):
    model = make_decoder()
    frozen = model(ids).logits
    adapter = inject(model, GalConfig(rank=4))
    shake(adapter)
    adapted = model(ids).logits
    assert not torch.allclose(adapted, frozen, atol=1e-3)
    with adapter.disabled():
        assert torch.equal(model(ids).logits, frozen)
    assert torch.equal(model(ids).logits, adapted)
    adapter.merge()
    merged = model(ids).logits
    torch.testing.assert_close(merged, adapted, atol=1e-5, rtol=1e-5)
    with adapter.disabled():
        assert torch.equal(model(ids).logits, frozen)
    assert torch.equal(model(ids).logits, merged)
    adapter.disable()
    assert torch.equal(model(ids).logits, frozen)


@pytest.mark.parametrize("family", ["llama", "phi3", "gpt_neox"])
def test_unmerge_and_remove_restore_the_bits(make_decoder, ids, shake, family):
    model = make_decoder(family, torch.bfloat16)
    frozen, names = model(ids).logits, list(model.state_dict())
    adapter = inject(model, GalConfig(rank=4))
    shake(adapter)
    adapted = model(ids).logits
    adapter.merge()
    adapter.unmerge()
    assert torch.equal(model(ids).logits, adapted)
    adapter.merge()
    adapter.remove()
    assert torch.equal(model(ids).logits, frozen)
    assert list(model.state_dict()) == names
    assert all(one.requires_grad for one in model.parameters())
    with pytest.raises(AdapterError, match="removed"):
        adapter.enable()


def test_several_adapters_of_which_one_is_active(make_decoder, ids, shake):
    model = make_decoder()
    first = inject(model, GalConfig(rank=4), name="a")
    shake(first)
    alone = model(ids).logits
    second = inject(model, GalConfig(rank=2, targets="q"), name="b")
    assert not any(one.requires_grad for one in first.parameters())
    second.set_active("a")
    assert torch.equal(model(ids).logits, alone)
    assert not any(one.requires_grad for one in second.parameters())
    second.remove()
    assert torch.equal(model(ids).logits, alone)
    with pytest.raises(AdapterError, match="no adapter 'b'"):
        first.set_active("b")


def test_nothing_is_stacked_on_merged_weights(make_decoder):
    model = make_decoder()
    first = inject(model, GalConfig(rank=2), name="a")
    second = inject(model, GalConfig(rank=2), name="b")
    first.merge()
    with pytest.raises(AdapterError, match="'a' is merged"):
        second.enable()
    with pytest.raises(AdapterError, match="'a' is merged"):
        inject(model, GalConfig(rank=2), name="c")


def test_removed_but_kept_merged(make_decoder, ids, shake):
    model = make_decoder()
    adapter = inject(model, GalConfig(rank=4))
    shake(adapter)
    adapted = model(ids).logits
    adapter.remove(keep_merged=True)
    assert not any("variants" in name for name, _ in model.named_modules())
    torch.testing.assert_close(model(ids).logits, adapted, atol=1e-5, rtol=1e-5)


def test_a_quantised_base_runs_trains_and_refuses_to_merge(make_decoder, ids):
    model = make_decoder()
    layer = model.model.layers[2].mlp
    layer.up_proj = FakeQuantised(layer.up_proj)
    frozen = model(ids).logits
    adapter = inject(model, GalConfig(rank=2))
    assert torch.equal(model(ids).logits, frozen)
    model(ids, labels=ids).loss.backward()
    assert adapter.variants["layers.2.mlp.up_proj"].b.grad is not None
    with pytest.raises(MergeError, match=r"layers\.2\.mlp\.up_proj.*quantised"):
        adapter.merge()
    assert not adapter.is_merged
    assert torch.equal(model(ids).logits, frozen)


def test_what_a_method_does_not_offer_is_said(make_decoder):
    adapter = inject(make_decoder(), GalConfig(rank=2))
    with pytest.raises(AdapterError, match="MoGE"):
        adapter.balance_loss()
    with pytest.raises(AdapterError, match="MoRA"), adapter.conditioned_on(torch.zeros(1, 1, 1), torch.ones(1, 1)):
        pass


def test_the_snippet_of_the_public_face_runs(make_decoder, ids, tmp_path):
    from anymol.adapters import load_adapter, save_adapter

    model = make_decoder()
    adapter = inject(model, GalConfig(rank=64))
    optimiser = torch.optim.AdamW(adapter.parameters(), lr=1e-2)
    model(ids, labels=ids).loss.backward()
    optimiser.step()
    learned = model(ids).logits
    save_adapter(adapter, tmp_path / "adapter")
    adapter.remove()
    load_adapter(model, tmp_path / "adapter")
    assert torch.equal(model(ids).logits, learned)
