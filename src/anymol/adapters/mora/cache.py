"""Generated adapters by molecule, kept while they stay true."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

import torch
from torch import nn


class GeneratedCache:
    """The last used adapters by key; forgets all when the generator's weights have changed.

    Args:
        size: Most adapters that are kept.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._kept: OrderedDict[Hashable, tuple[torch.Tensor, ...]] = OrderedDict()
        self._weights: tuple[tuple[int, int], ...] = ()

    def __len__(self) -> int:
        return len(self._kept)

    def check(self, network: nn.Module) -> None:
        """Forget everything where a weight was written to, moved or replaced since the last check."""
        # `_version` counts writes in place: an optimiser's step, load_state_dict.
        weights = tuple((weight.data_ptr(), weight._version) for weight in network.parameters())
        if weights != self._weights:
            self._kept.clear()
            self._weights = weights

    def get(self, key: Hashable) -> tuple[torch.Tensor, ...] | None:
        """Return what is kept under a key."""
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def put(self, key: Hashable, generated: tuple[torch.Tensor, ...]) -> None:
        """Keep an adapter; the one that was not used for longest goes."""
        self._kept[key] = generated
        self._kept.move_to_end(key)
        while len(self._kept) > self.size:
            self._kept.popitem(last=False)
