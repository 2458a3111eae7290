"""Keys and values of the tokens that some prompts have met so far, one row per prompt.

What follows a prompt is a tree: beams and draws are branches that share the prompt and much of their beginnings. Each
token of the tree stands once, in a column of its own, and a mask says which columns a branch descends from. So nothing
is copied when a branch forks or another takes its place.

Shape letters: B prompts, W branches or tokens that are added together, T columns, G key-value heads, d width of a head.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

_GROWTH = 64
"""Columns by which full buffers grow: rare enough to cost nothing, few enough that short answers stay small."""


class KeyValues:
    """Keys and values by layer, in columns that are only ever added at the end.

    Args:
        layers: Number of layers.

    Attributes:
        length: Columns in use, T.
    """

    def __init__(self, layers: int) -> None:
        self.length = 0
        self._rows = 0
        self._buffers: list[Tensor | None] = [None] * (2 * layers)

    def __len__(self) -> int:
        """Return the number of prompts, B."""
        return self._rows

    @property
    def layers(self) -> int:
        """Number of layers."""
        return len(self._buffers) // 2

    def append(self, layer: int, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Write W columns, (B, G, W, d), behind those in use, and return all columns, (B, G, T + W, d).

        The columns count as used after :meth:`advance`, which is called once when every layer has its own.
        """
        end = self.length + keys.shape[2]
        return self._write(2 * layer, keys, end), self._write(2 * layer + 1, values, end)

    def whole_buffers(self, rows: int, heads: int, width: int, *, columns: int) -> list[Tensor]:
        """Return the buffers with what is not in use, (B, G, C, d) each, contiguous; zeros stand there, or old states.

        Args:
            rows: B, for the first time.
            heads: G, for the first time.
            width: d, for the first time.
            columns: C, for the first time.
        """
        for place, buffer in enumerate(self._buffers):
            if buffer is None:
                self._buffers[place] = torch.zeros(rows, heads, columns, width)
        self._rows = self._rows or rows
        return [buffer[: self._rows] for buffer in self._buffers if buffer is not None]

    def _write(self, place: int, states: Tensor, end: int) -> Tensor:
        buffer = self._buffers[place]
        if buffer is None or buffer.shape[2] < end:
            rows, heads, _, width = states.shape
            grown = states.new_zeros(rows, heads, end + _GROWTH, width)
            if buffer is not None:
                grown[:, :, : self.length] = buffer[:rows, :, : self.length]
            self._buffers[place] = buffer = grown
            self._rows = rows
        rows = len(states)
        buffer[:rows, :, self.length : end] = states
        return buffer[:rows, :, :end]

    def advance(self, columns: int) -> None:
        """Count columns that every layer has written."""
        self.length += columns

    def take(self, row: int, columns: slice) -> list[Tensor]:
        """Return a copy of some columns of one prompt: for each layer its keys and its values, (G, n, d)."""
        return [buffer[row, :, columns].clone() for buffer in self._buffers if buffer is not None]

    def put(self, rows: Sequence[Sequence[Tensor]]) -> None:
        """Add prompts, each with its columns as :meth:`take` gives them, which come to stand at the left.

        Columns between them and the last in use hold zeros, which no mask may show.
        """
        longest = max((taken[0].shape[1] for taken in rows), default=0)
        length = max(self.length, longest)
        for place in range(len(self._buffers)):
            first = rows[0][place]
            heads, _, width = first.shape
            old = self._buffers[place]
            room = length + _GROWTH if old is None else max(old.shape[2], length)
            buffer = first.new_zeros(self._rows + len(rows), heads, room, width)
            if old is not None:
                buffer[: self._rows, :, : self.length] = old[: self._rows, :, : self.length]
            for row, taken in enumerate(rows, self._rows):
                buffer[row, :, : taken[place].shape[1]] = taken[place]
            self._buffers[place] = buffer
        self._rows += len(rows)
        self.length = length

    def drop(self, row: int) -> None:
        """Forget one prompt; the last one takes its row."""
        last = self._rows - 1
        for buffer in self._buffers:
            if buffer is not None and row != last:
                buffer[row, :, : self.length] = buffer[last, :, : self.length]
        self._rows = last
        if last == 0:
            self.length = 0

    def select(self, columns: Tensor) -> None:
        """Keep columns (B, n) of each prompt, in the order given."""
        count = columns.shape[1]
        for place, buffer in enumerate(self._buffers):
            if buffer is None:
                continue
            _, heads, _, width = buffer.shape
            index = columns[:, None, :, None].expand(-1, heads, -1, width)
            kept = buffer[: self._rows].gather(2, index)
            self._buffers[place] = torch.cat([kept, kept.new_zeros(self._rows, heads, _GROWTH, width)], dim=2)
        self.length = count
