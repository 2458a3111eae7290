"""The blocks that the networks for drawings are made of; torch only."""

from __future__ import annotations

import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn


def convolve(inputs: int, outputs: int, size: int, stride: int | tuple[int, int]) -> nn.Sequential:
    """Return a convolution, normalised over the batch and rectified; the size stays but for the stride."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
    )


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = convolve(width, width, 3, 1)
        self.second = nn.Sequential(nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width))

    def forward(self, states: Tensor) -> Tensor:
        return F.relu(states + self.second(self.first(states)))


def stack_residuals(width: int, depth: int) -> nn.Sequential:
    """Return residual blocks of two 3 x 3 convolutions, one behind the other."""
    return nn.Sequential(*(_Residual(width) for _ in range(depth)))
