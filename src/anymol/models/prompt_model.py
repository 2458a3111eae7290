"""What answers are generated with: a model that reads prompts, whoever runs it.

Shape letters: B rows, L tokens, H width.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

import torch

from anymol.models.decoding.feed import StepDecoder
from anymol.models.splicing import Molecules, ReadAtoms


class PromptModel(Protocol):
    """A language model of ours, in evaluation mode."""

    @property
    def device(self) -> torch.device:
        """Where its weights are."""

    @property
    def n_weights(self) -> int:
        """How many weights it has."""

    @property
    def vocabulary_size(self) -> int:
        """Width of its logits."""

    @property
    def positions(self) -> int:
        """Most tokens of a prompt with its answer."""

    @property
    def modalities(self) -> Collection[str]:
        """What it reads beside text."""

    def embed(self, input_ids: torch.Tensor, molecules: Molecules | None = None) -> torch.Tensor:
        """Return the embeddings (B, L, H) of prompts (B, L), their molecules spliced in."""

    def read_prompts(
        self, input_ids: torch.Tensor, molecules: Molecules | None = None
    ) -> tuple[torch.Tensor, ReadAtoms | None]:
        """Return the embeddings of some prompts, and the atoms as its adapter reads them; None where it reads none."""

    def make_step_decoder(self, threads: int | None = None) -> StepDecoder:
        """Return what computes the next tokens, on so many CPU threads."""
