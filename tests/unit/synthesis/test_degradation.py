"""What each degradation leaves of a drawing; that places follow it is tested in ``test_sheet.py``."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from anymol.synthesis.canvas import Canvas
from anymol.synthesis.degradation import Degradation, compress, degrade, draw_by_hand, draw_smooth_field


@pytest.fixture
def canvas() -> Canvas:
    """A black cross on white, 120 x 90."""
    image = Image.new("RGB", (120, 90), "white")
    pencil = ImageDraw.Draw(image)
    pencil.line([(20, 45), (100, 45)], fill="black", width=3)
    pencil.line([(60, 15), (60, 75)], fill="black", width=3)
    return Canvas(image)


def apply(canvas: Canvas, degradation: Degradation, seed: int = 0) -> np.ndarray:
    return np.asarray(degrade(canvas, degradation, np.random.default_rng(seed)).image, np.int64)


@pytest.mark.parametrize("degradation", Degradation)
def test_the_same_seed_leaves_the_same_and_ink_stays_darker_than_paper(
    canvas: Canvas, degradation: Degradation
) -> None:
    seen = apply(canvas, degradation)
    np.testing.assert_array_equal(seen, apply(canvas, degradation))
    assert np.percentile(seen, 0.5) < np.median(seen) - 80
    assert (degradation is Degradation.CLEAN) == (
        seen.shape == (90, 120, 3) and (seen == np.asarray(canvas.image)).all()
    )


@pytest.mark.parametrize("degradation", [Degradation.PHOTOCOPY, Degradation.FAX])
def test_copiers_know_black_and_white_only(canvas: Canvas, degradation: Degradation) -> None:
    assert set(np.unique(apply(canvas, degradation))) == {0, 255}


def test_a_screenshot_has_few_colours_and_a_fax_few_pixels(canvas: Canvas) -> None:
    assert len(np.unique(apply(canvas, Degradation.SCREEN).reshape(-1, 3), axis=0)) <= 32
    assert apply(canvas, Degradation.FAX).shape[0] < 90 * 0.85


def test_stronger_compression_loses_more(canvas: Canvas) -> None:
    whole = np.asarray(canvas.image, np.int64)
    lost = [np.abs(np.asarray(compress(canvas.image, quality), np.int64) - whole).mean() for quality in (10, 50, 95)]
    assert lost == sorted(lost, reverse=True)
    assert lost[-1] < 1


def test_smooth_noise_is_smooth_and_bounded() -> None:
    field = draw_smooth_field((80, 100), 20.0, np.random.default_rng(0))
    assert (field.shape, field.dtype) == ((80, 100), np.float32)
    assert np.abs(field).max() < 1.6
    assert np.abs(np.diff(field, axis=1)).max() < 0.25 < np.ptp(field)


def test_a_hand_wavers(canvas: Canvas) -> None:
    drawn = np.asarray(draw_by_hand(canvas, np.random.default_rng(3)).image.convert("L"), np.float64)
    ink = drawn < np.median(drawn) - 60
    heights = [np.flatnonzero(column).mean() for column in ink.T if 0 < column.sum() < 10]
    assert np.ptp(heights) > 1  # the horizontal line was straight
