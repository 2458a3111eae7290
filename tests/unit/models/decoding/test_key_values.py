"""The cache of trees of tokens."""

from __future__ import annotations

import torch

from anymol.models.decoding.key_values import KeyValues

LAYERS, GROUPS, WIDTH = 2, 3, 4


def draw(rows: int, columns: int, seed: int) -> torch.Tensor:
    return torch.rand(rows, GROUPS, columns, WIDTH, generator=torch.Generator().manual_seed(seed))


def append(cache: KeyValues, states: torch.Tensor) -> list[torch.Tensor]:
    """Append the same states everywhere but for a factor per layer, and return what each layer holds."""
    found = []
    for layer in range(LAYERS):
        found += cache.append(layer, states * (layer + 1), -states * (layer + 1))
    cache.advance(states.shape[2])
    return found


def test_columns_stay_where_they_are_written_however_many_follow() -> None:
    cache = KeyValues(LAYERS)
    pieces = [draw(2, columns, columns) for columns in (5, 1, 70, 1)]
    for piece in pieces:
        found = append(cache, piece)
    whole = torch.cat(pieces, dim=2)
    assert cache.length == 77 and len(cache) == 2
    for held, factor in zip(found, (1, -1, 2, -2), strict=True):
        assert torch.equal(held, whole * factor)


def test_a_prompt_comes_back_as_it_was_taken() -> None:
    first = KeyValues(LAYERS)
    states = draw(3, 8, 1)
    append(first, states)
    second = KeyValues(LAYERS)
    append(second, draw(1, 4, 2))
    second.put([first.take(2, slice(2, 8)), first.take(0, slice(7, 8))])
    assert (len(second), second.length) == (3, 6)
    added = draw(3, 1, 3)
    keys = append(second, added)[0]
    assert torch.equal(keys[1, :, :6], states[2, :, 2:])
    assert torch.equal(keys[2, :, :1], states[0, :, 7:])
    assert not keys[2, :, 1:6].any()
    assert torch.equal(keys[:, :, 6:], added)


def test_the_last_prompt_takes_the_row_of_one_that_is_dropped() -> None:
    cache = KeyValues(LAYERS)
    states = draw(4, 5, 1)
    append(cache, states)
    cache.drop(1)
    cache.drop(2)
    keys = append(cache, draw(2, 1, 2))[0]
    assert torch.equal(keys[:, :, :5], states[[0, 3]])
    cache.drop(0)
    cache.drop(0)
    assert (len(cache), cache.length) == (0, 0)


def test_selected_columns_keep_their_order() -> None:
    cache = KeyValues(LAYERS)
    states = draw(2, 6, 1)
    append(cache, states)
    cache.select(torch.tensor([[0, 2, 5], [1, 3, 4]]))
    assert cache.length == 3
    keys = append(cache, draw(2, 1, 2))[0]
    assert torch.equal(keys[0, :, :3], states[0][:, [0, 2, 5]])
    assert torch.equal(keys[1, :, :3], states[1][:, [1, 3, 4]])
