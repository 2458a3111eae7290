"""In which type the weights of a model are held while it answers."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import torch

LARGE: Final = 2_000_000_000
"""Bytes of a model's files from which it is held as it is stored: in fp32 it might not fit."""


class WeightDtype(StrEnum):
    """The choice; what stands beside a decoder stays in fp32 in each of them.

    ``auto`` is fp32 for a model whose files are smaller than :data:`LARGE`, and as stored for others.
    """

    AUTO = "auto"
    FP32 = "fp32"
    BF16 = "bf16"
    STORED = "stored"

    def resolve(self, directory: Path) -> torch.dtype | None:
        """Return the type for the model of a directory; None for the one that it is stored in."""
        import torch  # only where weights are read: whoever names a choice need not wait for it

        match self:
            case WeightDtype.FP32:
                return torch.float32
            case WeightDtype.BF16:
                return torch.bfloat16
            case WeightDtype.STORED:
                return None
            case WeightDtype.AUTO:
                size = sum(file.stat().st_size for file in directory.glob("*.safetensors"))
                return torch.float32 if size < LARGE else None
