"""A picture of a molecule or of a reaction, as pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anymol.modalities.record import freeze, hash_record, same_record


@dataclass(frozen=True, eq=False)
class MoleculeImage:
    """One picture.

    Attributes:
        pixels: Shape (H, W, 3), uint8, sRGB, row 0 at the top; transparency is laid on white.
        source: What it was made from, for example ``PNG`` or ``PDF page 2``.
    """

    pixels: NDArray[np.uint8]
    source: str = ""

    def __post_init__(self) -> None:
        freeze(self, "pixels", np.uint8)
        if self.pixels.ndim != 3 or self.pixels.shape[2] != 3 or not self.pixels.size:
            raise ValueError(f"pixels must have shape (H, W, 3), not {self.pixels.shape}")

    @property
    def width(self) -> int:
        """Pixels per row."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Number of rows."""
        return int(self.pixels.shape[0])

    def __eq__(self, other: object) -> bool:
        return same_record(self, other)

    def __hash__(self) -> int:
        return hash_record(self)

    def __repr__(self) -> str:
        return f"MoleculeImage({self.width} x {self.height} pixels{f', {self.source}' if self.source else ''})"
