"""The network that finds atoms and bonds in a drawing; torch only.

A fully convolutional network with a feature cell for every four pixels tells where atoms stand (a heat map with
offsets within the cell: CenterNet, arXiv 1904.07850, equations 1 to 4) and what is written there. Whether two atoms are
bonded, and how, is told from features read along the line between them (the line-of-interest pooling of L-CNN,
arXiv 1905.03246, section 3.4). A drawing thus needs no sequence to be learnt: each atom, each bond teaches by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
import torch.nn.functional as F  # noqa: N812
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from anymol.ocsr.bonds import REVERSED, BondMark
from anymol.ocsr.convolutions import convolve, stack_residuals

STRIDE: Final = 4
"""Pixels per feature cell."""

MULTIPLE: Final = 16
"""Heights and widths that the network takes are multiples of this."""


class DetectorConfig(BaseModel):
    """Shape of the network.

    Attributes:
        widths: Channels at a quarter, an eighth and a sixteenth of the picture's size.
        depths: Residual blocks at these sizes, on the way down.
        n_labels: Labels told apart.
        n_charges: Charges told apart.
        n_samples: Points read along a line between two atoms.
        line_width: Width of the hidden layer that judges a line.
        bond_pixels: Length of a bond in pictures that the network reads best.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    widths: tuple[int, int, int] = (64, 96, 128)
    depths: tuple[int, int, int] = (2, 2, 2)
    n_labels: int = Field(gt=1)
    n_charges: int = Field(gt=1)
    n_samples: int = Field(default=8, ge=2)
    line_width: int = Field(default=128, gt=0)
    bond_pixels: float = Field(default=22.0, gt=0)


@dataclass(frozen=True)
class Detected:
    """What the network says of each feature cell.

    Attributes:
        features: Shape (B, C, h, w).
        heat: Shape (B, h, w), logits: an atom stands in the cell.
        offsets: Shape (B, 2, h, w): x and y of the atom from the cell's left upper corner, cells.
        labels: Shape (B, n_labels, h, w), logits.
        charges: Shape (B, n_charges, h, w), logits.
    """

    features: Tensor
    heat: Tensor
    offsets: Tensor
    labels: Tensor
    charges: Tensor


class DrawingDetector(nn.Module):
    """Finds atoms, and judges the lines between them.

    Args:
        config: Its shape.
    """

    def __init__(self, config: DetectorConfig) -> None:
        super().__init__()
        self.config = config
        fine, middle, coarse = config.widths
        self.stem = nn.Sequential(convolve(1, fine // 2, 5, 2), convolve(fine // 2, fine, 3, 2))
        self.fine = stack_residuals(fine, config.depths[0])
        self.to_middle = convolve(fine, middle, 3, 2)
        self.middle = stack_residuals(middle, config.depths[1])
        self.to_coarse = convolve(middle, coarse, 3, 2)
        self.coarse = stack_residuals(coarse, config.depths[2])
        self.coarse_up = convolve(coarse, middle, 1, 1)
        self.middle_up = nn.Sequential(stack_residuals(middle, 1), convolve(middle, fine, 1, 1))
        self.merge = stack_residuals(fine, 2)
        self.atom = convolve(fine, fine, 3, 1)
        self.heat = nn.Conv2d(fine, 1, 1)
        self.offset = nn.Conv2d(fine, 2, 1)
        self.label = nn.Sequential(convolve(fine, middle, 1, 1), nn.Conv2d(middle, config.n_labels, 1))
        self.charge = nn.Conv2d(fine, config.n_charges, 1)
        self.line = nn.Sequential(
            nn.Linear(config.n_samples * fine + 2, config.line_width),
            nn.ReLU(),
            nn.Linear(config.line_width, config.line_width),
            nn.ReLU(),
            nn.Linear(config.line_width, len(BondMark)),
        )
        nn.init.constant_(self.heat.bias, -4.0)  # type: ignore[arg-type]  # few cells hold an atom

    def forward(self, ink: Tensor) -> Detected:
        """Say of each cell what stands there.

        Args:
            ink: Shape (B, 1, H, W), 0 to 1; H and W multiples of :data:`MULTIPLE`.
        """
        fine = self.fine(self.stem(ink))
        middle = self.middle(self.to_middle(fine))
        coarse = self.coarse_up(self.coarse(self.to_coarse(middle)))
        middle = self.middle_up(middle + F.interpolate(coarse, scale_factor=2.0))
        features = self.merge(fine + F.interpolate(middle, scale_factor=2.0))
        atom = self.atom(features)
        return Detected(
            features, self.heat(atom)[:, 0], self.offset(atom).sigmoid(), self.label(atom), self.charge(atom)
        )

    def judge_lines(self, features: Tensor, starts: Tensor, ends: Tensor) -> Tensor:
        """Say what stands between pairs of places.

        Args:
            features: Shape (B, C, h, w).
            starts: Shape (B, P, 2): x and y, pixels.
            ends: Shape (B, P, 2).

        Returns:
            Logits over :class:`~anymol.ocsr.bonds.BondMark`, shape (B, P, 8); the same, with the marks' ends
            exchanged, when starts and ends are.
        """
        forth = self._judge(features, starts, ends)
        back = self._judge(features, ends, starts)
        return (forth + back[..., list(REVERSED)]) / 2

    def _judge(self, features: Tensor, starts: Tensor, ends: Tensor) -> Tensor:
        height, width = features.shape[-2:]
        along = torch.linspace(0, 1, self.config.n_samples, device=features.device, dtype=starts.dtype)
        points = starts[:, :, None] + (ends - starts)[:, :, None] * along[:, None]  # (B, P, S, 2)
        grid = points / (STRIDE * points.new_tensor([width, height])) * 2 - 1
        read = F.grid_sample(features.float(), grid.float(), align_corners=False)  # (B, C, P, S)
        extent = (ends - starts) / self.config.bond_pixels
        line = torch.cat([read.permute(0, 2, 3, 1).flatten(2), extent.float()], dim=-1)
        judged: Tensor = self.line(line)
        return judged
