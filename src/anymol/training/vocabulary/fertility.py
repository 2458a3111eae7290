"""How many tokens a tokenizer makes of texts, and how often it falls back to single letters and bytes."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tokenizers import pre_tokenizers
from transformers import PreTrainedTokenizerFast


@dataclass(frozen=True)
class Fertility:
    """What became of some texts.

    Attributes:
        texts: Their number.
        characters: Their characters.
        tokens: Their tokens.
        fallback: Tokens that are one letter, or one byte of another sign than those of ASCII; single digits, blanks and
            punctuation are tokens by design and do not count.
    """

    texts: int
    characters: int
    tokens: int
    fallback: int

    def to_json(self) -> dict[str, Any]:
        """Return the counts with what follows from them; None where there is nothing to divide by."""
        return {
            "texts": self.texts,
            "characters": self.characters,
            "tokens": self.tokens,
            "characters_per_token": _divide(self.characters, self.tokens),
            "tokens_per_text": _divide(self.tokens, self.texts),
            "fallback_share": _divide(self.fallback, self.tokens),
        }


def measure_fertility(
    tokenizer: PreTrainedTokenizerFast, texts: Sequence[str], *, characters: int | None = None
) -> Fertility:
    """Tokenise texts and count.

    Args:
        tokenizer: The tokenizer.
        texts: The texts, as a model sees them.
        characters: Characters to report where the texts carry marks that are not their own; None counts the texts.
    """
    fallback = _fallback_ids(tokenizer)
    encoded = tokenizer.backend_tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
    n_tokens = sum(len(one.ids) for one in encoded)
    n_fallback = sum(1 for one in encoded for index in one.ids if index in fallback)
    return Fertility(len(texts), sum(map(len, texts)) if characters is None else characters, n_tokens, n_fallback)


def _fallback_ids(tokenizer: PreTrainedTokenizerFast) -> frozenset[int]:
    """Return the ids of single letters and of single bytes beyond ASCII, in the alphabet of byte-level BPE."""
    vocabulary = tokenizer.get_vocab()
    alphabet = [sign for sign in pre_tokenizers.ByteLevel.alphabet() if sign in vocabulary]
    # Printable ASCII stands for itself in that alphabet; the blank and control signs stand at code points from 256 on.
    by_design = {chr(256 + number) for number in range(33)} | set(string.punctuation + string.digits)
    return frozenset(vocabulary[sign] for sign in alphabet if sign not in by_design)


def _divide(whole: int, parts: int) -> float | None:
    return round(whole / parts, 4) if parts else None
