"""How well a language model reads plain English: perplexity, for a backbone as it came and after it was trained.

The text that ships is the first half of M. Faraday, "The Chemical History of a Candle" (1861), in the public domain:
about 20,000 tokens. Figures compare only on the same text, cut in the same way.
"""

from __future__ import annotations

import gzip
import math
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch.nn.functional import cross_entropy

from anymol.errors import ConfigError
from anymol.shipped import read_shipped

WINDOW: Final = 1024
"""Tokens that are read at once; none is seen from the next window."""

SHIPPED_TEXT: Final = "backbones/general_text.txt.gz"


@dataclass(frozen=True)
class TextLoss:
    """How well a text was read.

    Attributes:
        nats: Sum of the cross-entropies of the predicted tokens.
        tokens: Predicted tokens: all but the first of each window.
    """

    nats: float
    tokens: int

    @property
    def loss(self) -> float:
        """Mean cross-entropy per predicted token, in nats."""
        return self.nats / self.tokens

    @property
    def perplexity(self) -> float:
        """Exp of the mean cross-entropy per predicted token."""
        return to_perplexity(self.loss)


def to_perplexity(loss: float) -> float:
    """Return the perplexity of a mean cross-entropy per token, in nats."""
    return math.exp(min(loss, 700.0))  # beyond, a model that diverged would end in an overflow


def read_general_text() -> str:
    """Return the English text that comes with the package."""
    return gzip.decompress(read_shipped(SHIPPED_TEXT)).decode("utf-8")


@torch.no_grad()
def measure_text(
    model: Any, tokenizer: Any, text: str, *, window: int = WINDOW, windows: int | None = None
) -> TextLoss:
    """Measure a causal language model on a text.

    The text becomes tokens once, as a whole; then it is cut into windows, the last one shorter.

    Args:
        model: Any causal language model of transformers, or one of anymol; it is put in evaluation mode while it reads.
        tokenizer: Its tokenizer.
        text: Plain text.
        window: Tokens that are read at once, at most what the model has positions for.
        windows: How many windows are read from the beginning; None for all.

    Raises:
        ConfigError: The text is shorter than two tokens.
    """
    ids = tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
    if len(ids) < 2:
        raise ConfigError("a text of fewer than two tokens has no perplexity", value=text)
    nats, tokens = 0.0, 0
    was_training = model.training
    model.eval()
    try:
        for start in range(0, len(ids), window)[:windows]:
            piece = torch.tensor([ids[start : start + window]], device=model.device)
            if piece.shape[1] < 2:
                continue
            logits = model(input_ids=piece, use_cache=False).logits[0, :-1].float()
            nats += cross_entropy(logits, piece[0, 1:], reduction="sum").item()
            tokens += piece.shape[1] - 1
    finally:
        model.train(was_training)
    return TextLoss(nats, tokens)
