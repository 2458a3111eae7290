"""Tiny decoders of several families."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn
from transformers import AutoModelForCausalLM, Gemma2Config, GPTNeoXConfig, LlamaConfig, Phi3Config, Qwen2Config

SIZES = {"hidden_size": 32, "intermediate_size": 48, "num_attention_heads": 4, "vocab_size": 64, "num_hidden_layers": 4}
CONFIGS = {
    "llama": lambda: LlamaConfig(**SIZES, num_key_value_heads=2),
    "qwen2": lambda: Qwen2Config(**SIZES, num_key_value_heads=2),
    "gemma2": lambda: Gemma2Config(**SIZES, num_key_value_heads=2, head_dim=8),
    "phi3": lambda: Phi3Config(**SIZES, num_key_value_heads=2, pad_token_id=0),
    "gpt_neox": lambda: GPTNeoXConfig(**SIZES),
}


@pytest.fixture
def make_decoder() -> Callable[..., nn.Module]:
    def make(family: str = "llama", dtype: torch.dtype = torch.float32) -> nn.Module:
        torch.manual_seed(0)
        return AutoModelForCausalLM.from_config(CONFIGS[family]()).to(dtype).eval()

    return make


@pytest.fixture
def ids() -> torch.Tensor:
    return torch.randint(0, 64, (2, 7), generator=torch.Generator().manual_seed(1))


@pytest.fixture
def shake() -> Callable[[object], None]:
    """Move an adapter's weights away from their start."""

    def shake_(adapter: object) -> None:
        generator = torch.Generator().manual_seed(2)
        with torch.no_grad():
            for parameter in adapter.parameters():  # type: ignore[attr-defined]
                parameter.add_(torch.randn(parameter.shape, generator=generator, dtype=torch.float64) * 0.1)

    return shake_
