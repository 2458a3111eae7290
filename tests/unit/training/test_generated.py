from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from anymol.training.corpus import EncodedCorpus
from anymol.training.generated import GenerationValidator

POSITIONS, END, WORD = 40, 1, 5


def make_corpus(*rows: tuple[int, int]) -> EncodedCorpus:
    """Return examples of one task: (tokens of the question, tokens of the answer)."""
    lengths = np.array([prompt + answer for prompt, answer in rows])
    return EncodedCorpus(
        {
            "tokens": np.full(lengths.sum(), WORD),
            "learned": np.concatenate([np.arange(prompt + answer) >= prompt for prompt, answer in rows]).astype("u1"),
            "offsets": np.array([0, *lengths.cumsum()]),
            "task": np.zeros(len(rows), np.uint8),
            "graph_offsets": np.zeros(len(rows) + 1, np.int64),
            "graph_of": np.zeros(0, np.int32),
            "roles": np.zeros(0, np.uint8),
        },
        ("logp",),
    )


class Endless(nn.Module):
    """Writes one word for ever, and notes at how many positions."""

    def __init__(self) -> None:
        super().__init__()
        self.config = SimpleNamespace(placeholder_token_ids={})
        self.device = torch.device("cpu")
        self.reached: list[int] = []

    def generate(self, input_ids: Tensor, max_new_tokens: int, **_: Any) -> Tensor:
        self.reached.append(input_ids.shape[1] + max_new_tokens)
        return torch.cat([input_ids, input_ids.new_full((len(input_ids), max_new_tokens), WORD)], 1)


def test_no_row_is_written_beyond_the_positions_that_the_decoder_has() -> None:
    """One row has a long question and little to write, the other the reverse: together they would reach 46."""
    written: list[int] = []

    def decode(answer: Any) -> str:
        written.append(len(answer))
        return ""

    validator = GenerationValidator(
        make_corpus((10, 2), (2, 10)), ["logp"], per_task=2, positions=POSITIONS, end_id=END, pad_id=0, decode=decode
    )
    model: Any = Endless()
    found = validator.measure(model)
    assert found["logp"].n == 2
    assert max(model.reached) <= POSITIONS
    # Each was nevertheless written to its own limit (and its reference was decoded beside it).
    assert written == [20, 2, 36, 10]
