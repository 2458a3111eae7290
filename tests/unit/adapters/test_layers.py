from __future__ import annotations

import pytest
from pydantic import BaseModel, ValidationError

from anymol.adapters.layers import LayerChoice, Layers
from anymol.errors import ConfigError


class Holder(BaseModel):
    layers: LayerChoice


@pytest.mark.parametrize(
    ("written", "choice", "resolved"),
    [
        ("all", Layers.all, (0, 1, 2, 3, 4, 5, 6, 7, 8)),
        ("last_quarter", Layers.last_quarter, (7, 8)),
        ("every:4", Layers.every(4), (0, 4, 8)),
        ([5, 2], Layers.of(5, 2), (2, 5)),
    ],
)
def test_choice_reads_resolves_and_survives_json(written, choice, resolved):
    holder = Holder(layers=written)
    assert holder.layers == choice
    assert choice.resolve(9) == resolved
    assert Holder.model_validate_json(holder.model_dump_json()) == holder


def test_last_quarter_of_a_shallow_decoder_is_its_last_layer():
    assert Layers.last_quarter.resolve(2) == (1,)


@pytest.mark.parametrize("written", ["every:", "every:0", "some", [], [1, 1], [-1]])
def test_wrong_choices_are_refused(written):
    with pytest.raises(ValidationError):
        Holder(layers=written)


def test_a_layer_that_is_not_there_is_named():
    with pytest.raises(ConfigError, match="0 to 3"):
        Layers.of(1, 4).resolve(4)
