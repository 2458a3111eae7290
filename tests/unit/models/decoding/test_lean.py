"""The decoders of our own against the decoder of transformers whose weights it runs."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from peft import LoraConfig
from torch import nn

from anymol.models.decoding.choice import choose_decoder
from anymol.models.decoding.feed import Feed, StepDecoder
from anymol.models.decoding.key_values import KeyValues
from anymol.models.decoding.lean import LeanDecoder
from anymol.models.decoding.own_modules import find_obstacle, take_weights
from anymol.models.decoding.runtime import RuntimeDecoder
from anymol.models.decoding.weights import compute_frequencies

FAMILIES = {
    "llama": ("llama", {}),
    "llama-tied": ("llama", {"tie_word_embeddings": True}),
    "llama-biases": ("llama", {"attention_bias": True}),
    "llama-one-group": ("llama", {"num_key_value_heads": 1}),
    "llama-own-heads": ("llama", {"num_key_value_heads": 4, "head_dim": 16}),
    "llama3-rotary": (
        "llama",
        {
            "rope_parameters": {
                "rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0,
                "high_freq_factor": 4.0, "original_max_position_embeddings": 32,
            }
        },
    ),
    "yarn-rotary": (
        "qwen3",
        {
            "rope_parameters": {
                "rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "original_max_position_embeddings": 32,
            }
        },
    ),
    "qwen2": ("qwen2", {}),
    "qwen3": ("qwen3", {"head_dim": 8}),
    "qwen3-tied": ("qwen3", {"head_dim": 16, "tie_word_embeddings": True}),
}  # fmt: skip
LENGTH = 19


def hide_later(width: int, columns: int) -> torch.Tensor:
    """Return a causal mask (width, columns) of the last `width` of `columns` tokens."""
    return torch.full((columns, columns), -torch.inf).triu(1)[columns - width :]


def run_in_pieces(decoder: StepDecoder, table: nn.Module, ids: torch.Tensor, cuts: list[int]) -> torch.Tensor:
    """Return the logits of all tokens, given to the decoder piece by piece."""
    cache, found, begin = KeyValues(decoder.layers), [], 0
    for end in [*cuts, ids.shape[1]]:
        rows, width = len(ids), end - begin
        places = torch.arange(end).expand(rows, -1)
        mask = hide_later(width, end).expand(rows, -1, -1)
        feed = Feed(table(ids[:, begin:end]), places[:, begin:], mask, cache, places, keep=width)
        found.append(decoder.run([feed])[0])
        begin = end
    return torch.cat(found, dim=1)


RUNNERS = [LeanDecoder, RuntimeDecoder]


@pytest.mark.parametrize("run", RUNNERS)
@pytest.mark.parametrize("family", FAMILIES)
@torch.inference_mode()
def test_logits_are_those_of_transformers(make: Any, family: str, run: Any) -> None:
    model_type, fields = FAMILIES[family]
    theirs = make(model_type, **fields)
    ids = torch.randint(3, 61, (3, LENGTH), generator=torch.Generator().manual_seed(1))
    expected = theirs(input_ids=ids).logits
    found = run_in_pieces(run(take_weights(theirs)), theirs.get_input_embeddings(), ids, [1, 9, 10])
    assert expected.abs().max() > 1.0
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("run", RUNNERS)
@torch.inference_mode()
def test_feeds_do_not_touch_one_another(make: Any, run: Any) -> None:
    theirs = make("qwen3", head_dim=8)
    decoder, table = run(take_weights(theirs)), theirs.get_input_embeddings()
    ids = torch.randint(3, 61, (5, 7), generator=torch.Generator().manual_seed(2))
    places = torch.arange(7)

    def feed(rows: torch.Tensor, keep: int) -> Feed:
        count = len(rows)
        return Feed(
            table(rows), places.expand(count, -1), hide_later(7, 7).expand(count, -1, -1), KeyValues(decoder.layers),
            places.expand(count, -1), keep,
        )  # fmt: skip

    first, second = decoder.run([feed(ids[:2], 1), feed(ids[2:], 4)])
    expected = theirs(input_ids=ids).logits
    torch.testing.assert_close(first, expected[:2, -1:], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(second, expected[2:, -4:], atol=1e-4, rtol=1e-4)


class Interrupted(LeanDecoder):
    """One whose rotations another thread, which needs fewer, replaces as soon as they are written."""

    @property
    def _rotations(self) -> torch.Tensor:
        return self._fewer

    @_rotations.setter
    def _rotations(self, made: torch.Tensor) -> None:
        self._fewer = made[:1]


@torch.inference_mode()
def test_threads_do_not_take_rotations_from_one_another(make: Any) -> None:
    theirs = make("llama")
    ids = torch.randint(3, 61, (1, 9), generator=torch.Generator().manual_seed(3))
    found = run_in_pieces(Interrupted(take_weights(theirs)), theirs.get_input_embeddings(), ids, [4])
    torch.testing.assert_close(found, theirs(input_ids=ids).logits, atol=1e-4, rtol=1e-4)


@torch.inference_mode()
def test_a_hook_on_the_head_is_heard(make: Any) -> None:
    theirs = make("llama")
    theirs.get_output_embeddings().register_forward_hook(lambda head, given, logits: logits + 1.0)
    ids = torch.randint(3, 61, (1, 5), generator=torch.Generator().manual_seed(3))
    found = run_in_pieces(choose_decoder(theirs), theirs.get_input_embeddings(), ids, [])
    torch.testing.assert_close(found, theirs(input_ids=ids).logits, atol=1e-4, rtol=1e-4)


def test_says_why_a_decoder_is_not_run_so(make: Any) -> None:
    assert find_obstacle(make("llama")) is None
    assert find_obstacle(make("gpt_neox")) == "its family is gpt_neox"
    assert find_obstacle(make("llama").bfloat16()) == "its weights are not in fp32"
    assert find_obstacle(make("llama", hidden_act="gelu")) == "its feed-forward part is another one"
    windowed = make("qwen3", use_sliding_window=True, sliding_window=4, max_window_layers=0)
    assert find_obstacle(windowed) == "it attends within a window"
    dynamic = make("llama", rope_parameters={"rope_type": "dynamic", "rope_theta": 10000.0, "factor": 2.0})
    assert find_obstacle(dynamic) == "its rotary positions change with the length"
    with pytest.raises(ValueError, match="gpt_neox"):
        take_weights(make("gpt_neox"))


def test_frequencies_of_plain_rotary_positions_are_those_of_transformers(make: Any) -> None:
    theirs = make("qwen3", head_dim=16)
    base = theirs.config.rope_parameters["rope_theta"]
    assert torch.equal(compute_frequencies(base, 16), theirs.model.rotary_emb.inv_freq)


def test_an_adapter_or_a_hook_stands_in_the_way(make: Any) -> None:
    adapted = make("llama")
    adapted.add_adapter(LoraConfig(target_modules=["q_proj"]))
    assert find_obstacle(adapted) == "its 0.self_attn.q_proj is wrapped"
    watched = make("llama")
    watched.model.layers[1].mlp.register_forward_hook(lambda module, given, out: out)
    assert find_obstacle(watched) == "its 1.mlp has a hook"
