"""The router's weights, by hand."""

from __future__ import annotations

import math

import pytest
import torch

from anymol.adapters.moge.router import Router, Start

P = (0.5, 0.3, 0.2)
"""Probabilities of three experts for the one token below."""


def make_router(**settings: object) -> Router:
    router = Router(2, 3, 2, **{"shared": 1, "renormalise": False, "start": Start.PUBLISHED, **settings})
    with torch.no_grad():
        router.weight.copy_(torch.tensor([[math.log(p), 0.0] for p in P]))
    return router


TOKEN = torch.tensor([[1.0, 0.0]])


@pytest.mark.parametrize(
    ("settings", "weights"),
    [
        ({}, (0.5, 0.3, 1)),
        ({"shared": 0}, (0.5, 0.3)),
        ({"renormalise": True}, (0.625, 0.375, 1)),
        ({"start": Start.PRESERVING}, (0.5 / 1.8, 0.3 / 1.8, 1 / 1.8)),
        ({"start": Start.PRESERVING, "renormalise": True, "shared": 2}, (0.625 / 3, 0.375 / 3, 1 / 3, 1 / 3)),
    ],
)
def test_weights(settings: dict[str, object], weights: tuple[float, ...]) -> None:
    routing = make_router(**settings)(TOKEN)
    torch.testing.assert_close(routing.probabilities, torch.tensor([P]))
    assert routing.chosen.tolist() == [[0, 1]]
    torch.testing.assert_close(routing.weights, torch.tensor([weights], dtype=torch.float32))


def test_chosen_are_ascending_whatever_their_probabilities() -> None:
    assert make_router()(-TOKEN).chosen.tolist() == [[1, 2]]


def test_everything_is_fp32_under_autocast_and_beside_bf16() -> None:
    router = Router(2, 3, 2, 1, renormalise=False, start=Start.PUBLISHED, dtype=torch.bfloat16)
    with torch.autocast("cpu", torch.bfloat16):
        routing = router(TOKEN.bfloat16())
    assert {router.weight.dtype, routing.probabilities.dtype, routing.weights.dtype} == {torch.float32}


def test_the_router_learns_through_the_weights() -> None:
    router = make_router()
    router(TOKEN).weights.sum().backward()
    assert router.weight.grad is not None
    assert router.weight.grad.abs().sum() > 0
