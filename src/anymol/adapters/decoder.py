"""A decoder as adapters see it: its family, its layers and the places in them."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.tensor import DTensor

from anymol.adapters.families import FAMILIES, Family, Projection
from anymol.errors import AdapterError

LAYERS = "layers"
"""Name of the list of layers in the body of every family of the table."""
_FINGERPRINT_ROWS = 256
"""Rows of the embedding that a fingerprint is taken of: fewer than any vocabulary has."""
_WRAPPER = "base"
"""Name under which wrappers of this package keep what they wrap."""


@dataclass(frozen=True, eq=False)
class Place:
    """A module of a decoder layer that an adapter can stand at.

    Attributes:
        name: Canonical name, relative to the body: ``layers.3.self_attn.q_proj``, however much is wrapped.
        layer: Number of the layer.
        projections: What the module computes; several where they are fused into one.
        module: The module itself, or the wrapper that stands there.
    """

    name: str
    layer: int
    projections: tuple[Projection, ...]
    module: nn.Module


@dataclass(frozen=True, eq=False)
class Decoder:
    """A causal language model of a known family.

    Attributes:
        model: The model with its head.
        body: The model without its head; it holds the layers.
        family: Names of its parts.
        model_type: Name of the family.
    """

    model: nn.Module
    body: nn.Module
    family: Family
    model_type: str

    @classmethod
    def of(cls, model: nn.Module) -> Decoder:
        """Recognise a model.

        Raises:
            AdapterError: The model is not a causal language model of transformers, or of no known family.
        """
        config, get_body = getattr(model, "config", None), getattr(model, "get_decoder", None)
        if config is None or get_body is None:
            raise AdapterError(
                "adapters need a causal language model of transformers, with config and get_decoder",
                value=type(model).__name__,
            )
        model_type = config.get_text_config().model_type
        if model_type not in FAMILIES:
            near = difflib.get_close_matches(model_type, FAMILIES, cutoff=0.5) or sorted(FAMILIES)
            raise AdapterError(
                f"the decoder family '{model_type}' is not known",
                value=model_type,
                hint=f"add a row for it to FAMILIES in anymol/adapters/families.py; known are {', '.join(near)}",
            )
        body = get_body()
        if not isinstance(getattr(body, LAYERS, None), nn.ModuleList):
            raise AdapterError(f"the body of this {model_type} holds no list '{LAYERS}'", value=type(body).__name__)
        return cls(model, body, FAMILIES[model_type], model_type)

    @property
    def layers(self) -> nn.ModuleList:
        """The decoder layers, or what wraps them."""
        layers: nn.ModuleList = getattr(self.body, LAYERS)
        return layers

    @property
    def prefix(self) -> str:
        """The body's name in the model with a dot, as others find it; empty where the body is the model."""
        return next(f"{name}." if name else "" for name, module in self.model.named_modules() if module is self.body)

    @property
    def n_layers(self) -> int:
        """How many layers there are."""
        return len(self.layers)

    @property
    def text_config(self) -> Any:
        """The config of the language model itself, where that is a part of a larger one."""
        config: Any = self.model.config
        return config.get_text_config()

    @property
    def hidden_size(self) -> int:
        """H, the width of the hidden states."""
        width: int = self.text_config.hidden_size
        return width

    def places(self, projections: Collection[Projection], layers: Sequence[int]) -> list[Place]:
        """Return where these projections are computed, layer by layer; fused ones once.

        Raises:
            AdapterError: The family has none of the projections.
        """
        wanted = [one for one in Projection if one in projections]
        names = dict.fromkeys(self.family.projections[one] for one in wanted if one in self.family.projections)
        if not names:
            asked = ", ".join(one.value for one in wanted)
            has = ", ".join(one.value for one in self.family.projections)
            raise AdapterError(
                f"{self.model_type} has none of the projections {asked} as a module of its own",
                value=asked,
                hint=f"it has {has}",
            )
        return [self._place(layer, name) for layer in layers for name in names]

    def linears(self, layers: Sequence[int], pattern: str | None = None) -> list[Place]:
        """Return all linear maps of the layers, fused ones once.

        Args:
            layers: Numbers of the layers.
            pattern: Regular expression searched in the canonical names; None takes all.
        """
        found = [self._place(layer, name) for layer in layers for name in self.family.linears]
        return found if pattern is None else [place for place in found if re.search(pattern, place.name)]

    def get(self, name: str) -> nn.Module:
        """Return the module (or wrapper) at a canonical name."""
        module: nn.Module = self.body
        for part in name.split("."):
            while not _has_child(module, part) and _has_child(module, _WRAPPER):
                module = module.get_submodule(_WRAPPER)
            module = module.get_submodule(part)
        return module

    def replace(self, name: str, module: nn.Module) -> None:
        """Put a module at a canonical name."""
        parent_name, _, last = name.rpartition(".")
        parent = self.get(parent_name) if parent_name else self.body
        while not _has_child(parent, last) and _has_child(parent, _WRAPPER):
            parent = parent.get_submodule(_WRAPPER)
        parent._modules[last] = module

    def _place(self, layer: int, within: str) -> Place:
        name = f"{LAYERS}.{layer}.{within}"
        computed = tuple(one for one, where in self.family.projections.items() if where == within)
        return Place(name, layer, computed, self.get(name))


@torch.no_grad()
def fingerprint(model: Any) -> str | None:
    """Return what a decoder's weights are known by, whatever they are stored in and however many tokens joined.

    It is the sha256 of the first rows of the embedding and of all norms, in bf16: weights that quantisation, adapters
    and merging leave alone.

    Args:
        model: A causal language model of transformers, perhaps with adapters.

    Returns:
        None where the weights are not at hand (a layer on the disk, or shared out among processes).
    """
    return _digest(weight[:rows] for _, weight, rows in _telling_weights(model))


@torch.no_grad()
def stored_fingerprint(model: Any, read: Callable[[str, int], Tensor | None]) -> str | None:
    """Return the fingerprint of stored weights that have the names of a model's.

    Args:
        model: A causal language model of transformers, perhaps with adapters.
        read: Name of a weight, and how many of its rows are wanted -> these; None where it is not stored.

    Returns:
        None where a weight that tells is not among them.
    """
    weights = [read(name, rows) for name, _, rows in _telling_weights(model)]
    found = [one for one in weights if one is not None]
    return _digest(found) if len(found) == len(weights) else None


def _telling_weights(model: Any) -> list[tuple[str, Tensor, int]]:
    """Return the weights that a fingerprint is taken of, embedding, then norms: name in the model, weight, rows."""
    norms = [(name, one) for name, one in model.get_decoder().named_parameters() if one.ndim == 1 and "norm" in name]
    names = {id(one): name for name, one in model.named_parameters()}
    table = model.get_input_embeddings().weight
    telling = [(table, _FINGERPRINT_ROWS), *((one, len(one)) for _, one in sorted(norms, key=lambda norm: norm[0]))]
    return [(names[id(one)], one, rows) for one, rows in telling]


def _digest(weights: Iterable[Tensor]) -> str | None:
    digest = hashlib.sha256()
    for tensor in weights:
        if tensor.is_meta or not tensor.is_floating_point() or isinstance(tensor, DTensor):
            return None
        digest.update(tensor.detach().to("cpu", torch.bfloat16).contiguous().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _has_child(module: nn.Module, name: str) -> bool:
    return name in module._modules
