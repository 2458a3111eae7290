"""Adapters beside a quantised decoder, where torchao or bitsandbytes is installed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest
import torch
from torch import nn
from transformers import LlamaConfig, LlamaForCausalLM

from anymol.adapters import AdapterConfig, GalConfig, MogeConfig, MoraConfig, export_lora, inject
from anymol.errors import MergeError

IDS = torch.randint(0, 50, (2, 7), generator=torch.Generator().manual_seed(0))
CONFIGS: dict[str, list[AdapterConfig]] = {
    "gal": [GalConfig(rank=4)],
    "omni-mol": [MogeConfig(rank=4, start="preserving"), GalConfig(rank=4)],
    "mora": [MoraConfig(rank=4, state_width=6, width=16, every=2)],
}


def quantise_torchao(model: nn.Module) -> None:
    """Weight-only int8, as a tensor subclass inside ``nn.Linear``."""
    quantization = pytest.importorskip("torchao.quantization", reason="torchao is not installed", exc_type=ImportError)
    quantization.quantize_(
        model,
        quantization.Int8WeightOnlyConfig(),
        filter_fn=lambda module, name: isinstance(module, nn.Linear) and "lm_head" not in name,
    )


def quantise_bitsandbytes(model: nn.Module) -> None:
    """NF4, as QLoRA has it: a subclass of ``nn.Linear``."""
    bitsandbytes = pytest.importorskip("bitsandbytes", reason="bitsandbytes is not installed")
    for name, module in list(model.named_modules()):
        if isinstance(module, nn.Linear) and "lm_head" not in name:
            small = bitsandbytes.nn.Linear4bit(module.in_features, module.out_features, bias=False, quant_type="nf4")
            small.load_state_dict(module.state_dict())
            parent, _, last = name.rpartition(".")
            setattr(model.get_submodule(parent), last, small.to("cpu"))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("quantise", [quantise_torchao, quantise_bitsandbytes])
@pytest.mark.parametrize("configs", CONFIGS.values(), ids=CONFIGS)
def test_trains_and_refuses_to_merge(
    quantise: Callable[[nn.Module], None], configs: list[AdapterConfig], tmp_path: Path
) -> None:
    torch.manual_seed(0)
    sizes = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 4, "num_attention_heads": 4}
    model = LlamaForCausalLM(LlamaConfig(**sizes, num_key_value_heads=2, vocab_size=50))
    quantise(model)
    with torch.no_grad():
        frozen = model(IDS).logits
    adapter = inject(model, configs)
    scope = nullcontext()
    if isinstance(configs[0], MoraConfig):
        scope = adapter.conditioned_on(torch.randn(2, 5, 6), torch.ones(2, 5, dtype=torch.bool))
    with scope:
        found = model(IDS).logits
        torch.testing.assert_close(found, frozen, rtol=1e-4, atol=1e-5)
        found.square().mean().backward()
    for name, parameter in adapter.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.dtype is torch.float32, name
    with pytest.raises(MergeError):
        adapter.merge()
    with pytest.raises(MergeError):
        export_lora(adapter, tmp_path / "lora")
    adapter.remove()
    assert torch.equal(model(IDS).logits, frozen)
