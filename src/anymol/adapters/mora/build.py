"""MoRA's places and generator for a decoder."""

from __future__ import annotations

from collections.abc import Collection

import torch

from anymol.adapters.built import Built, is_claimed
from anymol.adapters.decoder import Decoder, Place
from anymol.adapters.families import Projection
from anymol.adapters.gal.build import read_widths
from anymol.adapters.mora.conditioning import wrap_layer
from anymol.adapters.mora.config import MoraConfig
from anymol.adapters.mora.generator import MoraGenerator, Target
from anymol.adapters.mora.layer import MoraLinear
from anymol.adapters.mora.network import MoraNetwork
from anymol.errors import AdapterError


def build_variants(
    config: MoraConfig,
    decoder: Decoder,
    claimed: Collection[str],
    *,
    dtype: torch.dtype,
    device: torch.device | str | None,
) -> Built:
    """Make a variant for each free target, the generator, and wrap the layers that hold one.

    Args:
        config: What was chosen.
        decoder: Whose layers.
        claimed: Canonical names of places that are another config's.
        dtype: Of all weights.
        device: Where they are made.

    Raises:
        ConfigError: A layer is named that the decoder does not have.
        AdapterError: The decoder has none of the targets, or fuses one of them with a projection that is not a target.
    """
    found = decoder.places(config.targets, config.layers.resolve(decoder.n_layers))
    places = [place for place in found if not is_claimed(place.name, claimed)]
    variants: dict[str, MoraLinear] = {}
    targets = []
    for place in places:
        if left_out := [one for one in place.projections if one not in config.targets]:
            raise AdapterError(
                f"{decoder.model_type} computes {'+'.join(place.projections)} in one matrix ({place.name}), of which "
                f"{', '.join(left_out)} is not a target",
                value=place.name,
                hint=f"add {', '.join(left_out)} to the targets",
            )
        is_block = Projection.BLOCK in place.projections
        inputs, outputs = (decoder.hidden_size, decoder.hidden_size) if is_block else read_widths(place.module)
        variants[place.name] = MoraLinear(
            inputs,
            outputs,
            config.rank,
            alpha=config.alpha,
            head=config.head,
            core=config.core_rank,
            is_block=is_block,
            dtype=dtype,
            device=device,
        )
        targets.append(Target(place.name, "+".join(place.projections), inputs))
    if not variants:
        return Built({})
    generator = MoraGenerator(config, targets, dtype=dtype, device=device)
    network = MoraNetwork(generator, variants, [place.layer for place in places], config.cache_size)
    by_layer: dict[int, list[Place]] = {}
    for place in places:
        by_layer.setdefault(place.layer, []).append(place)
    wraps = tuple(
        wrap_layer(decoder, layer, network.scope, [variants[place.name] for place in members])
        for layer, members in by_layer.items()
    )
    return Built(variants, network, wraps)
