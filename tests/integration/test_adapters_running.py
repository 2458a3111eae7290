"""An adapter under checkpointing, compilation and generation."""

from __future__ import annotations

import shutil

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from anymol.adapters import Adapter, GalConfig, inject


@pytest.fixture
def adapted() -> tuple[LlamaForCausalLM, Adapter]:
    torch.manual_seed(0)
    config = LlamaConfig(
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        vocab_size=64,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=0,
    )
    model = LlamaForCausalLM(config)
    adapter = inject(model, GalConfig(rank=4))
    with torch.no_grad():
        for parameter in adapter.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return model, adapter


IDS = torch.randint(3, 64, (2, 6), generator=torch.Generator().manual_seed(1))


@pytest.mark.filterwarnings("ignore:`gradient_checkpointing_enable` is deprecated:FutureWarning")
@pytest.mark.parametrize("reentrant", [False, True])
def test_checkpointing_gives_the_same_gradient(adapted, reentrant):
    model, adapter = adapted
    model.train()
    model(IDS, labels=IDS).loss.backward()
    plain = {name: one.grad.clone() for name, one in adapter.named_parameters()}
    model.zero_grad()
    model.gradient_checkpointing_enable({"use_reentrant": reentrant})
    # The embeddings are frozen: the reentrant form needs an input that asks for a gradient, as with PEFT.
    model.enable_input_require_grads()
    model(IDS, labels=IDS).loss.backward()
    for name, one in adapter.named_parameters():
        torch.testing.assert_close(one.grad, plain[name])


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="torch.compile needs a C++ compiler")
def test_compiles_without_a_graph_break(adapted):
    model, adapter = adapted
    plain = model.model(IDS, use_cache=False).last_hidden_state
    plain.sum().backward()
    grads = {name: one.grad.clone() for name, one in adapter.named_parameters()}
    model.zero_grad()
    compiled = torch.compile(model.model, fullgraph=True)(IDS, use_cache=False).last_hidden_state
    torch.testing.assert_close(compiled, plain, atol=1e-5, rtol=1e-5)
    compiled.sum().backward()
    for name, one in adapter.named_parameters():
        torch.testing.assert_close(one.grad, grads[name], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("cache", ["dynamic", "static"])
@pytest.mark.parametrize("beams", [1, 3])
def test_generates_as_the_merged_model_does(adapted, cache, beams):
    model, adapter = adapted
    model.eval()
    options = {
        "attention_mask": torch.ones_like(IDS),
        "max_new_tokens": 5,
        "do_sample": False,
        "num_beams": beams,
        "cache_implementation": cache,
        "disable_compile": True,
    }
    beside = model.generate(IDS, **options)
    adapter.merge()
    assert torch.equal(model.generate(IDS, **options), beside)
