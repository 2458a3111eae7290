from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel

from anymol.models.packed_attention import LENGTHS, attend_packed, can_attend_packed, packed_attention


def make_segments(*rows: list[int], length: int) -> Tensor:
    """Return (B, L) segments of rows that hold examples of these lengths, then padding."""
    segments, number = torch.full((len(rows), length), -1), 0
    for row, counts in enumerate(rows):
        start = 0
        for count in counts:
            segments[row, start : start + count] = number
            start, number = start + count, number + 1
    return segments


def mask_densely(segments: Tensor) -> Tensor:
    """Return the mask (B, 1, L, L) by its definition."""
    length = segments.shape[1]
    same = segments[:, :, None] == segments[:, None, :]
    before = torch.arange(length)[:, None] >= torch.arange(length)[None, :]
    return (same & before)[:, None]


@pytest.mark.parametrize("n_groups", [1, 2, 6], ids=lambda n: f"{n} key-value heads")
@pytest.mark.parametrize(
    "rows",
    [([5, 17, 33, 1, 64],), ([120],), ([3, 3, 3], [32, 32, 33], [1]), ([LENGTHS[0], LENGTHS[0] + 1],)],
    ids=["many", "one", "rows", "edges of a bucket"],
)
def test_equals_masked_attention_and_its_gradients_in_fp64(rows: tuple[list[int], ...], n_groups: int) -> None:
    torch.manual_seed(0)
    segments = make_segments(*rows, length=128)
    query, key, value = (
        torch.randn(len(rows), heads, 128, 16, dtype=torch.float64, requires_grad=True)
        for heads in (6, n_groups, n_groups)
    )
    expected = scaled_dot_product_attention(
        query, key, value, attn_mask=mask_densely(segments), scale=0.3, enable_gqa=True
    ).transpose(1, 2)
    real = segments >= 0
    weights = torch.randn_like(expected) * real[..., None, None]
    wanted = torch.autograd.grad((expected * weights).sum(), (query, key, value))

    found = attend_packed(query, key, value, segments, 0.3)
    torch.testing.assert_close(found[real], expected[real], atol=1e-12, rtol=1e-12)
    assert found[~real].abs().sum() == 0
    # What arrives at padding must not reach any weight.
    got = torch.autograd.grad((found * (weights + ~real[..., None, None])).sum(), (query, key, value))
    for one, other in zip(got, wanted, strict=True):
        torch.testing.assert_close(one, other, atol=1e-12, rtol=1e-12)


def test_longer_than_any_bucket() -> None:
    length = LENGTHS[-1] + 3
    segments = make_segments([length], length=length)
    query, key, value = (torch.randn(1, 1, length, 2) for _ in range(3))
    found = attend_packed(query, key, value, segments, 1.0)
    torch.testing.assert_close(found[0, 0, 0], value[0, 0, 0])  # the first position sees itself alone
    everything = torch.softmax(query[0, 0, -1] @ key[0, 0].T, -1) @ value[0, 0]
    torch.testing.assert_close(found[0, -1, 0], everything, atol=1e-4, rtol=1e-4)


def build_tiny(family: str, attn_implementation: str = "sdpa", **fields: object) -> PreTrainedModel:
    torch.manual_seed(0)
    config = AutoConfig.for_model(
        family,
        vocab_size=50,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=8,
        max_position_embeddings=64,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        **fields,
    )
    model: PreTrainedModel = AutoModelForCausalLM.from_config(config, attn_implementation=attn_implementation).double()
    return model.eval()


@pytest.mark.parametrize(
    "family", ["llama", "qwen2", "qwen3", "gemma", "gpt_neox", "phi3", "olmo2", "smollm3", "granite"]
)
def test_a_decoder_answers_as_with_a_dense_mask(family: str) -> None:
    decoder = build_tiny(family)
    segments = make_segments([9, 20], [30], length=32)
    ids = torch.randint(0, 50, segments.shape)
    positions = torch.cat([torch.arange(9), torch.arange(20), torch.zeros(3)]).long()
    position_ids = torch.stack([positions, torch.arange(32)])
    assert can_attend_packed(decoder)
    with torch.no_grad():
        expected = decoder(input_ids=ids, attention_mask=mask_densely(segments), position_ids=position_ids).logits
        with packed_attention(decoder):
            found = decoder(input_ids=ids, attention_mask=segments[:, None, None], position_ids=position_ids).logits
            plain = decoder(input_ids=ids[:1, :9], attention_mask=torch.ones(1, 9)).logits
    real = segments >= 0
    torch.testing.assert_close(found[real], expected[real], atol=1e-6, rtol=1e-6)
    torch.testing.assert_close(plain[0], expected[0, :9], atol=1e-6, rtol=1e-6)
    assert decoder.config._attn_implementation == "sdpa"


def test_attention_that_is_not_plain_is_left_alone() -> None:
    assert not can_attend_packed(build_tiny("qwen3", use_sliding_window=True, sliding_window=4, max_window_layers=0))
    assert not can_attend_packed(build_tiny("llama", attention_dropout=0.1))
    assert not can_attend_packed(build_tiny("gemma2", attn_implementation="eager"))
    assert not can_attend_packed(build_tiny("gpt2", n_embd=32, n_head=4))  # whose attention drops 0.1 if not told
    assert can_attend_packed(build_tiny("gpt2", n_embd=32, n_head=4, attn_pdrop=0.0))
    assert not can_attend_packed(build_tiny("doge"))
