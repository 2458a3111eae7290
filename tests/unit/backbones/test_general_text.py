from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from anymol.backbones.general_text import TextLoss, measure_text, read_general_text
from anymol.errors import ConfigError


class Uniform(nn.Module):
    """A language model that knows nothing: each of V tokens has the chance 1 / V."""

    device = torch.device("cpu")

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size
        self.seen: list[int] = []

    def forward(self, input_ids: torch.Tensor, **_: Any) -> Any:
        assert not self.training
        self.seen.append(input_ids.shape[1])
        return SimpleNamespace(logits=torch.zeros(*input_ids.shape, self.size))


def split(text: str, **_: Any) -> dict[str, list[int]]:
    return {"input_ids": [ord(letter) % 8 for letter in text]}


def test_a_model_that_knows_nothing_is_as_perplexed_as_it_has_tokens() -> None:
    model = Uniform(8).train()
    found = measure_text(model, split, "a" * 25, window=10)
    assert found.tokens == 9 + 9 + 4  # the first token of each window has nothing before it
    assert found.perplexity == pytest.approx(8)
    assert model.seen == [10, 10, 5]
    assert model.training


def test_the_last_window_of_one_token_predicts_nothing() -> None:
    assert measure_text(Uniform(8), split, "a" * 21, window=10).tokens == 18


def test_only_the_first_windows_are_read_where_that_is_asked() -> None:
    assert measure_text(Uniform(8), split, "a" * 100, window=10, windows=2).tokens == 18


def test_a_text_without_a_second_token_is_refused() -> None:
    with pytest.raises(ConfigError, match="fewer than two tokens"):
        measure_text(Uniform(8), split, "a")


def test_a_diverged_model_has_a_finite_perplexity() -> None:
    assert math.isfinite(TextLoss(1e9, 1).perplexity)


def test_the_text_that_ships_is_english_prose() -> None:
    text = read_general_text()
    assert text.startswith("LECTURE I.")
    assert 80_000 < len(text) < 100_000
    assert "candle" in text and "Gutenberg" not in text
