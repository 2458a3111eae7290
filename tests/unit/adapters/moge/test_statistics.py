"""What is counted of routers."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest
import torch

from anymol.adapters.moge.statistics import RouterStatistics, read_statistics

PROBABILITIES = torch.tensor([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.0, 0.0, 1.0]])
CHOSEN = torch.tensor([[0, 1], [0, 1], [1, 2]])


def test_sums_over_calls_on_real_tokens_until_read() -> None:
    statistics = RouterStatistics(3)
    statistics.add("captioning", PROBABILITIES, CHOSEN, torch.tensor([True, True, False]))
    statistics.add("captioning", PROBABILITIES, CHOSEN, torch.tensor([False, False, True]))
    statistics.add("naming", PROBABILITIES[:1], CHOSEN[:1], None)
    statistics.add(None, PROBABILITIES, CHOSEN, None)
    block = SimpleNamespace(layer=7, statistics=statistics)
    captioning, naming = read_statistics([block])
    assert (captioning.label, captioning.layer, captioning.n_tokens) == ("captioning", 7, 3)
    assert captioning.routed == pytest.approx((2 / 6, 3 / 6, 1 / 6))
    assert captioning.probability == pytest.approx((0.25, 0.25, 0.5))
    assert captioning.entropy == pytest.approx(2 / 3 * 1.5 * math.log(2))
    assert (naming.label, naming.n_tokens, naming.entropy) == ("naming", 1, pytest.approx(1.5 * math.log(2)))
    assert read_statistics([block]) == []


def test_records_stand_by_label_and_layer() -> None:
    blocks = []
    for layer in (3, 2):
        statistics = RouterStatistics(3)
        for label in ("b", "a"):
            statistics.add(label, PROBABILITIES, CHOSEN, None)
        blocks.append(SimpleNamespace(layer=layer, statistics=statistics))
    assert [(r.label, r.layer) for r in read_statistics(blocks)] == [("a", 2), ("a", 3), ("b", 2), ("b", 3)]
