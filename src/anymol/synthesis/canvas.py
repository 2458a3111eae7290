"""A picture that can be cut, turned and bent without losing track of places on it; NumPy and Pillow only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

Colour = tuple[int, int, int]

WHITE: Colour = (255, 255, 255)

Places = NDArray[np.float64]
"""Shape (N, 2): x to the right and y downwards, pixels; (0, 0) is the corner of the picture."""


def _no_places() -> Places:
    return np.zeros((0, 2))


@dataclass(frozen=True, eq=False)
class Canvas:
    """A picture and where on it something stands.

    Attributes:
        image: The picture, RGB.
        places: Shape (N, 2), pixels.
    """

    image: Image.Image
    places: Places = field(default_factory=_no_places)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, pixels."""
        return self.image.size

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width, pixels."""
        return self.image.height, self.image.width

    def repaint(self, image: Image.Image) -> Canvas:
        """Return the canvas with other colours on it, all things staying where they are."""
        return replace(self, image=image)

    def crop(self, box: tuple[int, int, int, int]) -> Canvas:
        """Return what lies inside a box (left, top, right, bottom)."""
        return Canvas(self.image.crop(box), self.places - box[:2])

    def frame(self, margin: int, colour: Colour = WHITE) -> Canvas:
        """Return the canvas with a margin around it."""
        return Canvas(ImageOps.expand(self.image, margin, fill=colour), self.places + margin)

    def resize(self, size: tuple[int, int], how: Image.Resampling) -> Canvas:
        """Return the canvas at another size."""
        factors = np.array(size) / self.size
        return Canvas(self.image.resize(size, how), self.places * factors)

    def turn(self, degrees: float) -> Canvas:
        """Return the canvas turned counter-clockwise, on a larger white one that holds all of it."""
        image = self.image.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=WHITE)
        cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        centred = self.places - np.array(self.size) / 2
        # The y axis points down, so what looks counter-clockwise is a turn by the negative angle.
        turned = centred @ np.array([[cosine, -sine], [sine, cosine]])
        return Canvas(image, turned + np.array(image.size) / 2)


def compose(size: tuple[int, int], pieces: Sequence[tuple[Canvas, tuple[int, int]]]) -> Canvas:
    """Return a white canvas of a size with pieces laid on it, each with its left upper corner at a place."""
    image = Image.new("RGB", size, WHITE)
    for piece, corner in pieces:
        image.paste(piece.image, corner)
    return Canvas(image, np.concatenate([_no_places(), *(piece.places + corner for piece, corner in pieces)]))
