"""A decoder that carries adapters is saved under the names that its weights have without them.

Wrappers rename weights (``q_proj.base.weight``), and whoever reads such a file as a plain decoder gets random weights
where it looks for ``q_proj.weight``. So the state dict of a model that adapters were injected into has the plain
names, with the adapter's weights beside them (``q_proj.variants.NAME.a``), and its config says what the adapters are.
``save_pretrained`` and the checkpoints of any trainer then hold both: ``from_pretrained`` reads the decoder,
:func:`~anymol.adapters.storage.load_adapter` the adapter.
"""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from itertools import chain
from typing import Any, Final

from torch import nn

from anymol.adapters.adapter_layer import Adapted, Wrapper
from anymol.adapters.config import AdapterConfig

CONFIG_FIELD: Final = "anymol_adapters"
"""Field of a model's config: name of an adapter -> the configs of its methods."""
_HOOKS: Final = "adapter_name_hooks"
"""Attribute of a model that holds what undoes the renaming."""


def note_adapter(model: Any, name: str, configs: Sequence[AdapterConfig]) -> None:
    """Write an adapter into a model's config, and let the model save under plain names from now on."""
    noted = getattr(model.config, CONFIG_FIELD, {})
    setattr(model.config, CONFIG_FIELD, {**noted, name: [config.model_dump(mode="json") for config in configs]})
    if not hasattr(model, _HOOKS):
        hooks = (model._register_state_dict_hook(_write_plain), model.register_load_state_dict_pre_hook(_read_plain))
        setattr(model, _HOOKS, hooks)


def forget_adapter(model: Any, name: str) -> None:
    """Take an adapter out of a model's config; after the last one the model names its weights as it did before."""
    noted = dict(getattr(model.config, CONFIG_FIELD, {}))
    if noted.pop(name, None) is None:
        return
    setattr(model.config, CONFIG_FIELD, noted)
    if not noted:
        delattr(model.config, CONFIG_FIELD)
    if not any(isinstance(module, Adapted) for module in model.modules()):
        for hook in getattr(model, _HOOKS, ()):
            hook.remove()
        vars(model).pop(_HOOKS, None)


def is_noted(model: Any, name: str) -> bool:
    """Whether a model's config tells of an adapter."""
    return name in getattr(model.config, CONFIG_FIELD, {})


def _write_plain(model: nn.Module, state: MutableMapping[str, Any], prefix: str, *_: Any) -> None:
    """Rename the entries of a state dict, in their order."""
    wrappers = _wrappers(model)
    renamed = {_plain_name(key, prefix, wrappers): value for key, value in state.items()}
    state.clear()
    state.update(renamed)


def _read_plain(model: nn.Module, state: MutableMapping[str, Any], prefix: str, *_: Any) -> None:
    """Give the entries of a state dict the names that the model's modules have."""
    wrappers = _wrappers(model)
    own = (
        f"{prefix}{name}" for name, _ in chain(model.named_parameters(remove_duplicate=False), model.named_buffers())
    )
    for name in own:
        plain = _plain_name(name, prefix, wrappers)
        if plain != name and plain in state:
            state[name] = state.pop(plain)


def _wrappers(model: nn.Module) -> set[str]:
    return {name for name, module in model.named_modules() if isinstance(module, Wrapper)}


def _plain_name(key: str, prefix: str, wrappers: set[str]) -> str:
    """Leave out each ``base`` that stands directly below a wrapper."""
    kept: list[str] = []
    path = ""
    for part in key.removeprefix(prefix).split("."):
        if not (part == "base" and path in wrappers):
            kept.append(part)
        path = f"{path}.{part}" if path else part
    return prefix + ".".join(kept)
