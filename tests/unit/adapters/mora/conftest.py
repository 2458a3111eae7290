"""A tiny decoder with a MoRA adapter whose B is no longer zero."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, GPTNeoXConfig, LlamaConfig, PreTrainedModel

from anymol.adapters import Adapter, MoraConfig, inject

SIZES: dict[str, Any] = {
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "vocab_size": 40,
}
FAMILIES = {"llama": LlamaConfig(**SIZES, num_key_value_heads=2), "gpt_neox": GPTNeoXConfig(**SIZES)}
STATE_WIDTH = 6
Make = Callable[..., tuple[PreTrainedModel, Adapter]]


@pytest.fixture(params=FAMILIES)
def make(request: pytest.FixtureRequest) -> Make:
    """Return a function that makes a decoder and a trained adapter of given fields."""

    def make_one(*, dtype: torch.dtype = torch.float64, **fields: Any) -> tuple[PreTrainedModel, Adapter]:
        torch.manual_seed(0)
        model = AutoModelForCausalLM.from_config(FAMILIES[request.param]).to(dtype).eval()
        config = MoraConfig(**{"rank": 3, "alpha": 6.0, "state_width": STATE_WIDTH, "width": 8, "every": 2, **fields})
        adapter = inject(model, config)
        with torch.no_grad():
            for name, parameter in adapter.named_parameters():
                if name.endswith(".b") or "role" in name or "molecule" in name:
                    parameter.normal_(std=0.3)
        return model, adapter

    return make_one


@pytest.fixture
def prompt() -> dict[str, torch.Tensor]:
    """Three prompts: one molecule, two molecules of two roles, none."""
    draw = torch.Generator().manual_seed(1)
    return {
        "states": torch.randn(3, 5, STATE_WIDTH, generator=draw, dtype=torch.float64),
        "mask": torch.tensor([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1], [0, 0, 0, 0, 0]], dtype=torch.bool),
        "molecule_index": torch.tensor([[0, 0, 0, 0, 0], [0, 0, 1, 1, 1], [0, 0, 0, 0, 0]]),
        "roles": torch.tensor([[1, 1, 1, 0, 0], [1, 1, 2, 2, 2], [0, 0, 0, 0, 0]]),
    }


@pytest.fixture
def ids() -> torch.Tensor:
    """Three rows of tokens, shape (3, 7)."""
    return torch.randint(0, SIZES["vocab_size"], (3, 7), generator=torch.Generator().manual_seed(2))
