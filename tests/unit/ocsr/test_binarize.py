"""Ink is dark on bright, whatever the picture looked like."""

from __future__ import annotations

import numpy as np
import pytest

from anymol.ocsr.binarize import binarize, scale_ink


def page(paper: tuple[int, int, int], ink: tuple[int, int, int]) -> np.ndarray:
    pixels = np.full((40, 60, 3), paper, np.uint8)
    pixels[18:22, 10:50] = ink
    return pixels


@pytest.mark.parametrize(
    ("paper", "ink"),
    [
        ((255, 255, 255), (0, 0, 0)),
        ((255, 255, 255), (255, 0, 0)),
        ((230, 225, 205), (60, 60, 70)),
        ((0, 0, 0), (255, 255, 255)),
        ((20, 30, 60), (250, 240, 90)),
    ],
)
def test_lines_are_ink_and_paper_is_none(paper: tuple[int, int, int], ink: tuple[int, int, int]) -> None:
    found = binarize(page(paper, ink))
    assert found.dtype == np.uint8
    assert found.shape == (40, 60)
    assert found[18:22, 10:50].min() > 200
    assert found[:15].max() == 0


def test_the_noise_of_a_blank_page_is_not_stretched_into_ink() -> None:
    noise = np.random.default_rng(0).integers(245, 256, (50, 50, 3)).astype(np.uint8)
    assert binarize(noise).max() < 90


def test_scaling() -> None:
    found = binarize(page((255, 255, 255), (0, 0, 0)))
    assert scale_ink(found, 0.5).shape == (20, 30)
    assert scale_ink(found, 2.0).shape == (80, 120)
    assert scale_ink(found, 1.01) is found
