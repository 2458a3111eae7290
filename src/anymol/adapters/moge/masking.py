"""What a MoGE block knows of the tokens of the forward that runs: which are real, and what is recorded of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch


class TokenScope:
    """Shared by the blocks of one adapter.

    The mask comes, first found, from :meth:`masked`; while the decoder's body runs, from its 2-D ``attention_mask``;
    outside it, which is where gradient checkpointing runs a layer again, from the mask that the layer hands its own
    attention. So nothing is kept between a forward and its backward, and other forwards may lie between them.

    Attributes:
        balance_scale: What the balance loss's gradient is multiplied by.
        label: Under which routing is recorded; None where it is not.
        is_live: Whether the decoder's body runs, rather than a layer that is run again.
    """

    def __init__(self) -> None:
        self.balance_scale = 1.0
        self.label: str | None = None
        self.is_live = False
        self._given: torch.Tensor | None = None
        self._of_body: torch.Tensor | None = None
        self._of_attention: torch.Tensor | None = None

    @property
    def is_recorded(self) -> bool:
        """Whether routing is recorded now: asked for, and not a layer that is run again."""
        return self.label is not None and self.is_live

    def mask_for(self, x: torch.Tensor) -> torch.Tensor | None:
        """Return which tokens of `x` (B, L, H) are real, shape (B L,) bool; None where nothing says otherwise."""
        if self._given is not None:
            mask: torch.Tensor | None = self._given
        elif self.is_live:
            mask = self._of_body
        else:
            mask = self._of_attention
        if mask is None or mask.shape != x.shape[:-1]:
            return None
        return mask.to(device=x.device, dtype=torch.bool).flatten()

    @contextmanager
    def masked(self, mask: torch.Tensor) -> Iterator[None]:
        """Take True of `mask` (B, L) for real tokens, whatever the attention mask says."""
        before, self._given = self._given, mask
        try:
            yield
        finally:
            self._given = before

    @contextmanager
    def recording(self, label: str) -> Iterator[None]:
        """Record routing under `label`."""
        before, self.label = self.label, label
        try:
            yield
        finally:
            self.label = before

    @contextmanager
    def scaled_balance(self, factor: float) -> Iterator[None]:
        """Multiply the balance loss's gradient by `factor`."""
        before, self.balance_scale = self.balance_scale, factor
        try:
            yield
        finally:
            self.balance_scale = before

    def enter_body(self, body: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Forward pre-hook of the body: take its 2-D attention mask, whose last columns are the tokens of this call."""
        self.is_live = True
        mask = kwargs.get("attention_mask", args[1] if len(args) > 1 else None)
        tokens = kwargs.get("inputs_embeds")
        if tokens is None:
            tokens = kwargs.get("input_ids", args[0] if args else None)
        self._of_body = None
        if isinstance(mask, torch.Tensor) and mask.ndim == 2 and isinstance(tokens, torch.Tensor):
            self._of_body = mask[:, -tokens.shape[1] :] != 0

    def leave_body(self, *_: Any) -> None:
        """Forward hook of the body."""
        self.is_live = False
        self._of_body = None

    def enter_attention(self, attention: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Forward pre-hook of an attention beside a block: while a layer is run again, read which tokens are real.

        A real token attends to itself and padding is attended by none, so the diagonal of a causal mask says it.
        """
        if self.is_live:
            return
        mask = kwargs.get("attention_mask")
        self._of_attention = None
        if not isinstance(mask, torch.Tensor):
            return
        if mask.ndim == 4 and mask.shape[-1] == mask.shape[-2]:
            diagonal = mask[:, 0].diagonal(dim1=-2, dim2=-1)
            self._of_attention = diagonal if mask.dtype is torch.bool else diagonal == 0
        elif mask.ndim == 2:
            self._of_attention = mask != 0
