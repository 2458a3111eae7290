"""SMILES or reaction SMILES -> :class:`MoleculeImage`: drawn in some style, then passed through some degradation.

The style (:mod:`anymol.synthesis.drawing`), the pen and the degradation (:mod:`anymol.synthesis.degradation`)
are drawn from the seed; each picture's ``source`` names them, as in ``depiction: journal/scan``.
"""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import PIL
from PIL import Image
from pydantic import Field

from anymol.chem.limits import run_limited
from anymol.chem.reaction import is_reaction
from anymol.modalities.image import MoleculeImage
from anymol.modalities.modality import Modality
from anymol.synthesis.canvas import Canvas
from anymol.synthesis.degradation import Degradation, degrade, draw_by_hand
from anymol.synthesis.drawing import Drawing, draw_pen, draw_structure
from anymol.synthesis.engine import EngineSettings, Synthesis, name_version
from anymol.synthesis.scheme import draw_scheme


class ImageSettings(EngineSettings):
    """Which pictures are made.

    Attributes:
        n_images: Pictures per molecule, each in a style of its own.
        drawings: Styles to draw from.
        degradations: Media to draw from.
        max_side: Largest width or height, pixels; larger pictures are reduced.
        seconds: Time that the drawing of one molecule may take.
    """

    n_images: int = Field(default=1, ge=1, le=100)
    drawings: tuple[Drawing, ...] = Field(default=tuple(Drawing), min_length=1)
    degradations: tuple[Degradation, ...] = Field(default=tuple(Degradation), min_length=1)
    max_side: int = Field(default=1024, ge=64, le=8192)
    seconds: float = Field(default=20.0, gt=0)


@dataclass(frozen=True)
class ImageEngine:
    """Pictures of molecules and, where the SMILES is a reaction's, of reaction schemes.

    Notes: ``styles``, one ``drawing/degradation`` per picture; ``is_scheme``.
    """

    settings: ImageSettings = field(default_factory=ImageSettings)
    modality: ClassVar[Modality] = Modality.IMAGE
    name: ClassVar[str] = "depiction"

    @property
    def version(self) -> str:
        """Its own version, RDKit's and Pillow's: both draw, and Pillow's JPEG is lossy."""
        return f"{name_version(2).removesuffix(')')}, pillow {PIL.__version__})"

    def synthesize(self, smiles: str, seed: int) -> Synthesis:
        """Return pictures of a molecule or reaction.

        Raises:
            InvalidSmilesError: The SMILES is invalid.
            InvalidReactionError: The reaction is, or it has too many molecules for one scheme.
            UserError: A molecule is too large to draw.
            TimeLimitError: Drawing took longer than `settings.seconds`.
        """
        chosen = self.settings
        plans = [_draw_plan(chosen, seed, number) for number in range(chosen.n_images)]
        # Layout and drawing may crash or hang on a hostile molecule, so they run in a process that can be killed.
        drawn = run_limited(
            draw_pictures, smiles, [(str(drawing), own) for drawing, _, own in plans], seconds=chosen.seconds
        )
        records, styles = [], []
        for png, (drawing, degradation, own) in zip(drawn, plans, strict=True):
            style = f"{drawing}/{degradation}"
            canvas = Canvas(Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB"))
            finished = finish_drawing(canvas, drawing, degradation, np.random.default_rng([own, 1]), chosen.max_side)
            records.append(MoleculeImage(np.asarray(finished.image), f"{self.name}: {style}"))
            styles.append(style)
        return Synthesis(tuple(records), {"styles": "; ".join(styles), "is_scheme": is_reaction(smiles)})


def draw_pictures(smiles: str, plans: list[tuple[str, int]]) -> list[str]:
    """Return clean drawings as PNG in base64; called in the process that can be killed.

    Args:
        smiles: A molecule or a reaction.
        plans: Style and seed of each drawing.
    """
    return [_draw_picture(smiles, Drawing(drawing), np.random.default_rng([seed, 0])) for drawing, seed in plans]


def _draw_picture(smiles: str, drawing: Drawing, rng: np.random.Generator) -> str:
    pen = draw_pen(drawing, rng)
    sketch = draw_scheme(smiles, pen, rng) if is_reaction(smiles) else draw_structure(smiles, pen)
    with io.BytesIO() as stream:
        sketch.canvas.image.save(stream, "PNG", compress_level=1)
        return base64.b64encode(stream.getvalue()).decode("ascii")


def _draw_plan(settings: ImageSettings, seed: int, number: int) -> tuple[Drawing, Degradation, int]:
    """Draw style, degradation and own seed of one picture."""
    rng = np.random.default_rng([seed, number])
    drawing = settings.drawings[int(rng.integers(len(settings.drawings)))]
    degradation = settings.degradations[int(rng.integers(len(settings.degradations)))]
    return drawing, degradation, int(rng.integers(2**31))


def finish_drawing(
    canvas: Canvas, drawing: Drawing, degradation: Degradation, rng: np.random.Generator, max_side: int
) -> Canvas:
    """Return a clean drawing as it reaches a reader: on its paper, through its degradation, of bounded size."""
    # Reduced first: noise and compression belong to the pixels that are seen.
    canvas = _reduce(canvas, max_side)
    if drawing is Drawing.HAND:
        canvas = draw_by_hand(canvas, rng)
    return _reduce(degrade(canvas, degradation, rng), max_side)


def _reduce(canvas: Canvas, max_side: int) -> Canvas:
    width, height = canvas.size
    factor = max_side / max(width, height)
    if factor >= 1:
        return canvas
    return canvas.resize((max(1, round(width * factor)), max(1, round(height * factor))), Image.Resampling.LANCZOS)
