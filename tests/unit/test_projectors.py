"""Projectors: shapes, counts, independence of the batch, and their configs."""

from __future__ import annotations

import pytest
import torch
from pydantic import TypeAdapter, ValidationError

from anymol.encoder_states import EncoderStates, pad_states
from anymol.projectors import (
    LinearProjectorConfig,
    MlpProjectorConfig,
    ProjectorConfig,
    ResamplerProjectorConfig,
    build_projector,
)

CONFIGS = (
    LinearProjectorConfig(),
    MlpProjectorConfig(),
    MlpProjectorConfig(hidden=5),
    ResamplerProjectorConfig(n_tokens=3, n_heads=2, n_layers=2),
)
COUNTS = (4, 1, 6)


def make_states() -> EncoderStates:
    torch.manual_seed(0)
    return EncoderStates(torch.randn(sum(COUNTS), 12), torch.tensor(COUNTS))


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.kind)
def test_shapes_and_independence_of_the_batch(config: ProjectorConfig) -> None:
    torch.manual_seed(1)
    projector = build_projector(config, 12, 8).eval()
    encoded = make_states()
    tokens, counts = projector(encoded)
    assert counts.tolist() == [config.count_tokens(n) for n in COUNTS]
    assert tokens.shape == (int(counts.sum()), 8)
    alone = [
        projector(EncoderStates(states, torch.tensor([len(states)]))).states
        for states in encoded.states.split(list(COUNTS))
    ]
    torch.testing.assert_close(tokens, torch.cat(alone))


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.kind)
def test_every_parameter_learns(config: ProjectorConfig) -> None:
    projector = build_projector(config, 12, 8)
    projector(make_states()).states.pow(2).sum().backward()
    assert not [name for name, value in projector.named_parameters() if value.grad is None]


def test_resampler_ignores_the_order_of_atoms() -> None:
    projector = build_projector(CONFIGS[-1], 12, 8).eval()
    states = make_states().states[:6]
    count = torch.tensor([6])
    torch.testing.assert_close(
        projector(EncoderStates(states, count)).states, projector(EncoderStates(states.flip(0), count)).states
    )


def test_padding() -> None:
    states, counts = make_states()
    padded, real = pad_states(states, counts)
    assert padded.shape == (3, 6, 12)
    assert torch.equal(padded[real], states)
    assert not padded[~real].any()


def test_configs_are_a_tagged_union() -> None:
    adapter = TypeAdapter(ProjectorConfig)
    for config in CONFIGS:
        assert adapter.validate_python(config.model_dump()) == config
    for wrong in ({"kind": "qformer"}, {"kind": "linear", "hidden": 3}, {"hidden": 3}):
        with pytest.raises(ValidationError):
            adapter.validate_python(wrong)
    with pytest.raises(ValueError, match="does not divide"):
        build_projector(ResamplerProjectorConfig(n_heads=3), 12, 8)
