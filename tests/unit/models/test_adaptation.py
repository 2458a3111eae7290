"""Adapters as parts of a whole model: put in, saved beside a decoder in bf16, read back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from anymol.errors import ConfigError
from anymol.models.adaptation import read_adapters
from anymol.models.checkpoint import load_checkpoint, save_checkpoint
from anymol.models.modeling import AnyMolForCausalLM
from anymol.models.processor import AnyMolProcessor

Make = Callable[..., AnyMolForCausalLM]
METHODS: dict[str, list[dict[str, Any]]] = {
    "lora": [{"kind": "lora", "rank": 2}],
    "gal": [{"kind": "gal", "rank": 2}],
    "omni-mol": [{"kind": "moge", "rank": 2, "experts": 3, "start": "preserving"}, {"kind": "gal", "rank": 2}],
}


def learned(model: AnyMolForCausalLM) -> dict[str, torch.Tensor]:
    return {name: parameter for name, parameter in model.decoder.named_parameters() if parameter.requires_grad}


@pytest.mark.parametrize("configs", METHODS.values(), ids=METHODS)
def test_beside_a_decoder_in_bf16_the_adapter_stays_exact(
    configs: list[dict[str, Any]], make_model: Make, processor: AnyMolProcessor, tmp_path: Path
) -> None:
    model = make_model()
    model.inject_adapter(read_adapters(configs))
    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in learned(model).values():
            parameter.add_(torch.randn_like(parameter) / 3)
    save_checkpoint(tmp_path / "model", model, processor, dtype=torch.bfloat16)
    loaded, _, _ = load_checkpoint(tmp_path / "model")
    kept = dict(loaded.decoder.named_parameters())
    assert learned(model)
    for name, parameter in learned(model).items():
        assert torch.equal(kept[name], parameter), name


def test_a_fresh_adapter_leaves_the_model_as_it_was(
    make_model: Make, processor: AnyMolProcessor, questions: Any, answers: Any
) -> None:
    batch = processor.batch(processor.encode_many(list(zip(questions, answers, strict=True))))
    model = make_model().eval()
    expected = model(**batch).logits
    model.inject_adapter(read_adapters([{"kind": "gal", "rank": 2}]))
    assert torch.equal(model(**batch).logits, expected)


@pytest.mark.parametrize(
    ("configs", "message"),
    [
        ([{"kind": "lora"}, {"kind": "gal"}], "lora stands alone"),
        ([{"kind": "dora"}], "adapters"),
        ([{"kind": "gal", "rnak": 3}], "rnak"),
    ],
)
def test_refuses(configs: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_adapters(configs)
