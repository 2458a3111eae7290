"""A dot is no minus sign, dust is no radical."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from anymol.ocsr.marks import MarkShape, assign_marks, find_marks, is_dusty

BOND = 60.0


def draw(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    """Return a page with filled boxes (left, top, width, height)."""
    page = np.zeros((120, 200), np.uint8)
    for left, top, width, height in boxes:
        page[top : top + height, left : left + width] = 255
    return page


@pytest.mark.parametrize(
    ("width", "height", "shape"),
    [
        (3, 3, MarkShape.DOT),
        (4, 3, MarkShape.DOT),
        (9, 2, MarkShape.BAR),
        (6, 3, MarkShape.BAR),
        (2, 9, MarkShape.OTHER),  # an upright stroke
        (1, 1, MarkShape.OTHER),  # too little to tell
    ],
)
def test_shapes(width: int, height: int, shape: MarkShape) -> None:
    (mark,) = find_marks(draw((50, 40, width, height)), BOND)
    assert mark.shape is shape
    assert (mark.x, mark.y) == (50 + width / 2, 40 + height / 2)


def test_a_plus_sign_is_neither() -> None:
    (mark,) = find_marks(draw((50, 44, 9, 2), (53, 41, 2, 9)), BOND)
    assert mark.shape is MarkShape.OTHER


def test_round_dots_are_dots() -> None:
    page = Image.new("L", (100, 100))
    ImageDraw.Draw(page).ellipse((40, 40, 47, 47), fill=255)
    (mark,) = find_marks(np.asarray(page), BOND)
    assert mark.shape is MarkShape.DOT


def test_letters_and_bonds_are_no_marks() -> None:
    assert find_marks(draw((20, 20, 18, 22), (60, 50, 60, 2)), BOND) == []


def test_small_drawings_say_nothing() -> None:
    assert find_marks(draw((50, 40, 3, 3)), 15.0) == []


def test_marks_belong_to_the_nearest_atom_or_to_none() -> None:
    marks = find_marks(draw((50, 40, 4, 4), (180, 100, 4, 4)), BOND)
    beside, lost = assign_marks(marks, np.array([[40.0, 42.0], [100.0, 42.0]]), BOND)
    assert list(beside) == [0] and lost == 1
    assert not is_dusty(lost) and is_dusty(20)
