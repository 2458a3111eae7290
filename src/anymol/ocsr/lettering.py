"""The network that reads what is written at an atom, closer than the detector looks; torch only.

The detector tells where atoms stand; what is written there may be longer than it sees at once, and small: CO2Et and
CO2H look alike to it, B and Si, a radical's dot and a minus sign. This one sees the writing at one and a half times the
size, all along its line.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from anymol.ocsr.binarize import Ink, scale_ink
from anymol.ocsr.convolutions import convolve, stack_residuals
from anymol.ocsr.labels import ELEMENTS, LABELS


class Word(NamedTuple):
    """What is written at an atom.

    Attributes:
        label: One of :data:`~anymol.ocsr.labels.LABELS`; ``C`` where nothing is written.
        charge: Elementary charges.
        radical: Unpaired electrons.
    """

    label: str
    charge: int = 0
    radical: int = 0

    def __str__(self) -> str:
        return f"{self.label}{'.' * self.radical}{'+' * max(self.charge, 0)}{'-' * max(-self.charge, 0)}"


_CATIONS: Final = ("C", "N", "O", "S", "P", "Na", "K", "Li")
_ANIONS: Final = ("C", "N", "O", "S", "B", "F", "Cl", "Br", "I")
_RADICALS: Final = ("C", "N", "O", "S")

WORDS: Final = (
    *(Word(label) for label in LABELS),
    *(Word(label, 1) for label in _CATIONS),
    *(Word(label, -1) for label in _ANIONS),
    *(Word(label, 0, 1) for label in _RADICALS),
)
"""All that is told apart."""

HEIGHT: Final = 48
WIDTH: Final = 176
"""Size of the piece of a picture that is read, pixels; the atom stands in its middle."""

BOND: Final = 32.0
"""Length of a bond on it, pixels."""


class LabelReaderConfig(BaseModel):
    """Shape of the network.

    Attributes:
        widths: Channels at half, a quarter and an eighth of the piece's size.
        depth: Residual blocks at a quarter and at an eighth.
        squeezed: Channels that the last layer sees of each place.
        hidden: Width of the layer before the last.
        n_words: Words told apart.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    widths: tuple[int, int, int] = (12, 24, 48)
    depth: int = Field(default=1, ge=0)
    squeezed: int = Field(default=16, gt=0)
    hidden: int = Field(default=128, gt=0)
    n_words: int = Field(gt=1)


class LabelReader(nn.Module):
    """Tells which word stands in the middle of a piece of a picture.

    Args:
        config: Its shape.
    """

    def __init__(self, config: LabelReaderConfig) -> None:
        super().__init__()
        self.config = config
        first, second, third = config.widths
        self.looks = nn.Sequential(
            convolve(1, first, 5, 2),
            convolve(first, second, 3, 2),
            stack_residuals(second, config.depth),
            convolve(second, third, 3, 2),
            stack_residuals(third, config.depth),
            convolve(third, third, 3, (2, 1)),  # a line of writing is wide
            convolve(third, config.squeezed, 1, 1),
        )
        n_places = math.ceil(HEIGHT / 16) * math.ceil(WIDTH / 8)
        self.tells = nn.Sequential(
            nn.Flatten(),
            nn.Linear(config.squeezed * n_places, config.hidden),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Linear(config.hidden, config.n_words),
        )

    def forward(self, pieces: Tensor) -> Tensor:
        """Return logits over words, shape (N, n_words).

        Args:
            pieces: Shape (N, 1, HEIGHT, WIDTH), 0 to 1.
        """
        logits: Tensor = self.tells(self.looks(pieces))
        return logits


def cut_labels(ink: Ink, places: Iterable[tuple[float, float]], bond_pixels: float) -> NDArray[np.uint8]:
    """Return the pieces of a picture around some places, shape (N, HEIGHT, WIDTH), uint8, bonds :data:`BOND` long.

    Args:
        ink: Shape (H, W).
        places: x and y, pixels.
        bond_pixels: Length of its bonds, pixels.
    """
    scaled = scale_ink(ink, BOND / bond_pixels)
    ratio = np.array(scaled.shape[::-1]) / ink.shape[::-1]
    page = np.pad(scaled, ((HEIGHT // 2, HEIGHT // 2), (WIDTH // 2, WIDTH // 2)))
    corners = np.rint(np.array(list(places), np.float64).reshape(-1, 2) * ratio).astype(int)
    limit = np.array(scaled.shape[::-1])
    return np.array(
        [page[y : y + HEIGHT, x : x + WIDTH] for x, y in np.clip(corners, 0, limit).tolist()], np.uint8
    ).reshape(-1, HEIGHT, WIDTH)


@torch.inference_mode()
def read_words(reader: LabelReader, pieces: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the natural logarithm of each word's probability, shape (N, n_words)."""
    if not len(pieces):
        return np.zeros((0, reader.config.n_words), np.float32)
    logits = reader(torch.from_numpy(pieces.astype(np.float32) / 255.0)[:, None])
    return np.asarray(logits.log_softmax(-1).numpy(), np.float32)


def find_word(label: str, charge: int, radical: int) -> int:
    """Return the index of a word; -1 where it is not told apart."""
    return _INDEX.get(Word(label, charge, radical), -1)


_INDEX: Final = {word: index for index, word in enumerate(WORDS)}
assert set(_CATIONS) | set(_ANIONS) | set(_RADICALS) <= set(ELEMENTS)
