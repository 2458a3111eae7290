"""What paper, copier, scanner, camera and compression do to a drawing; NumPy and Pillow only.

Each degradation takes a canvas and a generator and returns a canvas, on which places are still known; strengths are
bounded so that a chemist can still read the result, which the contact canvases in the documentation let one judge.
"""

from __future__ import annotations

import io
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from anymol.synthesis.canvas import WHITE, Canvas, Places

_Field = NDArray[np.float32]


class Degradation(StrEnum):
    """How the drawing reached us."""

    CLEAN = "clean"
    """As exported by the program that drew it."""

    SCREEN = "screen"
    """A screenshot: resampled, few colours."""

    JPEG = "jpeg"
    """Compressed hard, with ringing around the lines."""

    SCAN = "scan"
    """A scanned page: slightly turned, soft, toned, with noise and dust."""

    PHOTOCOPY = "photocopy"
    """Black and white only: lines swollen or thinned, specks."""

    FAX = "fax"
    """Black and white at a low resolution."""

    PHOTO = "photo"
    """Photographed: perspective, uneven light, noise."""


def degrade(canvas: Canvas, degradation: Degradation, rng: np.random.Generator) -> Canvas:
    """Return what a drawing looks like after it went through a degradation."""
    match degradation:
        case Degradation.CLEAN:
            return canvas
        case Degradation.SCREEN:
            return _screenshot(canvas, rng)
        case Degradation.JPEG:
            return canvas.repaint(compress(canvas.image, int(rng.integers(12, 45))))
        case Degradation.SCAN:
            return _scan(canvas, rng)
        case Degradation.PHOTOCOPY:
            return _photocopy(canvas, rng)
        case Degradation.FAX:
            return _fax(canvas, rng)
        case Degradation.PHOTO:
            return _photograph(canvas, rng)


def compress(image: Image.Image, quality: int) -> Image.Image:
    """Return a picture after JPEG compression."""
    with io.BytesIO() as stream:
        image.save(stream, "JPEG", quality=quality)
        return Image.open(io.BytesIO(stream.getvalue())).convert("RGB")


def draw_smooth_field(shape: tuple[int, int], scale: float, rng: np.random.Generator) -> _Field:
    """Return smooth noise of about -1 to 1 that changes over `scale` pixels; shape (H, W), float32."""
    height, width = shape
    coarse = rng.uniform(-1, 1, (int(height / scale) + 3, int(width / scale) + 3)).astype(np.float32)
    fine = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(fine, np.float32)


def draw_by_hand(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    """Return a clean drawing as if drawn with a pen: wavering, uneven strokes, on plain, ruled or squared paper."""
    margin = int(rng.integers(14, 34))
    ink = np.asarray(np.pad(255.0 - np.asarray(canvas.image.convert("L"), np.float32), margin) / 255.0, np.float32)
    shape = (ink.shape[0], ink.shape[1])
    strength = float(rng.uniform(0.6, 1.2))
    shifts = [3.0 * draw_smooth_field(shape, 70, rng) + 1.1 * draw_smooth_field(shape, 16, rng) for _ in range(2)]
    shift_y, shift_x = (np.asarray(strength * shift, np.float32) for shift in shifts)
    ink = _sample(ink, shift_y, shift_x)
    pressure = 0.86 + 0.14 * draw_smooth_field(shape, 24, rng)
    ink = np.asarray(np.clip(ink * 1.15, 0, 1) * pressure, np.float32)
    inks = ((25, 25, 30), (20, 30, 110), (70, 70, 75), (10, 10, 10))
    colour = np.array(inks[int(rng.integers(len(inks)))], np.float32)
    paper = np.asarray(_draw_paper(shape, rng), np.float32)
    image = _to_image(paper * (1 - ink[..., None]) + colour * ink[..., None])
    return Canvas(image, _follow(canvas.places + margin, shift_y, shift_x))


def _draw_paper(shape: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    height, width = shape
    tone = (255, 255, int(rng.integers(238, 256)))
    paper = Image.new("RGB", (width, height), tone)
    kind = int(rng.choice(3, p=[0.6, 0.2, 0.2]))  # plain, ruled, squared
    pencil = ImageDraw.Draw(paper)
    step, phase = int(rng.integers(20, 36)), int(rng.integers(20))
    line = (205, 220, 238)
    if kind > 0:
        for y in range(phase, height, step):
            pencil.line([(0, y), (width, y)], fill=line)
    if kind > 1:
        for x in range(phase, width, step):
            pencil.line([(x, 0), (x, height)], fill=line)
    return paper


# ----------------------------------------------------------------------------------------------------- the degradations


def _screenshot(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    smaller = _resize(canvas, rng.uniform(0.7, 0.95), Image.Resampling.BILINEAR)
    few = smaller.image.quantize(int(rng.integers(8, 33)), Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    return smaller.repaint(few.convert("RGB"))


def _scan(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    page = canvas.turn(rng.normal(0, 1.2))
    pixels = np.asarray(page.image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 0.8))), np.float32)
    paper = rng.uniform(225, 255) - np.array([0.0, 1.0, rng.uniform(0, 22)], np.float32)
    ink = rng.uniform(5, 60)
    pixels = np.asarray(ink + pixels * (paper - ink) / 255.0, np.float32)
    pixels *= 1 + 0.03 * draw_smooth_field(page.shape, 120, rng)[..., None]
    pixels += rng.normal(0, rng.uniform(1.5, 6.0), page.shape).astype(np.float32)[..., None]
    pixels = _add_specks(pixels, rng, rate=4e-5, value=ink)
    return page.repaint(compress(_to_image(pixels), int(rng.integers(55, 88))))


def _photocopy(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    page = canvas.turn(rng.normal(0, 0.8))
    pixels = _darken(page.image.filter(ImageFilter.GaussianBlur(rng.uniform(0.4, 0.8))))
    # A threshold below the middle thins lines, one above it swells them; toner does not spread evenly.
    threshold = rng.uniform(150, 210) + 12 * draw_smooth_field(page.shape, 40, rng) + rng.normal(0, 6, page.shape)
    black = pixels < threshold
    black |= rng.random(page.shape) < rng.uniform(0, 2e-4)
    return page.repaint(_to_image(np.repeat(np.where(black, 0.0, 255.0)[..., None], 3, axis=2)))


def _fax(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    turned = canvas.turn(rng.normal(0, 0.5))
    page = _resize(turned, rng.uniform(0.6, 0.75), Image.Resampling.BOX)
    black = _darken(page.image) < rng.uniform(165, 210)
    black |= rng.random(black.shape) < 1.5e-4
    return page.repaint(_to_image(np.repeat(np.where(black, 0.0, 255.0)[..., None], 3, axis=2)))


def _photograph(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    page = _tilt(canvas, rng)
    pixels = np.asarray(page.image.filter(ImageFilter.GaussianBlur(rng.uniform(0.4, 1.0))), np.float32)
    height, width = page.shape
    angle, fall = rng.uniform(0, 2 * np.pi), rng.uniform(0.05, 0.3)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    along = np.cos(angle) * (columns / width - 0.5) + np.sin(angle) * (rows / height - 0.5)
    light = 0.9 - fall * (along + 0.5) + 0.03 * draw_smooth_field(page.shape, 80, rng)
    cast = 1 + rng.uniform(-0.05, 0.05, 3).astype(np.float32)
    pixels = pixels * light[..., None] * cast
    pixels += rng.normal(0, rng.uniform(1.5, 5.0), pixels.shape).astype(np.float32)
    return page.repaint(compress(_to_image(pixels), int(rng.integers(45, 85))))


# ---------------------------------------------------------------------------------------------------------------- tools


def _to_image(pixels: NDArray[Any]) -> Image.Image:
    return Image.fromarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8))


def _darken(image: Image.Image) -> _Field:
    """Return grey values, shape (H, W), as a copier sees them: coloured and faint ink is black, toned paper white."""
    grey = np.asarray(image, np.float32).min(axis=2)
    ink, paper = np.percentile(grey, (0.5, 75))
    return np.asarray(np.clip((grey - ink) * (255 / max(paper - ink, 1.0)), 0, 255), np.float32)


def _resize(canvas: Canvas, factor: float, how: Image.Resampling) -> Canvas:
    width, height = canvas.size
    return canvas.resize((max(8, round(width * factor)), max(8, round(height * factor))), how)


def _tilt(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    """Move the corners of the page outwards by a few percent, each on its own."""
    framed = canvas.frame(round(0.06 * max(canvas.size)))
    width, height = framed.size
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64)
    seen = corners + rng.uniform(-0.045, 0.045, (4, 2)) * (width, height)
    source = _solve_perspective(corners, seen)
    image = framed.image.transform(
        (width, height), Image.Transform.PERSPECTIVE, source, Image.Resampling.BICUBIC, fillcolor=WHITE
    )
    back = np.linalg.inv(np.array([*source, 1.0]).reshape(3, 3))
    moved = np.column_stack([framed.places, np.ones(len(framed.places))]) @ back.T
    return Canvas(image, moved[:, :2] / moved[:, 2:])


def _solve_perspective(to: NDArray[np.float64], source: NDArray[np.float64]) -> list[float]:
    """Return the eight numbers by which Pillow finds the source of each corner."""
    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(to.tolist(), source.tolist(), strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    found: list[float] = np.linalg.solve(np.array(rows), source.reshape(-1)).tolist()
    return found


def _follow(places: Places, shift_y: _Field, shift_x: _Field) -> Places:
    """Return where places of a field are found after :func:`_sample`, which reads each pixel at a shifted place."""
    height, width = shift_y.shape
    moved = places
    for _ in range(3):  # the shift is known where a pixel is seen, not where it came from: a fixed point
        column = np.clip(moved[:, 0], 0, width - 1).astype(np.intp)
        row = np.clip(moved[:, 1], 0, height - 1).astype(np.intp)
        moved = places - np.column_stack([shift_x[row, column], shift_y[row, column]])
    return moved


def _sample(field: NDArray[Any], shift_y: _Field, shift_x: _Field) -> _Field:
    """Return a field read at shifted places, between pixels linearly; outside it is 0. Shapes (H, W), float32."""
    height, width = field.shape
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    y, x = np.clip(rows + shift_y, 0, height - 1.001), np.clip(columns + shift_x, 0, width - 1.001)
    top, left = y.astype(np.intp), x.astype(np.intp)
    down, right = y - top, x - left
    upper = field[top, left] * (1 - right) + field[top, left + 1] * right
    lower = field[top + 1, left] * (1 - right) + field[top + 1, left + 1] * right
    return np.asarray(upper * (1 - down) + lower * down, np.float32)


def _add_specks(pixels: NDArray[Any], rng: np.random.Generator, rate: float, value: float) -> NDArray[Any]:
    """Return the pixels with dust: single dark dots, the larger ones two pixels wide."""
    height, width = pixels.shape[:2]
    number = int(rng.poisson(rate * height * width))
    for y, x in zip(rng.integers(0, height, number), rng.integers(0, width, number), strict=True):
        size = int(rng.integers(1, 3))
        pixels[y : y + size, x : x + size] = value
    return pixels
