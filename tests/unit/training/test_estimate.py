from __future__ import annotations

from typing import Any

import pytest
import torch

from anymol.recipe import parse_recipe
from anymol.training import estimate as estimating
from anymol.training.plan import TrainingPlan


def test_steps_are_timed_in_the_arithmetic_and_with_the_attention_of_the_stage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = []
    compute = estimating.compute_target_logits

    def look(wrapped: Any, model: Any, batch: Any, precision: Any) -> torch.Tensor:
        seen.append((model.get_input_embeddings().weight.dtype, batch.attention_mask.dtype))
        return compute(wrapped, model, batch, precision)

    monkeypatch.setattr(estimating, "compute_target_logits", look)
    stage = {"stage": "pretrain", "steps": 10, "batch_tokens": 256, "row_length": 128}
    plan = parse_recipe(
        {
            "name": "timed", "data": {"components": [{"kind": "properties", "builtin": True}]}, "threads": 1,
            "tokenizer": {"vocab_size": 320},
            "model": {
                "decoder": {"kind": "fresh", "size": {"hidden_size": 32, "n_layers": 1, "n_heads": 2, "ffn_size": 32}}
            },
            "stages": [{**stage, "precision": "bf16_weights"}, {**stage, "precision": "fp32"}],
        }
    )  # fmt: skip
    assert isinstance(plan, TrainingPlan)
    found = estimating.estimate(plan, seconds=0.0)
    assert [one.tokens for one in found.stages] == [2560, 2560]
    mask = torch.int64 if torch.device(found.device).type == "cpu" else torch.bool
    assert seen == [(torch.bfloat16, mask)] * 2 + [(torch.float32, mask)] * 2
