"""How the image encoder cuts a picture into views."""

from __future__ import annotations

import numpy as np
import pytest

from anymol.encoders.image import WHITE, ImageEncoderConfig, plan_slices
from anymol.modalities.image import MoleculeImage

CONFIG = ImageEncoderConfig(width=16, n_layers=1, n_heads=2, view_size=28, patch_size=7, max_slices=6)


@pytest.mark.parametrize(
    ("height", "width", "most", "grid"),
    [
        (20, 28, 6, (1, 1)),  # the full view shows all of it
        (28, 84, 6, (1, 3)),  # a wide scheme
        (56, 56, 6, (2, 2)),
        (2800, 2800, 6, (2, 2)),  # no grid shows all: of equal ones the one with fewest slices
        (56, 56, 0, (1, 1)),
    ],
)
def test_slices_keep_the_pixels_of_a_picture(height: int, width: int, most: int, grid: tuple[int, int]) -> None:
    assert plan_slices(height, width, 28, most) == grid


def test_the_full_view_comes_first_then_slices_row_by_row() -> None:
    pixels = np.full((56, 84, 3), WHITE, np.uint8)
    pixels[30:50, 60:80] = 0  # in the second row, third column
    features = CONFIG.read(MoleculeImage(pixels))
    assert features["places"].tolist() == [[0, 0], [1, 1], [1, 2], [1, 3], [2, 1], [2, 2], [2, 3]]
    assert [view.min() < 10 for view in features["views"]] == [True, False, False, False, False, False, True]
    assert CONFIG.count_states(features) == 7 * CONFIG.states_per_view == 7 * 4


def test_shape_is_kept_and_the_rest_is_white() -> None:
    (view,) = CONFIG.read(MoleculeImage(np.zeros((10, 20, 3), np.uint8)))["views"]
    dark = np.flatnonzero((view[0] < 100).any(axis=1))
    assert (view[0, 14] < 100).all()
    assert (dark.min(), dark.max() + 1) == (7, 21)  # 20 x 10 becomes 28 x 14, in the middle
