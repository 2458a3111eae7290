"""Pieces of ink are found as a flood fill finds them, and letters are measured."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from anymol.ocsr.pieces import measure_letters, measure_pieces, measure_writing
from anymol.synthesis.drawing import find_font


def write(text: str, size: int, bond: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a page with a bond and letters at its end, and where both atoms stand."""
    page = Image.new("L", (3 * bond, 2 * bond))
    pencil = ImageDraw.Draw(page)
    font = ImageFont.truetype(str(find_font("FreeSans.ttf")), size)
    x, y = 2 * bond, bond
    pencil.line([(bond, y), (x - size, y)], fill=255, width=2)
    pencil.text((x, y), text, fill=255, font=font, anchor="mm")
    return np.asarray(page), np.array([[bond, y], [x, y]], float)


@pytest.mark.parametrize("size", [20, 40, 60])
def test_letters_are_as_high_as_their_font_says(size: int) -> None:
    page, places = write("O", size, 150)
    assert measure_letters(page, places, 150.0) == pytest.approx(0.73 * size, rel=0.1)


def test_small_drawings_and_those_without_letters_say_nothing() -> None:
    page, places = write("O", 12, 30)
    assert measure_letters(page, places, 30.0) is None
    page, places = write("", 20, 150)
    assert measure_letters(page, places, 150.0) is None


def test_small_letters_beside_long_bonds_are_brought_near() -> None:
    page, places = write("O", 20, 150)  # capital letters of 14.6 pixels belong to bonds of 47
    assert measure_writing(page, places, 150.0) == pytest.approx(0.73 * 20 / 0.31, rel=0.1)
    page, places = write("O", 110, 150)
    assert measure_writing(page, places, 150.0) == 150.0
    page, places = write("O", 12, 30)
    assert measure_writing(page, places, 30.0) == 30.0


def test_pieces_against_a_plain_flood_fill() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        mask = rng.random((17, 23)) < 0.35
        found = sorted(map(tuple, measure_pieces(mask).tolist()))
        assert found == sorted(flood(mask))


def flood(mask: np.ndarray) -> list[tuple[int, int, int, int, int]]:
    left = {(int(row), int(column)) for row, column in zip(*np.nonzero(mask), strict=True)}
    boxes = []
    while left:
        waiting, piece = [left.pop()], []
        while waiting:
            row, column = waiting.pop()
            piece.append((row, column))
            near = {(row + down, column + right) for down in (-1, 0, 1) for right in (-1, 0, 1)} & left
            left -= near
            waiting += near
        rows, columns = zip(*piece, strict=True)
        boxes.append((min(columns), min(rows), max(columns) + 1, max(rows) + 1, len(piece)))
    return boxes
