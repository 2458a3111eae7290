"""GAL's places in a decoder."""

from __future__ import annotations

from collections.abc import Collection

import torch
from torch import nn

from anymol.adapters.adapter_layer import Adapted
from anymol.adapters.built import Built, is_claimed
from anymol.adapters.decoder import Decoder, Place
from anymol.adapters.families import Projection, Role
from anymol.adapters.gal.config import ALL_LINEAR, GalConfig
from anymol.adapters.gal.layer import GalLinear


def build_variants(
    config: GalConfig,
    decoder: Decoder,
    claimed: Collection[str],
    *,
    dtype: torch.dtype,
    device: torch.device | str | None,
) -> Built:
    """Return a pair for every linear map that the config targets and no earlier config has claimed."""
    variants = {}
    for place in find_places(config, decoder):
        if is_claimed(place.name, claimed):
            continue
        inputs, outputs = read_widths(place.module)
        variants[place.name] = GalLinear(
            inputs,
            outputs,
            config.rank,
            alpha=config.alpha,
            start=config.start,
            beta=config.beta,
            learns=config.learns,
            dropout=config.dropout,
            dtype=dtype,
            device=device,
        )
    return Built(variants)


def find_places(config: GalConfig, decoder: Decoder) -> list[Place]:
    """Return the linear maps that a config targets, claimed or not."""
    layers = config.layers.resolve(decoder.n_layers)
    match config.targets:
        case str() as pattern:
            return decoder.linears(layers, None if pattern == ALL_LINEAR else pattern)
        case chosen:
            wanted: set[Projection] = set()
            for one in chosen:
                wanted.update(one.projections if isinstance(one, Role) else (one,))
            return decoder.places(wanted, layers)


def read_widths(module: nn.Module) -> tuple[int, int]:
    """Return input and output width of a linear map, wrapped or quantised too."""
    linear = module.base if isinstance(module, Adapted) else module
    inputs, outputs = linear.in_features, linear.out_features
    assert isinstance(inputs, int)
    assert isinstance(outputs, int)
    return inputs, outputs
