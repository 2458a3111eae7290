"""Pixels of any picture -> how much ink stands where, as the detector sees it; NumPy and Pillow only."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Ink = NDArray[np.uint8]
"""Shape (H, W), uint8: 0 bare paper, 255 the darkest ink."""

_SAMPLE = 200_000
"""Pixels from which paper and ink are told; more make no difference."""


def binarize(pixels: NDArray[np.uint8]) -> Ink:
    """Return the ink of a picture; coloured ink counts as dark, and bright lines on a dark ground as ink.

    Args:
        pixels: Shape (H, W, 3), uint8, sRGB.
    """
    red, green, blue = np.moveaxis(pixels, 2, 0)
    grey = np.minimum(np.minimum(red, green), blue)
    sample = grey.reshape(-1)[:: max(1, grey.size // _SAMPLE)]
    if np.median(sample) < 100:
        grey = 255 - np.maximum(np.maximum(red, green), blue)
        sample = grey.reshape(-1)[:: max(1, grey.size // _SAMPLE)]
    darkest, paper = np.percentile(sample, (0.3, 75))
    # A blank page stays blank: its noise is not stretched into ink.
    darkness = (paper - np.arange(256, dtype=np.float32)) * (255 / max(float(paper - darkest), 40.0))
    # By a table: floating point numbers for each pixel of a large page would take most of the time of reading it.
    table: Ink = np.asarray(np.clip(darkness, 0, 255), np.uint8)
    ink: Ink = table[grey]
    return ink


def scale_ink(ink: Ink, factor: float) -> Ink:
    """Return the ink at another size."""
    if abs(factor - 1) < 0.02:
        return ink
    height, width = ink.shape
    size: Any = (max(1, round(width * factor)), max(1, round(height * factor)))
    how = Image.Resampling.BOX if factor < 0.5 else Image.Resampling.BILINEAR
    return np.asarray(Image.fromarray(ink).resize(size, how, reducing_gap=None))
