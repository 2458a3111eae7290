"""MoGE's blocks for a decoder."""

from __future__ import annotations

from collections.abc import Collection

import torch
from torch import nn

from anymol.adapters.built import Built
from anymol.adapters.decoder import Decoder, Place
from anymol.adapters.families import Projection
from anymol.adapters.moge.block import BlockForm, MogeBlock
from anymol.adapters.moge.config import MogeConfig
from anymol.adapters.moge.experts import ExpertPairs
from anymol.adapters.moge.masking import TokenScope
from anymol.adapters.moge.router import Router
from anymol.errors import AdapterError


def build_variants(
    config: MogeConfig,
    decoder: Decoder,
    claimed: Collection[str],
    *,
    dtype: torch.dtype,
    device: torch.device | str | None,
) -> Built:
    """Make a block for each chosen layer whose feed-forward block is free.

    Args:
        config: What was chosen.
        decoder: Whose blocks.
        claimed: Canonical names of places that are another config's.
        dtype: Of the pairs; router and scalars are fp32 at least.
        device: Where parameters are made.

    Raises:
        ConfigError: A layer is named that the decoder does not have.
        AdapterError: Another config has claimed a linear map inside a block.
    """
    scope = TokenScope()
    variants = {}
    hooks = []
    for place in decoder.places((Projection.BLOCK,), config.layers.resolve(decoder.n_layers)):
        if place.name in claimed:
            continue
        inside = sorted(name for name in claimed if name.startswith(f"{place.name}."))
        if inside:
            raise AdapterError(
                f"MoGE takes the whole block '{place.name}', but an earlier config has claimed {', '.join(inside)}",
                value=place.name,
                hint="name MogeConfig before the config of the linear maps",
            )
        variants[place.name] = _build_block(config, decoder, place, scope, dtype, device)
        attention = decoder.family.projections[Projection.O].rpartition(".")[0]
        beside = decoder.get(f"{place.name.removesuffix(decoder.family.projections[Projection.BLOCK])}{attention}")
        hooks.append(beside.register_forward_pre_hook(scope.enter_attention, with_kwargs=True))
    if variants:
        hooks.append(decoder.body.register_forward_pre_hook(scope.enter_body, with_kwargs=True))
        hooks.append(decoder.body.register_forward_hook(scope.leave_body, always_call=True))
    return Built(variants, hooks=tuple(hooks))


def _build_block(
    config: MogeConfig,
    decoder: Decoder,
    place: Place,
    scope: TokenScope,
    dtype: torch.dtype,
    device: torch.device | str | None,
) -> MogeBlock:
    """Make one block."""
    family = decoder.family
    names = [
        family.projections[one].removeprefix(f"{family.projections[Projection.BLOCK]}.")
        for one in (Projection.GATE, Projection.UP, Projection.DOWN)
        if one in family.projections
    ]
    *inward_names, outward_name = dict.fromkeys(names)
    width, inner = _width_of(place, outward_name, "out"), _width_of(place, inward_names[0], "out")
    n_experts = config.experts + config.shared

    def make_pairs(maps: int, inputs: int, outputs: int) -> ExpertPairs:
        return ExpertPairs(
            n_experts,
            maps,
            inputs,
            outputs,
            config.rank,
            alpha=config.alpha,
            scale=config.scale,
            beta=config.beta,
            learns=config.learns,
            dtype=dtype,
            device=device,
        )

    return MogeBlock(
        BlockForm(tuple(inward_names), outward_name, family.activation),
        Router(
            width,
            config.experts,
            config.top_k,
            config.shared,
            renormalise=config.renormalise,
            start=config.start,
            dtype=dtype,
            device=device,
        ),
        make_pairs(len(inward_names), width, inner),
        make_pairs(1, _width_of(place, outward_name, "in"), width),
        scope,
        balance_weight=config.balance_weight,
        dropout=config.dropout,
        recompute=config.recompute,
        layer=place.layer,
    )


def _width_of(place: Place, name: str, side: str) -> int:
    """Return ``in_features`` or ``out_features`` of a linear map of the block."""
    module: nn.Module = getattr(place.module, name)
    width: int = getattr(module, f"{side}_features")
    return width
