from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from anymol.models.loss import IGNORED
from anymol.training.corpus import EncodedCorpus
from anymol.training.packing import TARGET_STEP, collate_rows, pack_rows

LENGTHS = st.lists(st.integers(1, 64), max_size=80)


def build_corpus(lengths: list[int], *, answer: int = 1, task: int = 0) -> EncodedCorpus:
    """Examples of tokens 1, 2, 3, ... whose last `answer` tokens carry loss."""
    offsets = np.concatenate([[0], np.cumsum(np.asarray(lengths, dtype=np.int64))])
    learned = [np.arange(length) >= length - answer for length in lengths]
    return EncodedCorpus(
        {
            "tokens": np.concatenate([np.arange(1, length + 1) for length in lengths]).astype(np.uint16),
            "learned": np.concatenate(learned).astype(np.uint8),
            "offsets": offsets,
            "task": np.full(len(lengths), task, np.uint8),
        },
        ("logp",),
    )


@given(LENGTHS)
def test_every_example_stands_in_one_row_whole(lengths: list[int]) -> None:
    rows = pack_rows(np.asarray(lengths, dtype=np.int64), 64)
    assert sorted(index for row in rows for index in row) == list(range(len(lengths)))
    assert all(0 < sum(lengths[index] for index in row) <= 64 for row in rows)


def test_rows_are_nearly_full() -> None:
    lengths = np.random.default_rng(0).gamma(4.0, 20.0, size=2048).astype(int).clip(8, 256)
    rows = pack_rows(lengths, 256)
    assert lengths.sum() / (256 * len(rows)) > 0.9


def test_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        pack_rows(np.array([5, 65]), 64)


def test_collate_by_hand() -> None:
    corpus = build_corpus([3, 2, 4], answer=2)
    batch = collate_rows(corpus, [(0, 1), (2,)], 6, pad_id=0, n_rows=3)
    assert batch.input_ids.tolist() == [[1, 2, 3, 1, 2, 0], [1, 2, 3, 4, 0, 0], [0] * 6]
    assert batch.position_ids[0].tolist() == [0, 1, 2, 0, 1, 0]
    # Example 1 has two learned tokens, but nothing precedes the first of them.
    assert batch.n_targets == 2 + 1 + 2
    assert batch.predict_at[: batch.n_targets].tolist() == [0, 1, 3, 7, 8]
    assert batch.targets[: batch.n_targets].tolist() == [2, 3, 2, 3, 4]
    assert batch.target_example.tolist() == [0, 0, 1, 2, 2]
    assert len(batch.targets) == TARGET_STEP
    assert set(batch.targets[batch.n_targets :].tolist()) == {IGNORED}
    assert batch.n_real == 9
    assert batch.molecules == {}
    assert corpus.n_targets.tolist() == [2, 1, 2]


def test_attention_is_block_diagonal_and_causal() -> None:
    batch = collate_rows(build_corpus([3, 2]), [(0, 1)], 6, pad_id=0)
    seen = batch.attention_mask[0, 0].int().tolist()
    assert seen == [
        [1, 0, 0, 0, 0, 0],
        [1, 1, 0, 0, 0, 0],
        [1, 1, 1, 0, 0, 0],
        [0, 0, 0, 1, 0, 0],
        [0, 0, 0, 1, 1, 0],
        [0, 0, 0, 0, 0, 1],
    ]


def test_a_packed_example_is_read_as_if_alone() -> None:
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=40,
            hidden_size=16,
            intermediate_size=32,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
        )
    ).eval()
    batch = collate_rows(build_corpus([7, 9, 5]), [(0, 1, 2)], 24, pad_id=0)
    with torch.no_grad():
        packed = model(
            input_ids=batch.input_ids, attention_mask=batch.attention_mask, position_ids=batch.position_ids
        ).logits
        alone = model(input_ids=torch.arange(1, 10)[None]).logits
    torch.testing.assert_close(packed[:, 7:16], alone)
