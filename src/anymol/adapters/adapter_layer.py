"""What every adapter method puts beside one module of a frozen decoder, and the wrapper that holds it there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import nn


class AdapterLayer(nn.Module, ABC):
    """One adapter's part at one place: computes the place's output with the frozen module and its own weights.

    The frozen module is handed in with each call rather than kept, so that it is registered once however many
    adapters share the place. A variant calls it as a module and reads its weights only to merge, so that quantised
    ones work.
    """

    @abstractmethod
    def forward(self, base: nn.Module, x: torch.Tensor) -> torch.Tensor:
        """Return what the place gives.

        Args:
            base: The frozen module; for a feed-forward block its projections may be wrapped themselves.
            x: Shape (..., in).

        Returns:
            Shape (..., out), in the dtype that `base` gives.
        """

    @abstractmethod
    def weight_delta(self) -> torch.Tensor:
        """Return what is added to the frozen weight, shape (out, in), in the adapter's dtype.

        Raises:
            MergeError: This method cannot be written as one weight; the message says why.
        """


class Wrapper(nn.Module):
    """Stands where a module of the decoder stood, and looks like it to others.

    Args:
        base: The module that was there.
    """

    def __init__(self, base: nn.Module) -> None:
        super().__init__()
        self.base = base

    def __getattr__(self, name: str) -> Any:
        """Find what others read from the module that was there (``weight``, ``in_features``, ``act_fn``)."""
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("base"), name)


class Adapted(Wrapper):
    """Runs a module with the active adapter's variant, if any.

    Args:
        base: The module that was there.
    """

    def __init__(self, base: nn.Module) -> None:
        super().__init__(base)
        self.variants = nn.ModuleDict()
        self.active: str | None = None

    def forward(self, x: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        """Return the active variant's output, or the frozen module's; shapes as of the module that was there."""
        if self.active is None:
            frozen: torch.Tensor = self.base(x, *args, **kwargs)
            return frozen
        adapted: torch.Tensor = self.variants[self.active](self.base, x)
        return adapted
