"""Which decoder runs a model, and that a change between two of them is not seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from anymol.models.checkpoint import load_checkpoint
from anymol.models.decoding.changing import _STEP, ChangingDecoder
from anymol.models.decoding.feed import Feed
from anymol.models.decoding.key_values import KeyValues
from anymol.models.decoding.lean import LeanDecoder
from anymol.models.decoding.own_modules import take_weights
from anymol.models.decoding.runtime import RuntimeDecoder
from anymol.models.decoding.wrapped import WrappedDecoder


@pytest.mark.parametrize("after", [0, 1, 4, 50])
@torch.inference_mode()
def test_a_change_between_two_steps_changes_no_logits(make: Any, after: int) -> None:
    theirs = make("qwen3", head_dim=8)
    decoder = ChangingDecoder(
        LeanDecoder(take_weights(theirs)),
        lambda: RuntimeDecoder(take_weights(theirs), threads=1),
        positions=after * (_STEP + 2),  # a step of these has two rows
    )
    ids = torch.randint(3, 61, (2, 9), generator=torch.Generator().manual_seed(1))
    embedded, cache = theirs.get_input_embeddings()(ids), KeyValues(decoder.layers)
    found = []
    for place in range(9):
        positions = torch.arange(place + 1).expand(2, -1)
        feed = Feed(
            embedded[:, place : place + 1], positions[:, -1:], torch.zeros(2, 1, place + 1), cache, positions, keep=1
        )
        found.append(decoder.run([feed])[0])
    torch.testing.assert_close(torch.cat(found, dim=1), theirs(input_ids=ids).logits, atol=1e-4, rtol=1e-4)
    assert isinstance(decoder.current, RuntimeDecoder if after < 9 else LeanDecoder)


@torch.inference_mode()
def test_much_to_read_is_for_the_faster_one_at_once(make: Any) -> None:
    theirs = make("qwen3", head_dim=8)
    weights = take_weights(theirs)
    decoder = ChangingDecoder(LeanDecoder(weights), lambda: RuntimeDecoder(weights, threads=1), positions=40)
    places = torch.arange(20).expand(2, -1)
    mask = torch.full((20, 20), -torch.inf).triu(1).expand(2, -1, -1)
    embedded = theirs.get_input_embeddings()(torch.full((2, 20), 5))
    decoder.run([Feed(embedded, places, mask, KeyValues(decoder.layers), places, keep=1)])
    assert isinstance(decoder.current, RuntimeDecoder)


@torch.inference_mode()
def test_where_the_faster_one_cannot_be_built_the_first_goes_on(make: Any, caplog: pytest.LogCaptureFixture) -> None:
    theirs = make("qwen3", head_dim=8)
    first = LeanDecoder(take_weights(theirs))

    def fail() -> RuntimeDecoder:
        raise RuntimeError("no such operator")

    decoder, places = ChangingDecoder(first, fail, positions=_STEP + 1), torch.arange(1).expand(1, -1)
    embedded = theirs.get_input_embeddings()(torch.tensor([[5]]))
    for _ in range(4):
        feed = Feed(embedded, places, torch.zeros(1, 1, 1), KeyValues(decoder.layers), places, keep=1)
        assert decoder.run([feed])[0].isfinite().all()
    assert decoder.current is first
    assert [record.message for record in caplog.records].count(
        "decoding goes on without ONNX Runtime: RuntimeError: no such operator"
    ) == 1


def test_a_decoder_is_chosen_by_what_it_is(tiny_model_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, _, _ = load_checkpoint(tiny_model_dir)
    assert isinstance(model.make_step_decoder(), ChangingDecoder)
    monkeypatch.setattr("anymol.models.decoding.runtime.find_spec", lambda name: None)
    assert isinstance(model.make_step_decoder(), LeanDecoder)
    assert isinstance(model.bfloat16().make_step_decoder(), WrappedDecoder)
