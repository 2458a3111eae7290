"""What every encoder promises."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from anymol.encoder_states import EncoderStates

Features = Mapping[str, NDArray[Any]]
"""What an encoder reads of one record, as arrays: the first axis is free, the others are fixed by the config."""

Batch = Mapping[str, torch.Tensor]
"""Records of M molecules as their ``collate`` gives them; for a model also ``roles`` and ``prompts``, both (M,)."""


class Encoder(Protocol):
    """A network over one modality.

    An encoder is an :class:`torch.nn.Module` that keeps these promises:

    * The states of a molecule do not depend on the other molecules of the batch in evaluation mode.
    * States come in the order of the record (atoms, points, peaks), and permuting the record permutes the states.

    Its config says how a record is read (``read``) and how many states it gives (``count_states``), and a function of
    its module lays what was read of M records side by side; both need neither network nor RDKit.
    """

    width: int
    """Size d of a state."""

    def make_dummy(self) -> dict[str, torch.Tensor]:
        """Return a smallest batch, for the pass of a modality that a batch lacks."""
        ...

    def forward(self, batch: Batch) -> EncoderStates:
        """Return the states of the batch."""
        ...

    def __call__(self, batch: Batch) -> EncoderStates:
        """Return the states of the batch."""
        ...


class ExtraParameters(nn.Module, ABC):
    """A module with parameters of its own, which nobody but itself knows how to start."""

    @abstractmethod
    def reset_parameters(self) -> None:
        """Draw the parameters anew."""


def pad_features(arrays: Sequence[NDArray[Any]], fill: float = 0.0) -> torch.Tensor:
    """Return arrays of shapes (n_i, ...) as one tensor (M, max n_i, ...), filled up at the end."""
    longest = max(len(array) for array in arrays)
    padded = np.full((len(arrays), longest, *arrays[0].shape[1:]), fill, dtype=arrays[0].dtype)
    for row, array in enumerate(arrays):
        padded[row, : len(array)] = array
    return torch.from_numpy(padded)


def count_rows(arrays: Sequence[NDArray[Any]]) -> torch.Tensor:
    """Return the lengths (M,), int64, of the first axes."""
    return torch.tensor([len(array) for array in arrays], dtype=torch.int64)
