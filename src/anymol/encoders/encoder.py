"""What every encoder promises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import torch


class EncoderStates(NamedTuple):
    """States of all molecules of a batch, laid end to end.

    Attributes:
        states: Shape (N, d): molecule after molecule, no padding.
        counts: Shape (M,), int64: how many of the N states each molecule has.
    """

    states: torch.Tensor
    counts: torch.Tensor


class Encoder(Protocol):
    """A network over one modality.

    An encoder is an :class:`torch.nn.Module` that keeps these promises:

    * The states of a molecule do not depend on the other molecules of the batch in evaluation mode.
    * States come in the order of the record (atoms, points, peaks), and permuting the record permutes the states.
    * ``collate`` needs no network and no RDKit, so that data workers may call it.
    """

    width: int
    """Size d of a state."""

    @staticmethod
    def collate(records: Sequence[Any]) -> dict[str, torch.Tensor]:
        """Return the tensors of one batch of M records, ready for :meth:`forward`."""
        ...

    def forward(self, batch: Mapping[str, torch.Tensor]) -> EncoderStates:
        """Return the states of the batch."""
        ...

    def __call__(self, batch: Mapping[str, torch.Tensor]) -> EncoderStates:
        """Return the states of the batch."""
        ...
