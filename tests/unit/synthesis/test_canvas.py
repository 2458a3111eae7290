"""Places on a canvas stay on what they mark, whatever happens to the canvas."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from anymol.synthesis.canvas import Canvas, compose
from anymol.synthesis.degradation import Degradation, degrade, draw_by_hand

DOTS = np.array([(30.0, 40.0), (150.0, 60.0), (90.0, 130.0)])


def dotted() -> Canvas:
    """Return a white canvas with three black discs, their middles marked."""
    image = Image.new("RGB", (200, 160), "white")
    pencil = ImageDraw.Draw(image)
    for x, y in DOTS:
        pencil.ellipse([x - 6, y - 6, x + 6, y + 6], fill="black")
    return Canvas(image, DOTS + 0.5)


def find_dots(canvas: Canvas) -> np.ndarray:
    """Return the centre of the ink around each place."""
    ink = 255.0 - np.asarray(canvas.image.convert("L"), np.float64)
    ink[ink < 110] = 0
    rows, columns = np.mgrid[0 : ink.shape[0], 0 : ink.shape[1]] + 0.5
    found = []
    for x, y in canvas.places:
        near = ink * ((columns - x) ** 2 + (rows - y) ** 2 < 14**2)
        found.append((np.average(columns, weights=near), np.average(rows, weights=near)))
    return np.array(found)


def assert_followed(canvas: Canvas, tolerance: float) -> None:
    assert np.abs(find_dots(canvas) - canvas.places).max() < tolerance


def test_cutting_framing_resizing_and_turning() -> None:
    assert_followed(dotted().crop((10, 20, 190, 155)), 0.3)
    assert_followed(dotted().frame(17), 0.3)
    assert_followed(dotted().resize((320, 220), Image.Resampling.BILINEAR), 0.5)
    assert_followed(dotted().turn(25.0), 0.7)
    assert_followed(dotted().turn(-90.0), 0.7)


def test_composed_places_keep_their_order() -> None:
    both = compose((500, 200), [(dotted(), (0, 10)), (dotted(), (260, 30))])
    assert both.places.shape == (6, 2)
    assert_followed(both, 0.3)


@pytest.mark.parametrize("degradation", list(Degradation))
@pytest.mark.parametrize("seed", range(3))
def test_places_follow_through_every_medium(degradation: Degradation, seed: int) -> None:
    assert_followed(degrade(dotted(), degradation, np.random.default_rng(seed)), 1.6)


@pytest.mark.parametrize("seed", range(4))
def test_places_follow_a_wavering_hand(seed: int) -> None:
    assert_followed(draw_by_hand(dotted(), np.random.default_rng(seed)), 1.6)
