"""Decoders of any family over our cache against their own forward pass."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import Any

import pytest
import torch

from anymol.errors import ConfigError
from anymol.models.decoding.feed import Condition, Feed, join_conditions
from anymol.models.decoding.key_values import KeyValues
from anymol.models.decoding.wrapped import WrappedDecoder

FAMILIES = {
    "llama": ("llama", {}),
    "qwen2-window": ("qwen2", {"use_sliding_window": True, "sliding_window": 5, "max_window_layers": 1}),
    "mistral-window": ("mistral", {"sliding_window": 5}),
    "gemma2": ("gemma2", {"head_dim": 8, "query_pre_attn_scalar": 8, "sliding_window": 5}),
    "gemma3": ("gemma3_text", {"head_dim": 8, "query_pre_attn_scalar": 8, "sliding_window": 5}),
    "phi3-window": ("phi3", {"sliding_window": 5}),
    "gpt_neox": ("gpt_neox", {}),
}
LENGTH = 17


def embed(decoder: Any, ids: torch.Tensor) -> torch.Tensor:
    return decoder.get_input_embeddings()(ids)


@pytest.mark.parametrize("family", FAMILIES)
@torch.inference_mode()
def test_logits_are_those_of_one_forward(make: Any, family: str) -> None:
    model_type, fields = FAMILIES[family]
    theirs = make(model_type, **fields)
    ids = torch.randint(3, 61, (2, LENGTH), generator=torch.Generator().manual_seed(1))
    expected = theirs(input_ids=ids).logits
    decoder, cache, found, begin = WrappedDecoder(theirs), KeyValues(theirs.config.num_hidden_layers), [], 0
    causal = torch.full((LENGTH, LENGTH), -torch.inf).triu(1)
    for end in (9, 10, 11, 12, LENGTH):
        places = torch.arange(end).expand(2, -1)
        mask = causal[begin:end, :end].expand(2, -1, -1)
        given = embed(theirs, ids[:, begin:end])
        found.append(decoder.run([Feed(given, places[:, begin:], mask, cache, places, keep=end - begin)])[0])
        begin = end
    torch.testing.assert_close(torch.cat(found, dim=1), expected, atol=1e-4, rtol=1e-4)


def test_a_decoder_that_keeps_something_else_is_refused(make: Any) -> None:
    theirs = make("llama")
    theirs.config.layer_types = ["full_attention", "linear_attention", "full_attention"]
    with pytest.raises(ConfigError, match="linear_attention"):
        WrappedDecoder(theirs)


@torch.inference_mode()
def test_adapters_are_those_of_the_prompts_in_every_step(make: Any) -> None:
    theirs, seen = make("llama"), []

    @contextmanager
    def condition(given: Condition) -> Any:
        seen.append(given.keys)
        yield

    decoder, cache = WrappedDecoder(theirs, condition), KeyValues(3)
    one = Condition(torch.ones(1, 2, 4), torch.ones(1, 2, dtype=torch.bool), *torch.zeros(2, 1, 2).long(), (b"a",))
    joined = join_conditions([None, one])
    ids = torch.randint(3, 61, (2, 3), generator=torch.Generator().manual_seed(1))
    for place in range(3):
        places = torch.arange(place + 1).expand(2, -1)
        given = embed(theirs, ids[:, place : place + 1])
        mask = torch.zeros(2, 1, place + 1)
        decoder.run([Feed(given, places[:, -1:], mask, cache, places, keep=1, condition=joined)])
    assert seen == [(b"", b"a")] * 3


def test_conditions_of_prompts_are_joined_and_split() -> None:
    short = Condition(
        torch.ones(1, 2, 4), torch.ones(1, 2, dtype=torch.bool), torch.tensor([[0, 1]]), torch.tensor([[3, 3]]), (b"a",)
    )
    long = Condition(
        2 * torch.ones(1, 3, 4), torch.ones(1, 3, dtype=torch.bool), torch.zeros(1, 3).long(), torch.ones(1, 3).long(),
        (b"b",),
    )  # fmt: skip
    joined = join_conditions([short, None, long])
    assert joined is not None
    assert joined.keys == (b"a", b"", b"b")
    assert joined.mask.tolist() == [[True, True, False], [False] * 3, [True] * 3]
    assert joined.states[:, :, 0].tolist() == [[1, 1, 0], [0, 0, 0], [2, 2, 2]]
    assert joined.split()[0].roles.tolist() == [[3, 3, 0]]
    assert join_conditions([None, None]) is None


def test_threads_do_not_see_the_adapters_of_one_another(make: Any) -> None:
    theirs, current, seen = make("llama"), [], []

    @contextmanager
    def condition(given: Condition) -> Any:
        current.append(given.keys[0])
        yield
        current.pop()

    def look(*_: Any) -> None:
        time.sleep(0.002)
        seen.append((threading.current_thread().name, current[-1:]))

    for layer in theirs.get_decoder().layers:
        layer.register_forward_pre_hook(look)
    decoder = WrappedDecoder(theirs, condition)

    @torch.inference_mode()
    def run(name: str) -> None:
        states, mask, zeros = torch.ones(1, 2, 4), torch.ones(1, 2, dtype=torch.bool), torch.zeros(1, 2).long()
        mine = Condition(states, mask, zeros, zeros, (name.encode(),)) if name else None
        embedded, places = embed(theirs, torch.tensor([[5]])), torch.zeros(1, 1).long()
        for _ in range(5):
            decoder.run([Feed(embedded, places, torch.zeros(1, 1, 1), KeyValues(3), places, keep=1, condition=mine)])

    threads = [threading.Thread(target=run, args=(name,), name=name or "none") for name in ("a", "b", "")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(seen) == 3 * 5 * 3
    assert all(keys == ([] if name == "none" else [name.encode()]) for name, keys in seen)


def test_what_one_prompt_keeps_holds_nothing_of_its_batch() -> None:
    states, mask = torch.ones(8, 2, 4), torch.ones(8, 2, dtype=torch.bool)
    zeros = torch.zeros(8, 2, dtype=torch.int64)
    for one in Condition(states, mask, zeros, zeros, tuple(bytes([row]) for row in range(8))).split():
        for tensor in one.tensors:
            assert tensor.untyped_storage().nbytes() == tensor.numel() * tensor.element_size()
