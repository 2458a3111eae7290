"""Handing each prompt's adapter to the decoder layers, so that it is there again when a layer is run again.

Gradient checkpointing runs a layer a second time during the backward pass, when the scope of the adapter may be long
closed. What it keeps from the first time is the arguments of the checkpointed call. So every layer with conditioned
places is wrapped twice: :class:`ConditionedLayer`, outside the checkpoint, adds the generated tensors to the arguments,
and :class:`HandedLayer`, the one that is checkpointed, takes them off, puts them into the places and runs the layer.
As arguments they get their gradients through the checkpoint in both of its modes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from transformers.modeling_layers import GradientCheckpointingLayer

from anymol.adapters.adapter_layer import Wrapper
from anymol.adapters.decoder import Decoder
from anymol.adapters.mora.layer import MoraLinear, Packing


@dataclass(frozen=True, eq=False)
class Condition:
    """What a scope hands out.

    Attributes:
        generated: Number of a layer -> generated tensors of its places, in the order of the wrapper's places.
        packing: Where the tokens of each prompt stand, where rows are packed.
    """

    generated: dict[int, tuple[torch.Tensor, ...]]
    packing: Packing | None


class Scope:
    """The condition of the forward that runs, shared by all layers of one adapter; None outside any scope."""

    def __init__(self) -> None:
        self.current: Condition | None = None


class HandedLayer(Wrapper, GradientCheckpointingLayer):
    """Puts handed tensors into a layer's places and runs the layer; checkpointed in its stead.

    Args:
        base: The decoder layer.
        places: Conditioned places of the layer.
    """

    def __init__(self, base: nn.Module, places: Sequence[MoraLinear]) -> None:
        super().__init__(base)
        self._places = tuple(places)  # a tuple: they are registered where they stand
        if getattr(base, "gradient_checkpointing", False):
            self.gradient_checkpointing = True
            self._gradient_checkpointing_func = base._gradient_checkpointing_func

    def forward(self, hidden_states: torch.Tensor, *handed: Any, **kwargs: Any) -> Any:
        """Run the layer.

        Args:
            hidden_states: Shape (rows, L, H).
            handed: The packing (or None) and a generated tensor per place; nothing outside a scope.
            kwargs: Of the layer.
        """
        # The call around this one is the checkpointed one; a second checkpoint inside would see none of the tensors.
        vars(self.base)["gradient_checkpointing"] = False
        packing, *tensors = handed or (None, *(None for _ in self._places))
        self._fill(packing, tensors)
        output = self.base(hidden_states, **kwargs)
        if not torch.is_grad_enabled():
            # With gradients they stay until the next forward: a part of the layer may be checkpointed on its own.
            self._fill(None, [None for _ in self._places])
        return output

    def _fill(self, packing: Packing | None, tensors: Sequence[torch.Tensor | None]) -> None:
        for place, tensor in zip(self._places, tensors, strict=True):
            place.generated, place.packing = tensor, packing


class ConditionedLayer(Wrapper):
    """Adds the scope's tensors to the arguments of a layer.

    Args:
        base: The layer, taking them off again.
        scope: Of the adapter.
        layer: Number of the layer.
    """

    def __init__(self, base: HandedLayer, scope: Scope, layer: int) -> None:
        super().__init__(base)
        self._scope, self._layer = scope, layer

    def forward(self, hidden_states: torch.Tensor, **kwargs: Any) -> Any:
        """Run the layer with what is handed out now."""
        condition = self._scope.current
        if condition is None:
            return self.base(hidden_states, **kwargs)
        return self.base(hidden_states, condition.packing, *condition.generated[self._layer], **kwargs)


@dataclass(frozen=True, eq=False)
class LayerWrap:
    """The wrapping of one layer, to be undone.

    Attributes:
        decoder: Where the layer is.
        wrapper: The outer wrapper.
        layer: Its number.
    """

    decoder: Decoder
    wrapper: ConditionedLayer
    layer: int

    def remove(self) -> None:
        """Put the layer back, also from under the wrapper of another adapter."""
        inside: Any = self.wrapper.base.base
        if hasattr(type(inside), "gradient_checkpointing") or "gradient_checkpointing" in vars(inside):
            vars(inside)["gradient_checkpointing"] = self.wrapper.base.gradient_checkpointing
        parent: nn.Module = self.decoder.layers
        key = str(self.layer)
        while parent._modules[key] is not self.wrapper:
            parent, key = parent.get_submodule(key), "base"
        parent._modules[key] = inside


def wrap_layer(decoder: Decoder, layer: int, scope: Scope, places: Sequence[MoraLinear]) -> LayerWrap:
    """Wrap a decoder layer, in place."""
    base = decoder.layers[layer]
    wrapper = ConditionedLayer(HandedLayer(base, places), scope, layer)
    wrapper.base.training = wrapper.training = base.training
    decoder.layers[layer] = wrapper
    return LayerWrap(decoder, wrapper, layer)
