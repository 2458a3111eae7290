"""A key-value cache for batched beams: written in place, and only its generated part moves when beams do."""

from __future__ import annotations

from torch import Tensor
from transformers import PretrainedConfig
from transformers.cache_utils import Cache, DynamicCache, DynamicLayer

_GROWTH = 32
"""Steps by which a full buffer grows: enough that growing is rare, little enough that short answers stay small."""


class InPlaceLayer(DynamicLayer):
    """One layer of keys and values with room to grow.

    transformers' own layer concatenates at every step, which copies the whole cache once per token, and reorders the
    prompt with the beams although all beams of a row share it. Both cost more than the arithmetic of a small decoder.

    Attributes:
        length: Tokens stored, L.
        shared: Leading tokens that all beams of one row have in common: they never need reordering.
    """

    def __init__(self) -> None:
        super().__init__()
        self.length = 0
        self.shared = 0
        self._keys: Tensor | None = None
        self._values: Tensor | None = None

    def update(
        self, key_states: Tensor, value_states: Tensor, *args: object, **kwargs: object
    ) -> tuple[Tensor, Tensor]:
        """Append states of shape (B, heads, new, d) and return all of them, (B, heads, L, d)."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        end = self.length + key_states.shape[2]
        self._keys = _with_room(self._keys, key_states, self.length, end)
        self._values = _with_room(self._values, value_states, self.length, end)
        self._keys[:, :, self.length : end] = key_states
        self._values[:, :, self.length : end] = value_states
        self.length = end
        self.keys = self._keys[:, :, :end]
        self.values = self._values[:, :, :end]
        return self.keys, self.values

    def get_seq_length(self) -> int:
        """Return the number of tokens stored."""
        return self.length

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """Return length and offset of the keys that a query of `query_length` tokens sees."""
        return self.length + query_length, 0

    def reorder_cache(self, beam_idx: Tensor) -> None:
        """Give every row the generated part of row ``beam_idx[row]``, which must belong to the same prompt."""
        for buffer in (self._keys, self._values):
            if buffer is not None and self.length > self.shared:
                moving = buffer[:, :, self.shared : self.length]
                moving.copy_(moving.index_select(0, beam_idx))

    def batch_select_indices(self, indices: Tensor) -> None:
        """Keep the rows `indices`, which may repeat."""
        if self._keys is None or self._values is None:
            return
        self._keys = self._keys.index_select(0, indices)
        self._values = self._values.index_select(0, indices)
        self.keys = self._keys[:, :, : self.length]
        self.values = self._values[:, :, : self.length]


def _with_room(buffer: Tensor | None, states: Tensor, length: int, end: int) -> Tensor:
    """Return a buffer of at least `end` tokens that begins with the first `length` tokens of `buffer`."""
    if buffer is not None and buffer.shape[2] >= end:
        return buffer
    rows, heads, _, width = states.shape
    grown = states.new_empty((rows, heads, end + _GROWTH, width))
    if buffer is not None:
        grown[:, :, :length] = buffer[:, :, :length]
    return grown


def make_cache(config: PretrainedConfig) -> Cache:
    """Return an empty cache: in-place layers where every layer attends to everything, else transformers' own."""
    kinds = getattr(config, "layer_types", None)
    windowed = any(kind != "full_attention" for kind in kinds) if kinds else getattr(config, "sliding_window", None)
    if windowed:
        return DynamicCache(config=config)
    return Cache(layers=[InPlaceLayer() for _ in range(int(config.num_hidden_layers))])


def mark_shared(cache: Cache) -> None:
    """Declare all tokens stored so far shared between the beams of a row."""
    for layer in cache.layers:
        if isinstance(layer, InPlaceLayer):
            layer.shared = layer.length
