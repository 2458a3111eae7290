"""Contradictions are refused when the config is made."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from anymol.adapters import Layers, MoraConfig, Projection


def test_every_is_short_for_layers() -> None:
    assert MoraConfig(every=4) == MoraConfig(layers="every:4") == MoraConfig(layers=Layers.every(4))


def test_the_published_targets_are_the_default() -> None:
    assert [one.value for one in MoraConfig().targets] == ["q", "k", "v", "o", "m"]
    assert Projection.BLOCK in MoraConfig().targets


def test_survives_json() -> None:
    config = MoraConfig(every=2, targets=("q", "m"), head="full", queries_per_layer=2)
    assert MoraConfig.model_validate_json(config.model_dump_json()) == config


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"every": 4, "layers": "all"}, "not both"),
        ({"width": 10, "heads": 4}, "do not divide"),
        ({"targets": ()}, "at least one"),
        ({"targets": ("q", "q")}, "each once"),
        ({"targets": ("x",)}, "targets"),
        ({"head": "full", "core": 8}, "no core"),
        ({"rank": 0}, "rank"),
        ({"depht": 2}, "depht"),
    ],
)
def test_refuses(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        MoraConfig(**fields)
