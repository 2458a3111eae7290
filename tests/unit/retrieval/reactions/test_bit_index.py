"""Rows that share most bits with a query, compared with sets."""

from __future__ import annotations

import random

import numpy as np
import pytest

from anymol.errors import DataError
from anymol.retrieval.reactions.bit_index import BitIndex

SIZE = 40


def _draw_rows(count: int) -> list[list[int]]:
    rng = random.Random(3)
    return [sorted(rng.sample(range(SIZE), rng.randint(0, 12))) for _ in range(count)]


@pytest.mark.parametrize("limit", [1, 7, 100, 10_000])
def test_it_finds_what_comparing_all_rows_finds(limit: int) -> None:
    rows = _draw_rows(5000)  # more than are packed at a time
    index = BitIndex.build(rows, SIZE)
    query = {1, 4, 9, 16, 25, 36}
    similar = [len(query & set(row)) / len(query | set(row)) for row in rows]
    wanted = sorted((place for place, one in enumerate(similar) if one), key=lambda place: (-similar[place], place))
    found, similarities = index.search(sorted(query), limit)
    assert found.tolist() == wanted[:limit]
    assert similarities.tolist() == pytest.approx([similar[place] for place in wanted[:limit]])


def test_a_fingerprint_without_bits_is_like_none() -> None:
    index = BitIndex.build([[], [1, 2]], SIZE)
    assert index.search([], 5)[0].tolist() == []
    assert index.search([1, 2], 5)[0].tolist() == [1]


def test_it_is_stored_as_arrays() -> None:
    rows = _draw_rows(100)
    index = BitIndex.build(rows, SIZE)
    again = BitIndex.from_arrays(index.to_arrays())
    assert len(again) == 100
    assert again.search(rows[3], 4)[0].tolist() == index.search(rows[3], 4)[0].tolist()


def test_damaged_bitmaps_are_told() -> None:
    arrays = BitIndex.build(_draw_rows(100), SIZE).to_arrays()
    with pytest.raises(DataError, match="do not fit"):
        BitIndex.from_arrays({**arrays, "bitmaps": arrays["bitmaps"][:-3]})
    spoilt = arrays["bitmaps"].copy()
    spoilt[:] = np.uint8(7)
    with pytest.raises(DataError, match="damaged"):
        BitIndex.from_arrays({**arrays, "bitmaps": spoilt}).search([0], 3)
