"""Putting an adapter into a decoder."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

import torch
from torch import nn

from anymol.adapters.adapter import HANDLES, THAWED, Adapter, merged_adapter
from anymol.adapters.adapter_layer import Adapted
from anymol.adapters.built import Built
from anymol.adapters.config import AdapterConfig
from anymol.adapters.decoder import Decoder
from anymol.adapters.gal import build as gal
from anymol.adapters.gal.config import GalConfig
from anymol.adapters.moge import build as moge
from anymol.adapters.moge.config import MogeConfig
from anymol.adapters.mora import build as mora
from anymol.adapters.mora.config import MoraConfig
from anymol.adapters.plain_names import note_adapter
from anymol.errors import AdapterError, AnyMolError

NETWORKS = "adapter_networks"
"""Attribute of a model that holds what belongs to no place: a module per adapter."""
_RESERVED = frozenset(dir(nn.ModuleDict())) | {"base"}
"""A dictionary of modules takes no name that it has an attribute of."""


def inject(
    model: nn.Module,
    config: AdapterConfig | Sequence[AdapterConfig],
    *,
    name: str = "default",
    dtype: torch.dtype | None = None,
) -> Adapter:
    """Put an adapter into a decoder, in place, and freeze everything else.

    The model saves itself under the names that its weights had, with the adapter beside them; see
    :mod:`anymol.adapters.plain_names`.

    Args:
        model: A causal language model of transformers, of a family in
            :data:`~anymol.adapters.families.FAMILIES`.
        config: One method, or several: the first that matches a place takes it, and one that takes a feed-forward block
            takes the linear maps inside.
        name: Of the adapter; a model can hold several, of which one is active: the newest.
        dtype: Of the adapter's weights; fp64 beside an fp64 decoder, else fp32.

    Returns:
        The handle of the adapter.

    Raises:
        AdapterError: The family is unknown, the name is taken or impossible, or a config finds no free place.
        ConfigError: A layer is named that the decoder does not have.
    """
    configs = tuple(config) if isinstance(config, Sequence) else (config,)
    adapter = put(model, configs, name=name, dtype=dtype)
    note_adapter(model, name, configs)
    return adapter


def put(
    model: nn.Module,
    configs: Sequence[AdapterConfig],
    *,
    name: str = "default",
    dtype: torch.dtype | None = None,
) -> Adapter:
    """Do what :func:`inject` does, for a decoder inside a model that saves its adapter itself; arguments as there."""
    decoder = Decoder.of(model)
    configs = tuple(configs)
    if not configs:
        raise AdapterError("an adapter takes one config or more", hint="for example GalConfig(rank=64)")
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name) or name in _RESERVED:
        raise AdapterError(
            f"an adapter cannot be named '{name}'",
            value=name,
            hint="use letters, digits, _ and -, and no method's name",
        )
    if merged := merged_adapter(model):
        raise AdapterError(f"the adapter '{merged.name}' is merged into the weights", hint="call unmerge() first")
    if any(isinstance(module, Adapted) and name in module.variants for module in model.modules()):
        raise AdapterError(f"the model already has an adapter named '{name}'", value=name, hint="give it another name")
    reference = next(decoder.body.parameters())
    if dtype is None:
        dtype = torch.float64 if reference.dtype is torch.float64 else torch.float32
    built: list[Built] = []
    claimed: set[str] = set()
    for one in configs:
        try:
            parts = _build(one, decoder, claimed, dtype, reference.device)
        except AnyMolError:
            _undo(built)
            raise
        if not parts.variants:
            _undo(built)
            raise AdapterError(
                f"{type(one).__name__} finds no place in this {decoder.model_type} that is still free",
                value=one.kind,
                hint="of several configs the first that matches takes a place; put the special one first",
            )
        claimed.update(parts.variants)
        built.append(parts)
    # Of several adapters the first knows what was trainable before; the last to go thaws it.
    if not hasattr(model, THAWED):
        setattr(model, THAWED, [parameter for parameter in model.parameters() if parameter.requires_grad])
    thawed = getattr(model, THAWED)
    model.requires_grad_(False)
    for parts in built:
        for place, variant in parts.variants.items():
            module = decoder.get(place)
            if not isinstance(module, Adapted):
                module = Adapted(module)
                decoder.replace(place, module)
            module.variants[name] = variant.to(_device_of(module.base, reference.device))
            module.variants[name].train(module.training)
    networks = nn.ModuleList(parts.network for parts in built if parts.network is not None)
    if len(networks):
        if not hasattr(model, NETWORKS):
            model.add_module(NETWORKS, nn.ModuleDict())
        networks.train(model.training)
        getattr(model, NETWORKS)[name] = networks
    adapter = Adapter(decoder, name, configs, tuple(built), thawed)
    vars(model).setdefault(HANDLES, {})[name] = adapter
    adapter.enable()
    return adapter


def _undo(built: Sequence[Built]) -> None:
    """Take out what methods have put into the decoder while they were built."""
    for hook in (hook for parts in built for hook in parts.hooks):
        hook.remove()


def _build(
    config: AdapterConfig, decoder: Decoder, claimed: Collection[str], dtype: torch.dtype, device: torch.device
) -> Built:
    match config:
        case GalConfig():
            return gal.build_variants(config, decoder, claimed, dtype=dtype, device=device)
        case MogeConfig():
            return moge.build_variants(config, decoder, claimed, dtype=dtype, device=device)
        case MoraConfig():
            return mora.build_variants(config, decoder, claimed, dtype=dtype, device=device)


def _device_of(module: nn.Module, default: torch.device) -> torch.device:
    """Return where a place's weights are: the layers of one model may be spread over several devices."""
    first = next(module.parameters(), None)
    return default if first is None else first.device
