"""What every objective of self-supervision promises, and the draw of the atoms that are hidden."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from anymol.encoders.table import AnyEncoder


class Outcome(NamedTuple):
    """How well one batch was restored.

    Attributes:
        loss: What is minimised, a scalar: a mean over what was hidden.
        figures: Name -> shape (2,), fp32: a sum and the number of things that it runs over. Carries no gradient.
        hidden: Shape (T,), int64: the true types of the hidden atoms, from which the trivial guess follows.
    """

    loss: Tensor
    figures: dict[str, Tensor]
    hidden: Tensor


class Objective(nn.Module, ABC):
    """An encoder with the heads that restore what is hidden; the heads are thrown away afterwards."""

    encoder: AnyEncoder

    @abstractmethod
    def prepare(self, records: Sequence[Any], generator: np.random.Generator) -> dict[str, Tensor]:
        """Return a batch of M records with something hidden, and what was there.

        Needs no network. What is hidden follows from the state of `generator` alone.
        """

    @abstractmethod
    def measure(self, batch: Mapping[str, Tensor]) -> Outcome:
        """Restore a batch that :meth:`prepare` made and compare it with what was there."""

    def forward(self, batch: Mapping[str, Tensor]) -> Outcome:
        """See :meth:`measure`."""
        return self.measure(batch)


def draw_atoms(n_atoms: int, share: float, generator: np.random.Generator) -> NDArray[np.int64]:
    """Draw atoms of one molecule without replacement, ascending.

    ``n * share`` of them are drawn on average: its fraction is settled by a draw, since rounding would hide too many
    atoms of small molecules and too few of larger ones. Of any molecule at least one is drawn.

    Args:
        n_atoms: Number of atoms n.
        share: Part of the atoms.
        generator: Draws.

    Returns:
        Shape (T,), int64, T >= 1.
    """
    count = min(n_atoms, max(1, int(n_atoms * share + generator.random())))
    return np.sort(generator.choice(n_atoms, size=count, replace=False)).astype(np.int64)


def sum_and_count(values: Tensor) -> Tensor:
    """Return the sum of `values` and their number, shape (2,), fp32, cut from the graph."""
    found = values.detach().float()
    return torch.stack([found.sum(), found.new_tensor(float(found.numel()))])
