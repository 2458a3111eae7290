"""What MoGE's config takes and refuses."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from anymol.adapters.gal.config import Scalar
from anymol.adapters.layers import Layers
from anymol.adapters.moge.config import MogeConfig
from anymol.adapters.moge.router import Start


def test_defaults_are_the_published_setting() -> None:
    config = MogeConfig()
    assert (config.experts, config.shared, config.top_k, config.rank) == (5, 1, 2, 64)
    assert config.layers == Layers.last_quarter
    assert config.start is Start.PUBLISHED
    assert (config.alpha, config.balance_weight, config.renormalise) == (16.0, 0.01, False)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"top_k": 6}, "more than the 5"),
        ({"top_k": 0}, "top_k"),
        ({"experts": 1, "top_k": 1}, "experts"),
        ({"shared": -1}, "shared"),
        ({"rank": 0}, "rank"),
        ({"dropout": 1.0}, "dropout"),
        ({"balance_weight": -0.1}, "balance_weight"),
        ({"top_k": 1, "shared": 0, "renormalise": True}, "cannot learn"),
        ({"top_k": 1, "shared": 0, "start": "preserving"}, "cannot learn"),
        ({"start": "other"}, "start"),
        ({"heads": 3}, "heads"),
    ],
)
def test_contradictions_are_refused(fields: dict[str, object], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        MogeConfig(**fields)


def test_round_trip() -> None:
    config = MogeConfig(layers=[1, 3], shared=0, start=Start.PRESERVING, learns={Scalar.BETA}, recompute=True)
    assert MogeConfig.model_validate_json(config.model_dump_json()) == config
