"""Tiny decoders with weights that a mistake in any of them would show."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel

VOCABULARY = 61
SIZES = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 128,
    "initializer_range": 0.4,
    "bos_token_id": 0,
    "eos_token_id": 2,
    "pad_token_id": 0,
}


def make_decoder(model_type: str, seed: int = 0, **fields: Any) -> PreTrainedModel:
    """Return a random decoder whose norms and biases are not the ones and zeros that they begin as."""
    torch.manual_seed(seed)
    config = AutoConfig.for_model(model_type, **{**SIZES, **fields})
    decoder: PreTrainedModel = AutoModelForCausalLM.from_config(config)
    for name, parameter in decoder.named_parameters():
        if "norm" in name:
            torch.nn.init.uniform_(parameter, 0.5, 1.5)
        if name.endswith("bias"):
            torch.nn.init.normal_(parameter)
    return decoder.eval()


@pytest.fixture
def make() -> Any:
    """Makes a tiny decoder of a family."""
    return make_decoder
